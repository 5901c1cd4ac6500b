//! The dialect of `cdef()`: C with the additions and the restrictions of `cffi`.
//!
//! A text that the stock front end refuses is refused here too, so that the stock front end can report it in its own
//! words. Constructs that the stock front end understands differently from C are also refused. An accepted text means
//! the same to both front ends, apart from the differences listed in `docs/differences.md`.

mod common;
mod define;
mod external;
pub(crate) mod header;
mod include;
mod session;
pub(crate) mod state;
#[cfg(test)]
mod tests;
mod text;
mod typedefs;

pub use header::{HeaderReport, HeaderRequest};
pub use include::Link;
pub use session::{Refusal, Report, Session};
pub use state::{CdefOptions, Warning, WarningKind};
