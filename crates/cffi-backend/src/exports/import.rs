//! Finds out which kind of result the caller of a compiled module's initialization expects: a module or a definition.
//!
//! The import system takes a module, or the definition of one, from which it makes modules itself. Only for a definition
//! does it let each interpreter with a separate lock have a module. Other callers, such as an extension module that
//! contains a compiled one, know that a module is returned, and use it.

use std::ffi::CStr;

use cffi_rt::Py;

/// Names the kind of result that the caller of the initialization expects.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(Py_3_12),
    allow(dead_code, reason = "before 3.12 all interpreters have one lock, so nobody is given a definition")
)]
pub(super) enum Caller {
    /// A module: C code that knows nothing of definitions.
    Module,
    /// A module, in the middle of making it from a definition.
    Creation,
    /// A definition: the import system.
    Definition,
    /// A definition, perhaps: the import system runs the initialization for another interpreter, or C code ignores the
    /// result, as embedded modules do, and expects the module in `sys.modules`.
    Unknown,
}

/// Looks who has called the initialization of the module `name`.
#[cfg(not(Py_3_12))]
pub(super) fn caller(_py: Py<'_>, _name: &CStr) -> Caller {
    // All interpreters have one lock.
    Caller::Module
}

/// Looks who has called the initialization of the module `name`.
#[cfg(Py_3_12)]
pub(super) fn caller(py: Py<'_>, name: &CStr) -> Caller {
    match cffi_rt::frame::current(py) {
        Some(frame) => spec::caller(py, &frame, name).unwrap_or_else(|raised| {
            py.err_clear(raised);
            Caller::Module
        }),
        // Since 3.13 an import in a subinterpreter has the main one run the initialization, with a new thread state.
        None if cfg!(Py_3_13) && cffi_rt::interp::is_main_of_several(py) => Caller::Unknown,
        None => Caller::Module,
    }
}

#[cfg(Py_3_12)]
mod spec {
    //! The module that `importlib` is importing.

    use std::ffi::CStr;

    use super::Caller;
    use cffi_rt::frame::Frame;
    use cffi_rt::{Obj, Owned, Py, R, function, seq, text};

    /// Looks whether the frame is the one in which `importlib` makes an extension module with that name.
    pub(super) fn caller(py: Py<'_>, frame: &Frame, name: &CStr) -> R<Caller> {
        let Some(spec) = made(py, frame)? else { return Ok(Caller::Module) };
        let full = spec.getattr_str(py, "name")?;
        if last(text::lossy(py, &full).as_bytes()) != last(name.to_bytes()) {
            // The extension module contains this one.
            return Ok(Caller::Module);
        }
        // Generated code that gives the import system a definition of its own marks the module so.
        Ok(match spec.getattr_str(py, "_cffi_creates") {
            Ok(_) => Caller::Creation,
            Err(raised) => {
                py.err_clear(raised);
                Caller::Definition
            }
        })
    }

    /// Returns the description of the extension module that `importlib` makes in that frame.
    fn made(py: Py<'_>, frame: &Frame) -> R<Option<Owned>> {
        let code = frame.code(py);
        for (attribute, expected) in
            [("co_name", "_call_with_frames_removed"), ("co_filename", "<frozen importlib._bootstrap>")]
        {
            if !text::is(py, &*code.getattr_str(py, attribute)?, expected) {
                return Ok(None);
            }
        }
        let (called, args) = (frame.variable(py, c"f")?, frame.variable(py, c"args")?);
        Ok(match function::bound(py, &called) {
            Some((_, name)) if name == c"create_dynamic" || name == c"create_builtin" => first(&args),
            _ => None,
        })
    }

    fn first(args: &Obj) -> Option<Owned> {
        seq::Seq::of(args)?.get(0)
    }

    /// Returns the part of a name behind the last point.
    fn last(name: &[u8]) -> Option<&[u8]> {
        name.rsplit(|byte| *byte == b'.').next()
    }
}
