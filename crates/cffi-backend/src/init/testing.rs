//! Functions that cffi's own test suite asks of a backend.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `get_types`.
pub(crate) fn get_types(py: Py<'_>, _module: &Module) -> R {
    Err(raise!(py, NotImplemented, "get_types"))
}

/// Module function `get_common_types`.
pub(crate) fn get_common_types(py: Py<'_>, _module: &Module, _arg: &crate::rt::Obj) -> R {
    Err(raise!(py, NotImplemented, "get_common_types"))
}

/// Module function `testfunc`.
pub(crate) fn testfunc(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "testfunc"))
}

/// Module function `testbuff`.
pub(crate) fn testbuff(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "testbuff"))
}
