//! `ffi.buffer`: C memory under Python's buffer protocol.

use crate::rt::{Py, R, raise};

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, _module: &crate::rt::Obj) -> R {
    Err(raise!(py, NotImplemented, "make_type"))
}
