//! What the notes below errors say. Nothing in here runs unless something has failed.
//!
//! Advice is followed, so no advice may turn an error into a crash: none to cast a pointer, or to make one of a number,
//! none that gives C less memory than it writes to, and none that leaves out for how long an address is valid.

pub(crate) mod field;
mod hint;
pub(crate) mod nearest;
pub(crate) mod place;
pub(crate) mod variadic;
