//! Attributes.

use super::CData;
use crate::rt::{Obj, Py, R, raise};

pub(super) fn get(py: Py<'_>, _cd: &CData, _name: &Obj) -> R {
    Err(raise!(py, NotImplemented, "x"))
}

pub(super) fn set(py: Py<'_>, _cd: &CData, _name: &Obj, _value: Option<&Obj>) -> R<()> {
    Err(raise!(py, NotImplemented, "x"))
}

pub(super) fn dir(py: Py<'_>, _cd: &CData) -> R {
    Err(raise!(py, NotImplemented, "x"))
}
