//! Everything that depends on the version or build of CPython.

use pyo3_ffi as ffi;

use super::obj::Obj;

/// Takes a reference to an object that another thread may be deallocating.
///
/// With the GIL an object that is found in a table under the GIL still has references, because its deallocation
/// starts with taking it out of the table.
///
/// # Safety
/// `p` points to memory that still holds the object's header.
#[cfg(not(Py_GIL_DISABLED))]
#[inline]
pub(crate) unsafe fn try_incref(p: *mut ffi::PyObject) -> bool {
    // SAFETY: by the caller.
    unsafe { ffi::Py_INCREF(p) };
    true
}

/// Hints that an object will be shared by threads, so that its reference count is kept per thread where the
/// interpreter can do that.
#[inline]
pub(crate) fn shared_hint(_obj: &Obj) {}

/// Whether a `str` is in the interpreter's table of interned strings.
///
/// The bits lie at the same place of `PyASCIIObject` in all versions, which pyo3-ffi knows.
#[inline]
pub(crate) fn is_interned(s: &Obj) -> bool {
    // SAFETY: callers pass str objects; every str begins with a PyASCIIObject.
    unsafe { (*s.as_ptr().cast::<ffi::PyASCIIObject>()).interned() != 0 }
}

/// Whether the interpreter is being shut down: from then on only the thread that does it may run Python code.
#[cfg(Py_3_13)]
#[inline]
pub(crate) fn is_finalizing() -> bool {
    // SAFETY: may be called by any thread at any time.
    unsafe { ffi::Py_IsFinalizing() != 0 }
}

/// Whether the interpreter is being shut down: from then on only the thread that does it may run Python code.
#[cfg(not(Py_3_13))]
#[inline]
pub(crate) fn is_finalizing() -> bool {
    unsafe extern "C" {
        // The name of `Py_IsFinalizing` in 3.7 to 3.12.
        fn _Py_IsFinalizing() -> std::ffi::c_int;
    }
    // SAFETY: may be called by any thread at any time.
    unsafe { _Py_IsFinalizing() != 0 }
}
