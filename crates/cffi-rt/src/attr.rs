//! Attributes of objects, and the generic look-up of a class, which runs no code of a subclass.

use pyo3_ffi as ffi;

use super::err::{R, Raised};
use super::obj::{Obj, Owned};
use super::token::Py;

/// Executes `setattr(object, name, value)`, or `delattr(object, name)` without a value.
///
/// # Errors
/// Whatever the class of the object raises.
pub fn set(_py: Py<'_>, object: &Obj, name: &Obj, value: Option<&Obj>) -> R<()> {
    let value = value.map_or(std::ptr::null_mut(), Obj::as_ptr);
    // SAFETY: the token proves that the thread is attached; the objects are borrowed, so they are alive.
    match unsafe { ffi::PyObject_SetAttr(object.as_ptr(), name.as_ptr(), value) } {
        0 => Ok(()),
        _ => Err(Raised::already()),
    }
}

/// Looks an attribute up as `object.__getattribute__` does.
///
/// # Errors
/// `AttributeError`, and whatever a descriptor raises.
pub fn generic_get(py: Py<'_>, object: &Obj, name: &Obj) -> R {
    // SAFETY: the token proves that the thread is attached; both objects are borrowed, so they are alive.
    unsafe { Owned::from_new(py, ffi::PyObject_GenericGetAttr(object.as_ptr(), name.as_ptr())) }
}

/// Sets an attribute as `object.__setattr__` does, or deletes it without a value.
///
/// # Errors
/// `AttributeError`, and whatever a descriptor raises.
pub fn generic_set(_py: Py<'_>, object: &Obj, name: &Obj, value: Option<&Obj>) -> R<()> {
    let value = value.map_or(std::ptr::null_mut(), Obj::as_ptr);
    // SAFETY: the token proves that the thread is attached; the objects are borrowed, so they are alive.
    match unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value) } {
        0 => Ok(()),
        _ => Err(Raised::already()),
    }
}

/// Returns the dict of an object, which is made if the object has none yet.
///
/// # Errors
/// `AttributeError` if the class gives its objects no dict.
pub fn own_dict(py: Py<'_>, object: &Obj) -> R {
    // SAFETY: the token proves that the thread is attached; the object is borrowed, so it is alive.
    unsafe { Owned::from_new(py, ffi::PyObject_GenericGetDict(object.as_ptr(), std::ptr::null_mut())) }
}

/// Stores `value` by a data descriptor, as `descriptor.__set__(object, value)` does; `None` for objects that are none.
pub fn set_by(_py: Py<'_>, descriptor: &Obj, object: &Obj, value: &Obj) -> Option<R<()>> {
    // SAFETY: the type is alive with the object.
    let set = unsafe { (*descriptor.tp()).tp_descr_set }?;
    // SAFETY: the token proves that the thread is attached, and the slot gets live objects, the first of its own type.
    let status = unsafe { set(descriptor.as_ptr(), object.as_ptr(), value.as_ptr()) };
    Some(if status < 0 { Err(Raised::already()) } else { Ok(()) })
}
