//! Allocation: `newp`.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `newp`.
pub(crate) fn newp(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "newp"))
}
