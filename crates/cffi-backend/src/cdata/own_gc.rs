//! Handles and callbacks: `__CDataOwnGC`.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `newp_handle`.
pub(crate) fn newp_handle(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "newp_handle"))
}

/// Module function `from_handle`.
pub(crate) fn from_handle(py: Py<'_>, _module: &Module, _arg: &crate::rt::Obj) -> R {
    Err(raise!(py, NotImplemented, "from_handle"))
}

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, _module: &crate::rt::Obj, _base: &crate::rt::Obj) -> R {
    Err(raise!(py, NotImplemented, "make_type"))
}

/// What `repr` says of it.
pub(super) fn describe(_py: Py<'_>, cd: &super::CData) -> R<String> {
    Ok(format!("{:p}", cd.data()))
}
