//! The knowledge of checked mode about memory, without Python: regions with their extents and their history, guard zones, the
//! quarantine of freed memory, the mappings of the process, and the report of a crash.
//!
//! | module | content | unsafe |
//! |---|---|---|
//! | [`site`] | a file and a line, with each file name kept once | no |
//! | [`region`] | one region: extent, kind, the lines that made and ended it | no |
//! | [`registry`] | the regions of the process by address; quarantine | no |
//! | `lent` | the lent regions in the order of their starts | no |
//! | [`block`] | memory between two guard zones | yes |
//! | `cells` | small blocks in arenas, and the regions of their addresses | yes |
//! | [`pages`] | memory that ends at a page without permissions | system calls |
//! | [`mapped`] | which addresses are mapped, with which permissions | system calls |
//! | [`crash`] | the report of a signal that ends the process | signal handlers |

pub mod block;
mod cells;
pub mod crash;
mod lent;
pub mod mapped;
pub mod pages;
pub mod region;
pub mod registry;
pub mod site;

pub use block::{Block, Damage};
pub use region::{How, Kind, Region, What};
pub use registry::{Registry, Verdict, registry};
pub use site::Site;
