//! Modules: their dicts, names and members.

use std::ffi::{CStr, c_int, c_long, c_void};

use pyo3_ffi as ffi;

use super::err::{R, Raised, raise};
use super::obj::{Obj, Owned, PyLayout};
use super::table::{Method, Table};
use super::token::Py;

/// Returns whether an object is a module.
pub fn is_module(object: &Obj) -> bool {
    // SAFETY: the object is borrowed, so it is alive; the macro reads its class.
    unsafe { ffi::PyModule_Check(object.as_ptr()) != 0 }
}

/// Returns the dict of a module.
///
/// # Errors
/// `SystemError` for an object that is not a module.
pub fn dict<'a>(py: Py<'_>, module: &'a Obj) -> R<&'a Obj> {
    if !is_module(module) {
        return Err(raise!(py, System, "not a module"));
    }
    // SAFETY: the token proves that the thread is attached; a module has a dict, which lives as long as the module.
    Ok(unsafe { Obj::from_ptr(ffi::PyModule_GetDict(module.as_ptr())) })
}

/// Returns the name of a module.
///
/// # Errors
/// `SystemError` for an object that is not a module, or a module without a name.
pub fn name(py: Py<'_>, module: &Obj) -> R {
    // SAFETY: the token proves that the thread is attached; the function checks the object.
    unsafe { Owned::from_new(py, ffi::PyModule_GetNameObject(module.as_ptr())) }
}

/// Adds a member to a module.
///
/// # Errors
/// `MemoryError`, and `SystemError` for an object that is not a module.
pub fn add(_py: Py<'_>, module: &Obj, name: &CStr, value: &Obj) -> R<()> {
    // SAFETY: the token proves that the thread is attached; the function checks the module, and takes its own reference.
    match unsafe { ffi::PyModule_AddObjectRef(module.as_ptr(), name.as_ptr(), value.as_ptr()) } {
        0 => Ok(()),
        _ => Err(Raised::already()),
    }
}

/// Adds an integer constant to a module.
///
/// # Errors
/// `MemoryError`, and `SystemError` for an object that is not a module.
pub fn add_int(_py: Py<'_>, module: &Obj, name: &CStr, value: i32) -> R<()> {
    // SAFETY: the token proves that the thread is attached; the function checks the module, and copies the name.
    match unsafe { ffi::PyModule_AddIntConstant(module.as_ptr(), name.as_ptr(), c_long::from(value)) } {
        0 => Ok(()),
        _ => Err(Raised::already()),
    }
}

/// Returns the dict `sys.modules`.
pub fn all<'py>(_py: Py<'py>) -> &'py Obj {
    // SAFETY: the token proves that the thread is attached; the interpreter keeps the dict that it lends.
    unsafe { Obj::from_ptr(ffi::PyImport_GetModuleDict()) }
}

/// Gives a new module its docstring and its functions.
///
/// # Errors
/// `MemoryError`, and `SystemError` for an object that is not a module.
pub fn fill<T: PyLayout, const N: usize>(
    _py: Py<'_>,
    module: &T,
    doc: &'static CStr,
    functions: &'static Table<Method<T>, N>,
) -> R<()> {
    // SAFETY: the token proves that the thread is attached; the functions check the module. The definitions are static,
    // end with an empty one, and the interpreter only reads them.
    let filled = unsafe {
        ffi::PyModule_SetDocString(module.as_ptr(), doc.as_ptr()) == 0
            && ffi::PyModule_AddFunctions(module.as_ptr(), functions.as_slot().cast()) == 0
    };
    if filled { Ok(()) } else { Err(Raised::already()) }
}

/// The slots of a module's definition: a function of the module, and what the import system has to know: that each
/// interpreter can have the module, with a lock of its own, and that it needs no lock.
pub struct Slots([ffi::PyModuleDef_Slot; 2 + cfg!(Py_3_12) as usize + cfg!(Py_3_13) as usize]);

// SAFETY: nothing changes the slots; they have functions and numbers.
unsafe impl Sync for Slots {}

impl Slots {
    /// Makes the slots of a module that a function fills.
    pub const fn executing(function: unsafe extern "C" fn(*mut ffi::PyObject) -> c_int) -> Slots {
        Slots::with(ffi::Py_mod_exec, function as *mut c_void)
    }

    /// Makes the slots of a module that a function makes.
    pub const fn creating(
        function: unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyModuleDef) -> *mut ffi::PyObject,
    ) -> Slots {
        Slots::with(ffi::Py_mod_create, function as *mut c_void)
    }

    const fn with(slot: c_int, value: *mut c_void) -> Slots {
        Slots([
            ffi::PyModuleDef_Slot { slot, value },
            #[cfg(Py_3_12)]
            ffi::PyModuleDef_Slot {
                slot: ffi::Py_mod_multiple_interpreters,
                value: ffi::Py_MOD_PER_INTERPRETER_GIL_SUPPORTED,
            },
            #[cfg(Py_3_13)]
            ffi::PyModuleDef_Slot { slot: ffi::Py_mod_gil, value: ffi::Py_MOD_GIL_NOT_USED },
            ffi::PyModuleDef_Slot { slot: 0, value: std::ptr::null_mut() },
        ])
    }

    /// Returns the address for a definition. The interpreter only reads the slots.
    pub const fn as_ptr(&'static self) -> *mut ffi::PyModuleDef_Slot {
        self.0.as_ptr().cast_mut()
    }
}
