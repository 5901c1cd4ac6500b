//! Libraries opened by `load_library`.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `load_library`.
pub(crate) fn load_library(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "load_library"))
}

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, _module: &crate::rt::Obj) -> R {
    Err(raise!(py, NotImplemented, "make_type"))
}
