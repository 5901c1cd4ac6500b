//! Callbacks: Python functions as C function pointers.
//!
//! A [`target::Target`] is a callable with all data that calls from C need: it reads the arguments, calls, and writes
//! the result, or reports the failure. Two kinds of C code call a target: the closures that `callback()` makes, and the
//! `extern "Python"` functions of compiled modules.

#[allow(unsafe_code, reason = "is called by C")]
mod closure;
#[allow(unsafe_code, reason = "is called by C")]
pub(crate) mod extern_python;
pub(crate) mod result;
#[allow(unsafe_code, reason = "is called by C")]
mod running;
#[allow(unsafe_code, reason = "is called by C")]
pub(crate) mod target;
#[allow(unsafe_code, reason = "is called by C")]
pub(crate) mod thread;
#[allow(unsafe_code, reason = "is called by C")]
mod thread_end;
pub(crate) mod watch;

use crate::ctype::CType;
use crate::state::Module;
use cffi_rt::args::Place;
use cffi_rt::{Args, Obj, Params, Py, R, raise};
use result::Form;
use target::Target;

/// Module function `callback`.
pub(crate) fn callback(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    const PARAMS: Params = Params { function: "callback", names: &["", "", "", ""], required: 2 };
    let [ct, callable, error, onerror] = args.bind::<4>(py, &PARAMS)?;
    let (Some(ct), Some(callable)) = (ct, callable) else {
        return Err(raise!(py, System, "missing argument"));
    };
    let ct = Place { function: "callback", number: 1 }.exact::<CType>(py, ct)?;
    new(py, ct, callable, error, onerror)
}

/// Makes a C function pointer of type `ct` that calls `callable`.
///
/// # Errors
/// `TypeError` if `ct` is no function type, or for a callable, result or handler that does not fit.
pub(crate) fn new(py: Py<'_>, ct: &CType, callable: &Obj, error: Option<&Obj>, onerror: Option<&Obj>) -> R {
    let target = Target::new(py, ct, callable, error, onerror, Form::Cell)?;
    closure::new(py, ct, target)
}
