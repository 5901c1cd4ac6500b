//! Views of Python buffers: `__CDataFromBuf`.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `from_buffer`.
pub(crate) fn from_buffer(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "from_buffer"))
}

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, _module: &crate::rt::Obj, _base: &crate::rt::Obj) -> R {
    Err(raise!(py, NotImplemented, "make_type"))
}

/// What `repr` says of it.
pub(super) fn describe(_py: Py<'_>, cd: &super::CData) -> R<String> {
    Ok(format!("{:p}", cd.data()))
}
