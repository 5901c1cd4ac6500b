//! `cast`.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `cast`.
pub(crate) fn cast(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "cast"))
}
