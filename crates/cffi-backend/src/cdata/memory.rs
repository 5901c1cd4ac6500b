//! `memmove`.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `memmove`.
pub(crate) fn memmove(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "memmove"))
}
