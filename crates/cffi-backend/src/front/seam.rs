//! `set_ffi`, by which `cffi.FFI` gets a parser of this project, and the start of the seams with the module.

use std::sync::atomic::Ordering;

use super::parser::CdefParser;
use super::{calls, deferred, methods, parser, switch};
use crate::state::Module;
use cffi_rt::{Obj, Owned, Py, R, attr, dict, function, interp, text};

/// Puts everything into place, if the environment does not turn the seams off.
pub(crate) fn install(py: Py<'_>, module: &Obj) -> R<()> {
    if !switch::is_on(py)? {
        return Ok(());
    }
    let module = deferred::backend(py, module)?;
    module.state(py)?.front.on.store(true, Ordering::Release);
    deferred::install(py, &module)
}

/// Module function `set_ffi`. The constructor of `cffi.FFI` calls it with the new object.
pub(crate) fn set_ffi(py: Py<'_>, module: &Module, object: &Obj) -> R {
    if !module.state(py)?.front.on.load(Ordering::Acquire) {
        return Ok(py.none());
    }
    let known = object.getattr_str(py, "_parser")?;
    let made = if known.downcast::<CdefParser>().is_some() {
        known
    } else if is_genuine(py, &known)? {
        let made = parser::make(py, module)?;
        calls::set_attribute(py, object, "_parser", &made)?;
        made
    } else {
        return Ok(py.none());
    };
    if let Some(parser) = made.downcast::<CdefParser>() {
        parser.ffi.set_or_get(object.new_ref());
        calls::set_attribute(py, object, "_parsed_types", &parser.parsed)?;
        replace_methods(py, object, parser)?;
    }
    Ok(py.none())
}

/// Returns whether an object is of the class `Parser` of a module `cparser`, and not of a subclass.
fn is_genuine(py: Py<'_>, parser: &Obj) -> R<bool> {
    let class = parser.class();
    let module = class.getattr_str(py, "__module__")?;
    if !module.is_str() {
        return Ok(false);
    }
    let name = text::utf8(py, &module)?;
    if !name.ends_with(".cparser") {
        return Ok(false);
    }
    let Some(module) = interp::imported(py, name)? else { return Ok(false) };
    Ok(module.getattr_str(py, "Parser")?.is(class))
}

/// Methods that the genuine ones call on the object. A subclass that overrides one changes what others do.
const INNER: [&str; 5] = ["_typeof", "_typeof_locked", "_get_cached_btype", "_cdef", "_typeoffsetof"];

/// Puts the compiled methods into the dict of an FFI object, in front of the genuine ones. Methods that a subclass
/// overrides, or that somebody has replaced in the class, stay.
fn replace_methods(py: Py<'_>, object: &Obj, parser: &CdefParser) -> R<()> {
    let class = object.class();
    let Some(api) = api_of(py, class)? else { return Ok(()) };
    for name in INNER {
        if !is_of(py, class, name, &api)? {
            return Ok(());
        }
    }
    let dict = attr::own_dict(py, object)?;
    for (name, definition) in function::definitions(&methods::METHODS) {
        let name = name.to_str().unwrap_or_default();
        if is_of(py, class, name, &api)? {
            let method = function::new(py, definition, Some(parser), None)?;
            dict::set(py, &dict, &*text::interned(py, name)?, &method)?;
        }
    }
    Ok(())
}

/// Returns the module of the front end that a class belongs to: that of the package `cffi`, or that of this project.
fn api_of(py: Py<'_>, class: &Obj) -> R<Option<Owned>> {
    for name in ["cffi.api", "ferrocffi.frontend.api"] {
        if let Some(api) = interp::imported(py, name)?
            && is_of(py, class, INNER[0], &api)?
        {
            return Ok(Some(api));
        }
    }
    Ok(None)
}

/// Returns whether a class has a method that is a Python function of the module.
fn is_of(py: Py<'_>, class: &Obj, name: &str, module: &Obj) -> R<bool> {
    let method = match class.getattr_str(py, name) {
        Ok(method) => method,
        Err(raised) => {
            py.err_clear(raised);
            return Ok(false);
        }
    };
    Ok(function::is_of_module(py, &method, module))
}
