//! Modules that are imported when somebody asks for one of their attributes.
//!
//! `cffi.FFI()` imports `cffi.cparser`, which imports `pycparser` and `re` and compiles many regular expressions. That
//! takes longer than everything else up to the first call of a C function. So `sys.modules` has an object in the place
//! of `cffi.cparser` that imports the genuine module only when an attribute is used. `FFI()` itself asks for the
//! attribute `Parser`, and gets a parser of this project. `cffi._pycparser` is a name that `cffi.cparser` tries first;
//! in its place is an object that imports `pycparser` when an attribute is used.

use std::ffi::{CStr, c_void};

use pyo3_ffi as ffi;

use super::parser;
use crate::state::Module;
use cffi_rt::class;
use cffi_rt::obj::OnceRef;
use cffi_rt::slots::slot;
use cffi_rt::{Obj, Owned, Py, R, Raised, dict, interp, raise, text};

cffi_rt::class! {
    /// An object in the place of a module.
    pub(super) struct Deferred in c"_cffi_backend._DeferredModule", collected {
        /// The module of the backend.
        backend: Owned,
        /// The name under which `sys.modules` has the object.
        name: Box<str>,
        /// Whether the object is in the place of `cffi.cparser`, and else in that of `cffi._pycparser`.
        parser: bool,
        /// The genuine module, once it is imported.
        genuine: OnceRef<Obj>,
    }
}

/// The package whose modules these are.
const PACKAGE: &str = "cffi";
const CPARSER: &str = "cffi.cparser";
const PYCPARSER: &str = "cffi._pycparser";

const DOC: &CStr = c"Stands in sys.modules for a module that is imported when one of its attributes is used.";

/// Puts the objects into `sys.modules`, unless the genuine modules are there.
pub(super) fn install(py: Py<'_>, backend: &Obj) -> R<()> {
    let class = class::spec::<Deferred>(DOC)
        .slot(ffi::Py_tp_getattro, slot!(subscript Deferred, *mut ffi::PyObject, getattro) as *const c_void)
        .slot(ffi::Py_tp_setattro, slot!(assign Deferred, setattro) as *const c_void)
        .make(py, backend, None)?;
    let modules = modules();
    for (name, parser) in [(CPARSER, true), (PYCPARSER, false)] {
        let key = text::interned(py, name)?;
        if dict::get(py, modules, &key)?.is_some() {
            continue;
        }
        let made = class::create(py, &class, |header| Deferred {
            header,
            backend: backend.new_ref(),
            name: name.into(),
            parser,
            genuine: OnceRef::new(),
        })?;
        dict::set(py, modules, &key, &made)?;
        if parser && let Some(package) = interp::imported(py, PACKAGE)? {
            set_attribute(py, &package, "cparser", Some(&made))?;
        }
    }
    Ok(())
}

fn modules<'a>() -> &'a Obj {
    // SAFETY: the interpreter keeps the dict that it lends for as long as it lives.
    unsafe { Obj::from_ptr(ffi::PyImport_GetModuleDict()) }
}

fn set_attribute(py: Py<'_>, object: &Obj, name: &str, value: Option<&Obj>) -> R<()> {
    let name = text::interned(py, name)?;
    let value = value.map_or(std::ptr::null_mut(), Obj::as_ptr);
    // SAFETY: attached; live objects, or null to delete the attribute.
    match unsafe { ffi::PyObject_SetAttr(object.as_ptr(), name.as_ptr(), value) } {
        0 => Ok(()),
        _ => Err(Raised::already()),
    }
}

/// `tp_getattro`.
fn getattro(py: Py<'_>, deferred: &Deferred, name: &Obj) -> R {
    if deferred.genuine.get().is_none() {
        match text::utf8(py, name)? {
            "Parser" if deferred.parser && ffi_is_made(py)? => return parser::maker(py, &deferred.backend),
            "__name__" => return text::new_str(py, &deferred.name),
            "__package__" => return text::new_str(py, PACKAGE),
            "__spec__" => return spec(py, deferred),
            "__class__" | "__warningregistry__" => {
                // SAFETY: attached; the generic look-up serves every object.
                return unsafe {
                    Owned::from_new(py, ffi::PyObject_GenericGetAttr(deferred.as_ptr(), name.as_ptr()))
                };
            }
            _ => {}
        }
    }
    genuine(py, deferred)?.getattr(py, name)
}

