//! Built-in functions.

use std::ffi::{CStr, c_int};

use pyo3_ffi as ffi;

use super::err::{R, raise};
use super::obj::{Obj, Owned, PyLayout};
use super::table::{Attribute, Method};
use super::token::Py;
use super::types;

/// Makes a built-in function of a definition that [`method!`](crate::slots::method) wrote. `this` is the receiver.
///
/// # Errors
/// `MemoryError`.
pub fn new<T: PyLayout>(py: Py<'_>, definition: &'static Method<T>, this: &T, module: Option<&Obj>) -> R {
    let module = module.map_or(std::ptr::null_mut(), Obj::as_ptr);
    // SAFETY: the token proves that the thread is attached; the definition is static, the interpreter only reads it, and
    // the function keeps both objects.
    unsafe { Owned::from_new(py, ffi::PyCFunction_NewEx(definition.as_ptr(), this.as_ptr(), module)) }
}

/// Returns the definitions of a table with their names, without the entry that ends the table.
pub fn definitions<T>(
    table: &'static [Method<T>],
) -> impl Iterator<Item = (&'static CStr, &'static Method<T>)> {
    table.iter().map_while(|definition| Some((definition.name()?, definition)))
}

/// Makes an attribute of a class: a method of a definition that [`method!`](crate::slots::method) wrote with `fast_any`.
///
/// # Errors
/// `MemoryError`; `SystemError` if `class` is not a class.
pub fn for_class(py: Py<'_>, class: &Obj, definition: &'static Method<Obj>) -> R {
    check_class(py, class)?;
    // SAFETY: the token proves that the thread is attached, and the object was checked to be a class; the definition is
    // static, and the interpreter only reads it.
    unsafe { Owned::from_new(py, ffi::PyDescr_NewMethod(class.as_ptr().cast(), definition.as_ptr())) }
}

/// Makes an attribute of a class: a computed attribute of its objects.
///
/// # Errors
/// `MemoryError`; `SystemError` if `class` is not a class.
pub fn computed_for_class(py: Py<'_>, class: &Obj, definition: &'static Attribute<Obj>) -> R {
    check_class(py, class)?;
    // SAFETY: the token proves that the thread is attached, and the object was checked to be a class; the definition is
    // static, and the interpreter only reads it.
    unsafe { Owned::from_new(py, ffi::PyDescr_NewGetSet(class.as_ptr().cast(), definition.as_ptr())) }
}

fn check_class(py: Py<'_>, object: &Obj) -> R<()> {
    match types::is_class(object) {
        true => Ok(()),
        false => Err(raise!(py, System, "a class was expected")),
    }
}

/// Returns whether an object is a built-in function.
#[inline(always)]
pub fn is_builtin(object: &Obj) -> bool {
    // SAFETY: the object is borrowed, so it is alive; the macro reads its class.
    unsafe { ffi::PyCFunction_Check(object.as_ptr()) != 0 }
}

/// Returns the object that a built-in function is bound to, and the name of its definition.
#[inline(always)]
pub fn bound<'a>(_py: Py<'_>, object: &'a Obj) -> Option<(&'a Obj, &'a CStr)> {
    if !is_builtin(object) {
        return None;
    }
    // SAFETY: the token proves that the thread is attached. The object was checked to be a built-in function: it begins with
    // the layout of one, keeps the object that it is bound to, and has a definition with a C string as name.
    unsafe {
        let this = Obj::from_ptr_opt(ffi::PyCFunction_GetSelf(object.as_ptr()))?;
        let definition = (*object.as_ptr().cast::<ffi::PyCFunctionObject>()).m_ml;
        Some((this, CStr::from_ptr((*definition).ml_name)))
    }
}

/// Returns whether an object is a built-in function, or a method of an object, of that very definition.
#[inline(always)]
pub fn is_defined_by<T>(object: &Obj, definition: &'static Method<T>) -> bool {
    // SAFETY: an object that the check accepts has the layout of a built-in function.
    is_builtin(object)
        && std::ptr::eq(
            unsafe { (*object.as_ptr().cast::<ffi::PyCFunctionObject>()).m_ml },
            definition.as_ptr(),
        )
}

/// Returns the flags of a built-in function (`METH_FASTCALL` and so on), and 0 for other objects.
pub fn flags(_py: Py<'_>, object: &Obj) -> c_int {
    if !is_builtin(object) {
        return 0;
    }
    // SAFETY: the token proves that the thread is attached, and the object was checked to be a built-in function.
    unsafe { ffi::PyCFunction_GetFlags(object.as_ptr()) }
}

/// Returns whether an object is a Python function of the code of a module.
pub fn is_of_module(_py: Py<'_>, object: &Obj, module: &Obj) -> bool {
    // SAFETY: the token proves that the thread is attached; only functions of Python have globals, which are those of
    // their module, and the checks look at the kinds of both objects.
    unsafe {
        ffi::PyFunction_Check(object.as_ptr()) != 0
            && ffi::PyModule_Check(module.as_ptr()) != 0
            && std::ptr::eq(
                ffi::PyFunction_GetGlobals(object.as_ptr()),
                ffi::PyModule_GetDict(module.as_ptr()),
            )
    }
}
