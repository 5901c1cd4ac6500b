//! repr.

use super::CData;
use crate::rt::{Py, R, raise};

pub(super) fn repr(py: Py<'_>, _cd: &CData) -> R {
    Err(raise!(py, NotImplemented, "x"))
}