/// `tp_setattro`.
fn setattro(py: Py<'_>, deferred: &Deferred, name: &Obj, value: Option<&Obj>) -> R<()> {
    let module = genuine(py, deferred)?;
    let value = value.map_or(std::ptr::null_mut(), Obj::as_ptr);
    // SAFETY: attached; live objects, or null to delete the attribute.
    match unsafe { ffi::PyObject_SetAttr(module.as_ptr(), name.as_ptr(), value) } {
        0 => Ok(()),
        _ => Err(Raised::already()),
    }
}

/// Returns whether the Python code that runs is the constructor of `cffi.FFI`.
fn ffi_is_made(py: Py<'_>) -> R<bool> {
    let Some(api) = interp::imported(py, "cffi.api")? else { return Ok(false) };
    let mut found = api;
    for name in ["FFI", "__init__", "__code__"] {
        match found.getattr_str(py, name) {
            Ok(next) => found = next,
            Err(raised) => {
                py.err_clear(raised);
                return Ok(false);
            }
        }
    }
    // SAFETY: attached; the frame is borrowed from the thread, and its code is a new reference.
    unsafe {
        let frame = ffi::PyEval_GetFrame();
        if frame.is_null() {
            return Ok(false);
        }
        let code = Owned::from_new(py, ffi::PyFrame_GetCode(frame).cast())?;
        Ok(code.is(&found))
    }
}

/// Returns the module specification of the genuine module. The import system asks for it each time that the module is
/// imported, so the package gets the attribute that it has after an import.
fn spec(py: Py<'_>, deferred: &Deferred) -> R {
    if !deferred.parser {
        return Err(raise!(py, Attribute, "__spec__"));
    }
    let package = interp::import(py, c"cffi")?;
    match package.getattr_str(py, "cparser") {
        Ok(_) => {}
        Err(raised) => {
            py.err_clear(raised);
            set_attribute(py, &package, "cparser", Some(deferred))?;
        }
    }
    let find = interp::import(py, c"_frozen_importlib")?.getattr_str(py, "_find_spec")?;
    let path = package.getattr_str(py, "__path__")?;
    find.call(py, &[&*text::new_str(py, &deferred.name)?, &path])
}

/// Imports the genuine module, and puts it into its place.
fn genuine(py: Py<'_>, deferred: &Deferred) -> R {
    if let Some(module) = deferred.genuine.get() {
        return Ok(module.new_ref());
    }
    if !deferred.parser {
        let module = interp::import(py, c"pycparser")?;
        return Ok(deferred.genuine.set_or_get(module).new_ref());
    }
    let (modules, key) = (modules(), text::interned(py, &deferred.name)?);
    if dict::get(py, modules, &key)?.is_some_and(|found| found.is(deferred)) {
        // SAFETY: attached; a dict that has the key.
        unsafe { ffi::PyDict_DelItem(modules.as_ptr(), key.as_ptr()) };
    }
    match interp::import(py, c"cffi.cparser") {
        Ok(module) => Ok(deferred.genuine.set_or_get(module).new_ref()),
        Err(raised) => {
            // The next use tries again. The exception is kept meanwhile: a dict is changed without other code.
            // SAFETY: attached; a dict and two live objects.
            unsafe {
                let (mut class, mut value, mut trace) =
                    (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
                ffi::PyErr_Fetch(&mut class, &mut value, &mut trace);
                ffi::PyDict_SetItem(modules.as_ptr(), key.as_ptr(), deferred.as_ptr());
                ffi::PyErr_Restore(class, value, trace);
            }
            Err(raised)
        }
    }
}

/// Returns the backend's module of an object that was made with it.
pub(super) fn backend(py: Py<'_>, object: &Obj) -> R<Owned<Module>> {
    if object.downcast::<Module>().is_none() {
        return Err(raise!(py, System, "the module of the backend is missing"));
    }
    // SAFETY: the object was checked to be a module just above.
    Ok(unsafe { object.new_ref().cast_unchecked() })
}
