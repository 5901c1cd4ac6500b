//! C memory to Python objects.

use crate::ctype::CType;
use crate::rt::{Py, R, raise};

/// The Python value of the C value at `data`.
///
/// # Safety
/// `data` is readable for the size of the type (for an open array: is an address).
pub(crate) unsafe fn read(py: Py<'_>, _ct: &CType, _data: *const u8) -> R {
    Err(raise!(py, NotImplemented, "read"))
}
