//! The saved errno.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `get_errno`.
pub(crate) fn get_errno(py: Py<'_>, _module: &Module) -> R {
    Err(raise!(py, NotImplemented, "get_errno"))
}

/// Module function `set_errno`.
pub(crate) fn set_errno(py: Py<'_>, _module: &Module, _arg: &crate::rt::Obj) -> R {
    Err(raise!(py, NotImplemented, "set_errno"))
}
