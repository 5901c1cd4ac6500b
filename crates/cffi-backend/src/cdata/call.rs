//! Calling function pointers.

use pyo3_ffi as ffi;

use super::CData;
use crate::rt::slots::guard;
use crate::rt::{Args, Py, R, raise};

/// Calls a cdata with arguments.
pub(crate) fn call(py: Py<'_>, _cd: &CData, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "call"))
}

/// The vectorcall entry of function pointers and callbacks.
///
/// # Safety
/// Called by the interpreter: `callable` is a cdata, `args` as the protocol has them.
pub(crate) unsafe extern "C" fn vectorcall(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargsf: usize,
    kwnames: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: by the caller.
    unsafe {
        guard(|py| {
            let n = ffi::PyVectorcall_NARGS(nargsf).cast_unsigned();
            call(py, crate::rt::slots::receiver(callable), Args::new(args, n, kwnames))
        })
    }
}

/// `tp_call` of the cdata that have no vectorcall entry.
///
/// # Safety
/// Called by the interpreter: `callable` is a cdata, `args` a tuple, `kwargs` null or a dict.
pub(crate) unsafe extern "C" fn tp_call(
    callable: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: by the caller; the items of the tuple live as long as it does.
    unsafe {
        guard(|py| {
            let cd: &CData = crate::rt::slots::receiver(callable);
            if !kwargs.is_null() && ffi::PyDict_Size(kwargs) > 0 {
                return Err(raise!(py, Type, "a cdata function cannot be called with keyword arguments"));
            }
            let n = ffi::PyTuple_GET_SIZE(args).cast_unsigned();
            let items: Vec<*mut ffi::PyObject> =
                (0..n).map(|i| ffi::PyTuple_GET_ITEM(args, i.cast_signed())).collect();
            call(py, cd, Args::new(items.as_ptr(), n, std::ptr::null_mut()))
        })
    }
}
