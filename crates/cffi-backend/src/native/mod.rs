//! `ferrocffi._cffi_backend`: a second module in the same shared object, which reads headers for the package `ferrocffi`.
//!
//! It shares no state with `_cffi_backend`. A header that was read is a capsule; the functions of the module take it and
//! return tuples and texts, which the Python code in `python/ferrocffi` presents. FFI objects use the conversions, too.

pub(crate) mod declarations;
pub(crate) mod header;
pub(crate) mod module;
pub(crate) mod request;
pub(crate) mod values;
