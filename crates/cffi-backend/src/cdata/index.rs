//! Items.

use super::CData;
use crate::rt::{Obj, Py, R, raise};

pub(super) fn len(py: Py<'_>, _cd: &CData) -> R<isize> {
    Err(raise!(py, NotImplemented, "x"))
}

pub(super) fn get(py: Py<'_>, _cd: &CData, _key: &Obj) -> R {
    Err(raise!(py, NotImplemented, "x"))
}

pub(super) fn set(py: Py<'_>, _cd: &CData, _key: &Obj, _value: Option<&Obj>) -> R<()> {
    Err(raise!(py, NotImplemented, "x"))
}
