//! Initializers of structs and unions.

use crate::ctype::CType;
use crate::rt::{Obj, Py, R, raise};

/// Stores an initializer (list, tuple, dict, or a cdata of the same type) into the struct or union at `data`.
/// `var_end`: for a struct of variable size, the number of allocated bytes; bounds its open array.
///
/// # Safety
/// `data` is writable for the size of the type, or for `var_end` bytes.
pub(crate) unsafe fn write(
    py: Py<'_>,
    _ct: &CType,
    _data: *mut u8,
    _value: &Obj,
    _var_end: Option<isize>,
) -> R<()> {
    Err(raise!(py, NotImplemented, "aggregate::write"))
}

/// Bytes to allocate for a struct of variable size with this initializer: the largest of the size of the type
/// and what the open arrays in it need.
pub(crate) fn var_size(py: Py<'_>, _ct: &CType, _init: &Obj) -> R<isize> {
    Err(raise!(py, NotImplemented, "aggregate::var_size"))
}
