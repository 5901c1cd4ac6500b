//! Rust values in Python objects that nobody but this module opens.

use std::any::Any;
use std::ffi::{CStr, c_void};

use pyo3_ffi as ffi;

use super::err::R;
use super::obj::{Obj, Owned};
use super::token::Py;

type Content = Box<dyn Any + Send + Sync>;

const NAME: &CStr = c"ferrocffi.value";

/// Puts a value into a capsule, which drops it in the end.
///
/// # Errors
/// `MemoryError`.
pub fn new<T: Any + Send + Sync>(py: Py<'_>, value: T) -> R {
    let content: Content = py.boxed(value)?;
    let raw = Box::into_raw(py.boxed(content)?);
    // SAFETY: the token proves that the thread is attached; the pointer is not null, and the capsule owns the box.
    let made = unsafe { Owned::from_new(py, ffi::PyCapsule_New(raw.cast(), NAME.as_ptr(), Some(free))) };
    if made.is_err() {
        // SAFETY: the box was leaked just above, and no capsule has got it.
        drop(unsafe { Box::from_raw(raw) });
    }
    made
}

/// Returns the value of a capsule, if it holds a value of this type.
pub fn get<'a, T: Any>(_py: Py<'_>, object: &'a Obj) -> Option<&'a T> {
    // SAFETY: the token proves that the thread is attached. Only `new` makes capsules with a name at this address, which
    // hold a box that lives as long as the object.
    let content = unsafe {
        if ffi::PyCapsule_IsValid(object.as_ptr(), NAME.as_ptr()) == 0
            || ffi::PyCapsule_GetName(object.as_ptr()) != NAME.as_ptr()
        {
            return None;
        }
        let raw: *mut c_void = ffi::PyCapsule_GetPointer(object.as_ptr(), NAME.as_ptr());
        &*raw.cast::<Content>()
    };
    content.downcast_ref()
}

unsafe extern "C" fn free(capsule: *mut ffi::PyObject) {
    // SAFETY: the interpreter destroys a capsule of `new`, which owns the box.
    unsafe {
        let raw: *mut c_void = ffi::PyCapsule_GetPointer(capsule, NAME.as_ptr());
        if !raw.is_null() {
            drop(Box::from_raw(raw.cast::<Content>()));
        }
    }
}
