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

/// The value of an `int` object of at most one internal digit (30 bits), read without a call; `None` for others.
///
/// The layout is that of 3.10 and 3.11 (a signed count of digits) and of 3.12 to 3.14 (a tag word with sign and
/// count). [`int_layout_holds`] compares it with the interpreter when the module is initialized.
///
/// # Safety
/// `obj` is an `int`.
#[inline(always)]
pub(crate) unsafe fn small_int(obj: &Obj) -> Option<i64> {
    #[cfg(any(not(target_pointer_width = "64"), Py_3_15))]
    {
        let _ = obj;
        None
    }
    #[cfg(all(target_pointer_width = "64", not(Py_3_15)))]
    {
        #[repr(C)]
        struct Int {
            header: ffi::PyObject,
            #[cfg(Py_3_12)]
            tag: usize,
            #[cfg(not(Py_3_12))]
            size: isize,
            digit: u32,
        }
        // SAFETY: an int by the caller, of this layout; there is memory for one digit even in a zero.
        unsafe {
            let int = obj.as_ptr().cast::<Int>();
            let digit = i64::from((*int).digit);
            #[cfg(Py_3_12)]
            {
                // The two lowest bits are 1 minus the sign, the third is reserved, the count stands above.
                let tag = (*int).tag;
                (tag < 16).then(|| (1 - (tag & 3).cast_signed() as i64) * digit)
            }
            #[cfg(not(Py_3_12))]
            {
                let size = (*int).size;
                ((-1..=1).contains(&size)).then(|| size as i64 * digit)
            }
        }
    }
}

/// Whether [`small_int`] reads this interpreter's ints rightly: digits may have been configured to 15 bits.
pub(crate) fn int_layout_holds(py: super::Py<'_>) -> super::R<bool> {
    for v in [0, 1, -1, 5, -300, 12345, (1 << 30) - 1, 1 - (1 << 30), 1 << 30, 1 << 40] {
        let int = super::num::from_i64(py, v)?;
        // SAFETY: an int.
        if unsafe { small_int(&int) }.is_some_and(|read| read != v) {
            return Ok(false);
        }
    }
    Ok(true)
}
