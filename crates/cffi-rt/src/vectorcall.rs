//! Calls of Python objects.

use pyo3_ffi as ffi;

/// Calls `callable` with the arguments at `args` as `PyObject_Vectorcall` does. The vectorcall entry of a function is
/// called directly.
///
/// # Safety
/// As for `PyObject_Vectorcall`.
#[inline]
pub unsafe fn vectorcall(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargsf: usize,
) -> *mut ffi::PyObject {
    type Entry = unsafe extern "C" fn(
        *mut ffi::PyObject,
        *const *mut ffi::PyObject,
        usize,
        *mut ffi::PyObject,
    ) -> *mut ffi::PyObject;
    // Without a dict, this is `PyObject_Vectorcall`, which is no symbol before 3.12.
    use ffi::PyObject_VectorcallDict;
    let none = std::ptr::null_mut();
    // SAFETY: the caller gives the arguments of `PyObject_Vectorcall`. In every version, a function has a vectorcall
    // entry at the offset in its type, and the entry keeps its promise: it returns a result, or null with an exception.
    unsafe {
        if ffi::Py_TYPE(callable) == &raw mut ffi::PyFunction_Type {
            let offset = ffi::PyFunction_Type.tp_vectorcall_offset;
            match callable.byte_offset(offset).cast::<Option<Entry>>().read() {
                Some(entry) => entry(callable, args, nargsf, none),
                None => PyObject_VectorcallDict(callable, args, nargsf, none),
            }
        } else {
            PyObject_VectorcallDict(callable, args, nargsf, none)
        }
    }
}
