//! Data with a destructor: `__CDataGCP`.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `gcp`.
pub(crate) fn gcp(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "gcp"))
}

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, _module: &crate::rt::Obj, _base: &crate::rt::Obj) -> R {
    Err(raise!(py, NotImplemented, "make_type"))
}
