//! Module functions that make types.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `new_primitive_type`.
pub(crate) fn new_primitive_type(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "new_primitive_type"))
}

/// Module function `new_pointer_type`.
pub(crate) fn new_pointer_type(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "new_pointer_type"))
}

/// Module function `new_array_type`.
pub(crate) fn new_array_type(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "new_array_type"))
}

/// Module function `new_void_type`.
pub(crate) fn new_void_type(py: Py<'_>, _module: &Module) -> R {
    Err(raise!(py, NotImplemented, "new_void_type"))
}

/// Module function `new_struct_type`.
pub(crate) fn new_struct_type(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "new_struct_type"))
}

/// Module function `new_union_type`.
pub(crate) fn new_union_type(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "new_union_type"))
}

/// Module function `new_function_type`.
pub(crate) fn new_function_type(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "new_function_type"))
}

/// Module function `new_enum_type`.
pub(crate) fn new_enum_type(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "new_enum_type"))
}

/// Module function `alignof`.
pub(crate) fn alignof(py: Py<'_>, _module: &Module, _arg: &crate::rt::Obj) -> R {
    Err(raise!(py, NotImplemented, "alignof"))
}

/// Module function `getcname`.
pub(crate) fn getcname(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "getcname"))
}
