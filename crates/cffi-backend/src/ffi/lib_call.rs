//! Calls of compiled modules' functions without the detour through their wrappers.
//!
//! The wrapper that cffi generates for a function of two or more arguments takes a tuple. The interpreter is given
//! a vectorcall entry instead: where every argument converts by a mere look at it, the function proper (the
//! module's `_cffi_d_` function) is called by the plan of its type. Everything else, errors included, is left to
//! the wrapper, so that nothing can be told from the outside.

use std::ffi::c_void;
use std::sync::OnceLock;

use pyo3_ffi as ffi;

use super::lib_function;
use crate::cdata::call;
use crate::ctype::CType;
use crate::rt::slots::vectorcalled;
use crate::rt::{Args, Obj, Owned, Py, R, Raised};

/// The definition of a built-in function, with what its calls need. Never freed, as the function object's users
/// expect of a definition.
#[repr(C)]
pub(super) struct Definition {
    /// What the interpreter knows; first, so that its address is that of the whole.
    pub(super) method: ffi::PyMethodDef,
    /// The function proper, null in modules of old releases.
    pub(super) target: *const c_void,
    /// How to call it directly, found by the first call; `None` where only the wrapper can make the call.
    pub(super) direct: OnceLock<Option<Direct>>,
}

/// The type of a function, and what calls such functions.
pub(super) struct Direct {
    ct: Owned<CType>,
    attempt: call::Attempt,
}

/// Gives `function`, which was made from a [`Definition`] and takes a tuple, the direct entry.
///
/// # Safety
/// `function` is such a function object that nobody has called yet.
pub(super) unsafe fn install(function: &Obj) {
    // SAFETY: by the caller.
    unsafe {
        let object = function.as_ptr().cast::<ffi::PyCFunctionObject>();
        if !(*(*object).m_ml.cast::<Definition>()).target.is_null() {
            (*object).vectorcall = Some(vectorcall);
        }
    }
}

/// The entry.
///
/// # Safety
/// Called by the interpreter with a function that [`install`] was given.
unsafe extern "C" fn vectorcall(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargsf: usize,
    kwnames: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: by the caller; the definition lives for ever.
    unsafe {
        vectorcalled(args, nargsf, kwnames, |py, args| {
            let function = Obj::from_ptr(callable);
            let definition = &*(*callable.cast::<ffi::PyCFunctionObject>()).m_ml.cast::<Definition>();
            if let Some(direct) = definition.direct.get_or_init(|| direct(py, function))
                && args.keywords() == 0
                && let Some(result) = (direct.attempt)(py, &direct.ct, definition.target.cast(), args)
            {
                return result;
            }
            by_wrapper(py, function, args).map_err(|raised| wrong_argument(py, raised, definition, args))
        })
    }
}

/// The direct way to call the function, if it can be called by a plan.
fn direct(py: Py<'_>, function: &Obj) -> Option<Direct> {
    match lib_function::type_of(py, function) {
        Ok(ct) => {
            let ct = ct?;
            Some(Direct { attempt: call::attempt(&ct)?, ct })
        }
        Err(raised) => {
            py.err_clear(raised);
            None
        }
    }
}

/// Says below the exception which argument of which function it was about.
#[cold]
fn wrong_argument(py: Py<'_>, raised: Raised, definition: &Definition, args: Args<'_>) -> Raised {
    let Some(Some(Direct { ct, .. })) = definition.direct.get() else { return raised };
    // SAFETY: a C string of the module.
    let name = unsafe { std::ffi::CStr::from_ptr(definition.method.ml_name) }.to_string_lossy();
    call::wrong_in_wrapper(py, raised, &name, ct, args)
}

/// The call as it would have been without the entry.
#[cold]
fn by_wrapper(py: Py<'_>, function: &Obj, args: Args<'_>) -> R {
    // SAFETY: attached, all alive; every place of the new tuple is filled. The type's own call does not come back
    // to the entry for functions that take a tuple.
    unsafe {
        let tuple = Owned::from_new(py, ffi::PyTuple_New(args.len().cast_signed()))?;
        for i in 0..args.len() {
            ffi::PyTuple_SET_ITEM(tuple.as_ptr(), i.cast_signed(), args.get(i).new_ref().into_ptr());
        }
        let keywords = match args.keywords() {
            0 => None,
            n => {
                let dict = Owned::from_new(py, ffi::PyDict_New())?;
                for k in 0..n {
                    let (name, value) = args.keyword(k);
                    if ffi::PyDict_SetItem(dict.as_ptr(), name.as_ptr(), value.as_ptr()) < 0 {
                        return Err(Raised::already());
                    }
                }
                Some(dict)
            }
        };
        let keywords = keywords.as_ref().map_or(std::ptr::null_mut(), |d| d.as_ptr());
        let Some(call) = (*function.tp()).tp_call else { return Ok(py.not_implemented()) };
        Owned::from_new(py, call(function.as_ptr(), tuple.as_ptr(), keywords))
    }
}
