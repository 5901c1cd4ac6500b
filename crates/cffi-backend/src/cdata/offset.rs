//! Sizes and places: `sizeof`, `typeof`, `typeoffsetof`, `rawaddressof`.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `sizeof`.
pub(crate) fn sizeof(py: Py<'_>, _module: &Module, _arg: &crate::rt::Obj) -> R {
    Err(raise!(py, NotImplemented, "sizeof"))
}

/// Module function `typeof_`.
pub(crate) fn typeof_(py: Py<'_>, _module: &Module, _arg: &crate::rt::Obj) -> R {
    Err(raise!(py, NotImplemented, "typeof_"))
}

/// Module function `typeoffsetof`.
pub(crate) fn typeoffsetof(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "typeoffsetof"))
}

/// Module function `rawaddressof`.
pub(crate) fn rawaddressof(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "rawaddressof"))
}
