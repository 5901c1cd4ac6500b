//! Built-in functions.

use std::ffi::{CStr, c_int};

use pyo3_ffi as ffi;

use super::err::R;
use super::obj::{Obj, Owned};
use super::slots::Table;
use super::token::Py;

/// Makes a built-in function of a definition that [`method!`](crate::slots::method) wrote. `this` is the receiver, of
/// the class that the definition names.
///
/// # Errors
/// `MemoryError`.
pub fn new(py: Py<'_>, definition: &'static ffi::PyMethodDef, this: Option<&Obj>, module: Option<&Obj>) -> R {
    let definition = std::ptr::from_ref(definition).cast_mut();
    let [this, module] = [this, module].map(|object| object.map_or(std::ptr::null_mut(), Obj::as_ptr));
    // SAFETY: the token proves that the thread is attached; the definition is static, the interpreter only reads it, and
    // the function keeps both objects.
    unsafe { Owned::from_new(py, ffi::PyCFunction_NewEx(definition, this, module)) }
}

/// Returns the definitions of a table with their names, without the entry that ends the table.
pub fn definitions<const N: usize>(
    table: &'static Table<ffi::PyMethodDef, N>,
) -> impl Iterator<Item = (&'static CStr, &'static ffi::PyMethodDef)> {
    table.0.iter().take_while(|definition| !definition.ml_name.is_null()).map(|definition| {
        // SAFETY: the name of a definition is a C string with static lifetime, and null only at the end.
        (unsafe { CStr::from_ptr(definition.ml_name) }, definition)
    })
}

/// Returns whether an object is a built-in function.
pub fn is_builtin(object: &Obj) -> bool {
    // SAFETY: the object is borrowed, so it is alive; the macro reads its class.
    unsafe { ffi::PyCFunction_Check(object.as_ptr()) != 0 }
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
