//! Pointer arithmetic.

use super::CData;
use crate::rt::{Obj, Py, R, raise};

pub(super) fn add(py: Py<'_>, _a: &Obj, _b: &Obj) -> R {
    Err(raise!(py, NotImplemented, "x"))
}

pub(super) fn subtract(py: Py<'_>, _a: &Obj, _b: &Obj) -> R {
    Err(raise!(py, NotImplemented, "x"))
}
