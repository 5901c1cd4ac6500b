//! `set_ffi`, by which `cffi.FFI` gets a parser of this project, and the start of the seams with the module.

use std::sync::atomic::Ordering;

use super::parser::CdefParser;
use super::{deferred, parser, switch};
use crate::state::Module;
use cffi_rt::{Obj, Py, R, Raised, interp, text};

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
        let name = text::interned(py, "_parser")?;
        // SAFETY: attached; the three objects are alive.
        let status = unsafe { pyo3_ffi::PyObject_SetAttr(object.as_ptr(), name.as_ptr(), made.as_ptr()) };
        if status < 0 {
            return Err(Raised::already());
        }
        made
    } else {
        return Ok(py.none());
    };
    if let Some(parser) = made.downcast::<CdefParser>() {
        parser.ffi.set_or_get(object.new_ref());
    }
    Ok(py.none())
}

/// Returns whether an object is of the class `Parser` of a module `cparser`, and not of a subclass.
fn is_genuine(py: Py<'_>, parser: &Obj) -> R<bool> {
    // SAFETY: the class is alive with its object.
    let class = unsafe { Obj::from_ptr(parser.tp().cast()) };
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
