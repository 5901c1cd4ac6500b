//! Modules that are imported when somebody asks for one of their attributes.
//!
//! `cffi.FFI()` imports `cffi.cparser`, which imports `pycparser` and `re` and compiles many regular expressions. That
//! takes longer than everything else up to the first call of a C function. So `sys.modules` has an object in the place
//! of `cffi.cparser` that imports the genuine module only when an attribute is used. `FFI()` itself asks for the
//! attribute `Parser`, and gets a parser of this project. `cffi._pycparser` is a name that `cffi.cparser` tries first;
//! in its place is an object that imports `pycparser` when an attribute is used.

use std::ffi::CStr;

use super::parser;
use crate::state::Module;
use cffi_rt::at;
use cffi_rt::class;
use cffi_rt::obj::OnceRef;
use cffi_rt::slots::slot;
use cffi_rt::{Obj, Owned, Py, R, attr, dict, frame, interp, module, raise, text};

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
        .slot(at::GetAttr, slot!(subscript Deferred, getattro))
        .slot(at::SetAttr, slot!(assign Deferred, setattro))
        .make(py, backend)?;
    let modules = module::all(py);
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

fn set_attribute(py: Py<'_>, object: &Obj, name: &str, value: Option<&Obj>) -> R<()> {
    attr::set(py, object, &*text::interned(py, name)?, value)
}

/// `tp_getattro`.
fn getattro(py: Py<'_>, deferred: &Deferred, name: &Obj) -> R {
    if deferred.genuine.get().is_none() {
        match text::utf8(py, name)? {
            "Parser" if deferred.parser && ffi_is_made(py)? => {
                return parser::maker(py, &*backend(py, &deferred.backend)?);
            }
            "__name__" => return text::new_str(py, &deferred.name),
            "__package__" => return text::new_str(py, PACKAGE),
            "__spec__" => return spec(py, deferred),
            "__class__" | "__warningregistry__" => {
                return attr::generic_get(py, deferred, name);
            }
            // Programs look through all modules for their files.
            "__file__" if deferred.parser => return spec(py, deferred)?.getattr_str(py, "origin"),
            wanted @ ("__file__" | "__path__" | "__loader__" | "__cached__" | "__wrapped__") => {
                return Err(raise!(py, Attribute, "module '{}' has no attribute '{wanted}'", deferred.name));
            }
            _ => {}
        }
    }
    genuine(py, deferred)?.getattr(py, name)
}

/// `tp_setattro`.
fn setattro(py: Py<'_>, deferred: &Deferred, name: &Obj, value: Option<&Obj>) -> R<()> {
    let module = genuine(py, deferred)?;
    attr::set(py, &module, name, value)
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
    Ok(frame::current(py).is_some_and(|frame| frame.code(py).is(&found)))
}

/// Returns the module specification of the genuine module. The import system asks for it each time that the module is
/// imported, so the package gets the attribute that it has after an import.
fn spec(py: Py<'_>, deferred: &Deferred) -> R {
    if !deferred.parser {
        return Err(raise!(py, Attribute, "__spec__"));
    }
    let package = match interp::import(py, c"cffi") {
        Ok(package) => package,
        Err(raised) => {
            py.err_clear(raised);
            return Err(raise!(py, Attribute, "__spec__"));
        }
    };
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
    let (modules, key) = (module::all(py), text::interned(py, &deferred.name)?);
    if dict::get(py, modules, &key)?.is_some_and(|found| found.is(deferred)) {
        dict::remove(py, modules, &key)?;
    }
    match interp::import(py, c"cffi.cparser") {
        Ok(module) => Ok(deferred.genuine.set_or_get(module).new_ref()),
        Err(raised) => {
            // The next use tries again.
            let (raised, put) = py.aside(raised, || dict::set(py, modules, &key, deferred));
            put?;
            Err(raised)
        }
    }
}

/// Returns the backend's module of an object that was made with it.
pub(super) fn backend(py: Py<'_>, object: &Obj) -> R<Owned<Module>> {
    object.owned_as().ok_or_else(|| raise!(py, System, "the module of the backend is missing"))
}
