//! `release` and the context manager.

use super::CData;
use crate::rt::{Args, Obj, Py, R, raise};
use crate::state::Module;

/// Module function `release`.
pub(crate) fn release(py: Py<'_>, _module: &Module, _cd: &Obj) -> R {
    Err(raise!(py, NotImplemented, "release"))
}

/// `__enter__`.
pub(crate) fn enter(py: Py<'_>, _cd: &CData) -> R {
    Err(raise!(py, NotImplemented, "enter"))
}

/// `__exit__`.
pub(crate) fn exit(py: Py<'_>, _cd: &CData, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "exit"))
}
