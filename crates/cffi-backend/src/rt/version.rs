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

/// Calls `callable` with the arguments at `args` as `PyObject_Vectorcall` does.
///
/// Before 3.14 the interpreter ends a thread that wants to go on with Python code after the shutdown has begun by
/// `pthread_exit`, which unwinds the stack through the frames of this module and would run destructors that need
/// an attached thread. Such a thread is stopped here for good instead, as later versions do.
///
/// # Safety
/// As for `PyObject_Vectorcall`.
#[cfg(all(unix, not(Py_3_14)))]
pub(crate) unsafe fn vectorcall(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargsf: usize,
) -> *mut ffi::PyObject {
    // Declared here because the unwinding has to be allowed for. Without a dict it is `PyObject_Vectorcall`,
    // which is no symbol before 3.12.
    unsafe extern "C-unwind" {
        fn PyObject_VectorcallDict(
            callable: *mut ffi::PyObject,
            args: *const *mut ffi::PyObject,
            nargsf: usize,
            kwargs: *mut ffi::PyObject,
        ) -> *mut ffi::PyObject;
    }
    let guard = StopThread;
    // SAFETY: by the caller.
    let result = unsafe { PyObject_VectorcallDict(callable, args, nargsf, std::ptr::null_mut()) };
    std::mem::forget(guard);
    result
}

/// Calls `callable` with the arguments at `args`.
///
/// # Safety
/// As for `PyObject_Vectorcall`.
#[cfg(not(all(unix, not(Py_3_14))))]
#[inline]
pub(crate) unsafe fn vectorcall(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargsf: usize,
) -> *mut ffi::PyObject {
    // SAFETY: by the caller.
    unsafe { ffi::PyObject_Vectorcall(callable, args, nargsf, std::ptr::null_mut()) }
}

/// Never lets a thread get past its drop, which only happens when the stack is unwound from outside.
#[cfg(all(unix, not(Py_3_14)))]
struct StopThread;

#[cfg(all(unix, not(Py_3_14)))]
impl Drop for StopThread {
    fn drop(&mut self) {
        loop {
            std::thread::sleep(std::time::Duration::from_secs(3600));
        }
    }
}
