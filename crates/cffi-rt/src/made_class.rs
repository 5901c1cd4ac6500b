//! Attributes of objects whose class was made by a call of `type()`.
//!
//! For a class with a special method `__getattr__`, the interpreter looks that up for each attribute. A function of this
//! project can take the place of that. Where it does not know an attribute, it goes on to the interpreter's own.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use pyo3_ffi as ffi;

use super::err::R;
use super::obj::{Obj, Owned};
use super::slots::guard;
use super::token::Py;
use super::{dict, types};

/// Whether the function is replaced. Without a GIL, a class may give up an attribute while another thread looks at it.
pub const USED: bool = cfg!(not(Py_GIL_DISABLED));

/// The function that the interpreter gives to classes with `__getattr__`, or null before the first class is changed. It is
/// the same for all classes.
static DEFAULT_GET: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());

/// Whether the getter of a property is the word behind the object's header, as was seen in the running interpreter.
static KNOWN_PROPERTY: AtomicBool = AtomicBool::new(false);

unsafe extern "C" {
    fn _PyType_Lookup(class: *mut ffi::PyTypeObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject;
    fn _PyObject_GetDictPtr(object: *mut ffi::PyObject) -> *mut *mut ffi::PyObject;
}

/// A way to the attributes of objects, of any class.
pub trait Access {
    /// Gets an attribute.
    ///
    /// # Errors
    /// `AttributeError`, and whatever the attribute raises.
    fn get(py: Py<'_>, object: &Obj, name: &Obj) -> R;
}

/// `tp_getattro` of classes whose attributes `A` serves.
///
/// # Safety
/// Called by the interpreter.
unsafe extern "C" fn get_slot<A: Access>(
    object: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls slots with an attached thread and live objects.
    unsafe { guard(|py| A::get(py, Obj::from_ptr(object), Obj::from_ptr(name))) }
}

/// Lets `A` serve the attributes of the objects of a class that was made by a call of `type()`, with `__getattr__`. If a
/// program gives the class other special methods later, the interpreter puts its own function back. Does nothing if the class
/// has another function than the first one had.
///
/// There is no such way to set attributes: the interpreter refuses `object.__setattr__` for objects with another function.
pub fn serve<A: Access>(_py: Py<'_>, class: &Obj) {
    if !USED || !types::is_class(class) {
        return;
    }
    let class = class.as_ptr().cast::<ffi::PyTypeObject>();
    // SAFETY: the object was checked to be a class. The token proves that the thread is attached, so with a GIL no other
    // thread uses the slot, which takes functions for objects of any class.
    unsafe {
        let Some(old) = (*class).tp_getattro else { return };
        if ffi::PyType_HasFeature(class, ffi::Py_TPFLAGS_HEAPTYPE) == 0 {
            return;
        }
        let old = old as *mut c_void;
        let none = std::ptr::null_mut();
        let known = DEFAULT_GET.compare_exchange(none, old, Ordering::AcqRel, Ordering::Acquire);
        if known.is_ok() || DEFAULT_GET.load(Ordering::Acquire) == old {
            (*class).tp_getattro = Some(get_slot::<A>);
            ffi::PyType_Modified(class);
        }
    }
}

/// Gets an attribute as the interpreter does for classes with `__getattr__`.
///
/// # Errors
/// Whatever the class of the object raises.
#[inline(never)]
pub fn default_get(py: Py<'_>, object: &Obj, name: &Obj) -> R {
    let get = DEFAULT_GET.load(Ordering::Acquire);
    if get.is_null() {
        return super::attr::generic_get(py, object, name);
    }
    // SAFETY: the address is that of a function of this type, which was a class's `tp_getattro`. The token proves that the
    // thread is attached; both objects are borrowed, so they are alive.
    unsafe {
        let get = std::mem::transmute::<*mut c_void, ffi::getattrofunc>(get);
        Owned::from_new(py, get(object.as_ptr(), name.as_ptr()))
    }
}

/// Returns what the class of an object has for a name, without a reference: it is alive until Python code runs.
#[inline(always)]
pub fn in_class<'a>(_py: Py<'a>, object: &Obj, name: &Obj) -> Option<&'a Obj> {
    // SAFETY: the token proves that the thread is attached; both objects are borrowed, so they are alive. The function
    // returns null or an object that the class keeps, which only Python code or another thread can change.
    unsafe { Obj::from_ptr_opt(_PyType_Lookup(object.tp(), name.as_ptr())) }
}

/// Returns what the dict of an object has for a name; `None` if the object has no dict yet either.
///
/// # Errors
/// Whatever the comparison of names raises.
#[inline(always)]
pub fn in_object(py: Py<'_>, object: &Obj, name: &Obj) -> R<Option<Owned>> {
    // SAFETY: the token proves that the thread is attached; the object is borrowed, so it is alive. The place is null or
    // inside of the object, and has null or the object's dict.
    let own = unsafe {
        let place = _PyObject_GetDictPtr(object.as_ptr());
        if place.is_null() { None } else { Obj::from_ptr_opt(*place) }
    };
    match own {
        Some(own) => dict::get(py, own, name),
        None => Ok(None),
    }
}

/// Returns the word behind the header of a property.
///
/// # Safety
/// The object is of exactly the class `property`.
#[inline(always)]
unsafe fn first_word(property: &Obj) -> *mut ffi::PyObject {
    // SAFETY: the caller promises a property, which has several words behind its header.
    unsafe { property.as_ptr().add(1).cast::<*mut ffi::PyObject>().read() }
}

/// Notes where a property has its getter, by a new property that was made with `getter`.
pub fn learn(py: Py<'_>, property: &Obj, getter: &Obj) {
    let exact = std::ptr::eq(property.tp().cast(), types::property_class(py).as_ptr());
    // SAFETY: the object was checked to be a property.
    if exact && unsafe { first_word(property) } == getter.as_ptr() {
        KNOWN_PROPERTY.store(true, Ordering::Release);
    }
}

/// Returns the getter of a property. `None` for objects of other classes, or where its place is not known.
#[inline(always)]
pub fn getter<'a>(py: Py<'a>, property: &'a Obj) -> Option<&'a Obj> {
    let exact = std::ptr::eq(property.tp().cast(), types::property_class(py).as_ptr());
    if !exact || !KNOWN_PROPERTY.load(Ordering::Acquire) {
        return None;
    }
    // SAFETY: the object is a property, which keeps its getter in that word: null or an object.
    unsafe { Obj::from_ptr_opt(first_word(property)) }
}
