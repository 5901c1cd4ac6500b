//! The dialect of `cdef()`: what `cffi` adds to C, and what it refuses.
//!
//! What the stock front end refuses is refused here, too, so that it can say so in its own words; so is everything
//! that it understands in a way of its own. Accepted text means the same to both, apart from what `docs/differences.md`
//! lists.

mod common;
mod define;
mod external;
mod session;
pub(crate) mod state;
#[cfg(test)]
mod tests;
mod text;
mod typedefs;

pub use session::{Refusal, Report, Session};
pub use state::{CdefOptions, Warning, WarningKind};
