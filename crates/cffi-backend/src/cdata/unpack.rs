//! `unpack`.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `unpack`.
pub(crate) fn unpack(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "unpack"))
}
