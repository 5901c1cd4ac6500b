//! The texts of the notes below errors. This code runs only after a failure.
//!
//! Readers follow advice, so no advice may turn an error into a crash. It never suggests to cast a pointer, to make a
//! pointer from a number, or to give C less memory than it writes to, and it always tells for how long an address is
//! valid.

pub(crate) mod field;
mod hint;
pub(crate) mod nearest;
pub(crate) mod place;
pub(crate) mod variadic;
