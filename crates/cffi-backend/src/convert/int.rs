//! Python numbers to C integers.

use crate::rt::{Obj, Py, R, raise};

/// A value for a signed integer type: an int, or anything with `__int__` but floats. `OverflowError` outside of
/// 64 bits.
pub(crate) fn to_i64(py: Py<'_>, _obj: &Obj) -> R<i64> {
    Err(raise!(py, NotImplemented, "to_i64"))
}

/// The same for unsigned types; negative values are refused.
pub(crate) fn to_u64(py: Py<'_>, _obj: &Obj) -> R<u64> {
    Err(raise!(py, NotImplemented, "to_u64"))
}

/// The low 64 bits of any number, floats truncated, as casts take them.
pub(crate) fn wrapping(py: Py<'_>, _obj: &Obj) -> R<u64> {
    Err(raise!(py, NotImplemented, "wrapping"))
}
