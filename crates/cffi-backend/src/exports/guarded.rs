//! The frame of every function of the table, which keeps exceptions and panics from reaching C.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3_ffi as ffi;

use cffi_rt::slots::panicked;
use cffi_rt::{Obj, Owned, Py, R, Raised};

/// Runs the body of a function of the table. On an exception, or a panic, which becomes a `SystemError`, the exception
/// stays set and C gets `error`.
///
/// # Safety
/// The thread is attached.
#[inline(always)]
pub(super) unsafe fn guard<T>(error: T, body: impl FnOnce(Py<'_>) -> R<T>) -> T {
    // SAFETY: the caller promises that the thread is attached.
    let py = unsafe { Py::assume() };
    match catch_unwind(AssertUnwindSafe(|| body(py))) {
        Ok(result) => result.unwrap_or(error),
        Err(panic) => {
            let _: Raised = panicked(py, &*panic);
            error
        }
    }
}

/// Runs the body of a function that returns a new object, as [`guard`] does. C gets null for an error.
///
/// # Safety
/// The thread is attached.
#[inline(always)]
pub(super) unsafe fn guard_object(body: impl FnOnce(Py<'_>) -> R) -> *mut ffi::PyObject {
    // SAFETY: the caller promises that the thread is attached.
    unsafe { guard(std::ptr::null_mut(), |py| body(py).map(Owned::into_ptr)) }
}

/// Borrows an argument.
///
/// # Safety
/// `p` is an object that the caller keeps alive.
#[inline(always)]
pub(super) unsafe fn object<'a>(p: *mut ffi::PyObject) -> &'a Obj {
    // SAFETY: the caller keeps the object alive.
    unsafe { Obj::from_ptr(p) }
}
