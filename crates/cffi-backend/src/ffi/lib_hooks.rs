//! Where methods of `FFI` meet `Lib` objects and `extern "Python"` functions.

use super::object::FfiObject;
use crate::rt::{Args, Obj, Owned, Py, R, raise};
use crate::state::State;

/// `addressof(lib, "name")`; `None` if the first argument is no `Lib`.
pub(super) fn address_of(_py: Py<'_>, _ffi: &FfiObject, _args: Args<'_>) -> R<Option<Owned>> {
    Ok(None)
}

/// The type of a `lib.function` of a compiled module; `None` for other objects.
pub(super) fn type_of(_py: Py<'_>, _st: &State, _obj: &Obj) -> R<Option<Owned>> {
    Ok(None)
}

/// `dlopen(name=None, flags=0)`.
pub(super) fn dlopen(py: Py<'_>, _ffi: &FfiObject, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "dlopen"))
}

/// `dlclose(lib)`.
pub(super) fn dlclose(py: Py<'_>, _ffi: &FfiObject, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "dlclose"))
}

/// What `def_extern(name, error, onerror)` remembers, and the function that it decorates.
pub(super) struct DefExtern<'a> {
    pub(super) name: Option<&'a Obj>,
    pub(super) error: Option<&'a Obj>,
    pub(super) onerror: Option<&'a Obj>,
    pub(super) callable: &'a Obj,
}

/// Attaches a Python function to an `extern "Python"` one.
pub(super) fn def_extern(py: Py<'_>, _ffi: &FfiObject, request: &DefExtern<'_>) -> R<()> {
    let _ = (request.name, request.error, request.onerror, request.callable);
    Err(raise!(py, NotImplemented, "def_extern"))
}
