//! Pointer values.

use crate::ctype::CType;
use crate::rt::{Obj, Py, R, raise};

/// The address that `value` gives for the pointer or function type `ct` (contract 3.3, pointer rules).
pub(crate) fn value(py: Py<'_>, _ct: &CType, _value: &Obj) -> R<*mut u8> {
    Err(raise!(py, NotImplemented, "pointer::value"))
}
