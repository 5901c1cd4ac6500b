//! `string`.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `string`.
pub(crate) fn string(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "string"))
}
