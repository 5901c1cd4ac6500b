//! Callbacks: Python functions as C function pointers.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `callback`.
pub(crate) fn callback(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "callback"))
}
