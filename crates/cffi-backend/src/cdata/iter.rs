//! Iteration.

use super::CData;
use crate::rt::{Py, R, raise};

pub(super) fn iter(py: Py<'_>, _cd: &CData) -> R {
    Err(raise!(py, NotImplemented, "x"))
}

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, _module: &crate::rt::Obj) -> R {
    Err(raise!(py, NotImplemented, "make_type"))
}
