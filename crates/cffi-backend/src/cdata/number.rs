//! Numbers.

use super::CData;
use crate::rt::{Py, R, raise};

pub(super) fn complex(py: Py<'_>, _cd: &CData) -> R {
    Err(raise!(py, NotImplemented, "x"))
}

pub(super) fn truth(py: Py<'_>, _cd: &CData) -> R<bool> {
    Err(raise!(py, NotImplemented, "x"))
}

pub(super) fn int(py: Py<'_>, _cd: &CData) -> R {
    Err(raise!(py, NotImplemented, "x"))
}

pub(super) fn float(py: Py<'_>, _cd: &CData) -> R {
    Err(raise!(py, NotImplemented, "x"))
}
