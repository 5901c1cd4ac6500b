//! Rust values in Python objects that nobody but this module opens.

use std::any::Any;
use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3_ffi as ffi;

use super::err::{R, Raised};
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

/// Makes a capsule of a pointer, under a name that other code knows. The capsule keeps `owner`, and drops it in the end.
///
/// # Errors
/// `MemoryError`.
pub fn of_pointer<T: Any + Send>(py: Py<'_>, name: &'static CStr, pointer: NonNull<c_void>, owner: T) -> R {
    let owner = py.boxed(owner)?;
    // SAFETY: the token proves that the thread is attached; the pointer is not null, and the name is static. The
    // destructor finds the owner in the context, or null if setting that failed, so the owner is dropped once.
    unsafe {
        let made = ffi::PyCapsule_New(pointer.as_ptr(), name.as_ptr(), Some(free_owner::<T>));
        let capsule = Owned::from_new(py, made)?;
        let context = Box::into_raw(owner);
        if ffi::PyCapsule_SetContext(capsule.as_ptr(), context.cast()) != 0 {
            drop(Box::from_raw(context));
            return Err(Raised::already());
        }
        Ok(capsule)
    }
}

/// Makes a capsule of the address of a static, under a name that other code knows.
///
/// # Errors
/// `MemoryError`.
pub fn of_static<T: Sync>(py: Py<'_>, name: &'static CStr, value: &'static T) -> R {
    let pointer = std::ptr::from_ref(value).cast_mut().cast();
    // SAFETY: the token proves that the thread is attached; pointer and name are static.
    unsafe { Owned::from_new(py, ffi::PyCapsule_New(pointer, name.as_ptr(), None)) }
}

/// Returns the pointer of a capsule with this name.
///
/// # Errors
/// `ValueError` for another object or another name.
pub fn pointer(_py: Py<'_>, object: &Obj, name: &CStr) -> R<NonNull<c_void>> {
    // SAFETY: the token proves that the thread is attached; the function raises for other objects and other names.
    let found = unsafe { ffi::PyCapsule_GetPointer(object.as_ptr(), name.as_ptr()) };
    NonNull::new(found).ok_or_else(Raised::already)
}

unsafe extern "C" fn free_owner<T>(capsule: *mut ffi::PyObject) {
    // SAFETY: the interpreter destroys a capsule of `of_pointer`, whose context is null or a box that nobody else drops.
    unsafe {
        let context: *mut c_void = ffi::PyCapsule_GetContext(capsule);
        if !context.is_null() {
            drop(Box::from_raw(context.cast::<T>()));
        }
    }
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
