//! The genuine parser of the `cffi` package, reached through helpers in Python.

use std::ffi::CStr;

use super::parser::CdefParser;
use cffi_rt::{Obj, Py, R, dict, interp, raise, text};

const CODE: &CStr = match CStr::from_bytes_with_nul(concat!(include_str!("genuine.py"), "\0").as_bytes()) {
    Ok(code) => code,
    Err(_) => panic!("the source has no NUL"),
};

/// Calls one of the helpers.
///
/// # Errors
/// The exception of the genuine parser.
pub(super) fn call(py: Py<'_>, parser: &CdefParser, name: &str, args: &[&Obj]) -> R {
    let backend = parser.backend(py)?;
    let helpers = match backend.state(py)?.front.helpers.get(py) {
        Some(helpers) => helpers,
        None => backend.state(py)?.front.helpers.set_or_get(py, load(py)?),
    };
    match dict::get(py, &helpers, &*text::interned(py, name)?)? {
        Some(helper) => helper.call(py, args),
        None => Err(raise!(py, System, "the helper {name}() of the front end is missing")),
    }
}

/// Calls one of the helpers. If it fails, and the genuine parser was not in use before, it is not afterwards.
pub(super) fn trial(py: Py<'_>, parser: &CdefParser, name: &str, args: &[&Obj]) -> R {
    let was_genuine = parser.is_genuine(py);
    let outcome = call(py, parser, name, args);
    if outcome.is_err() && !was_genuine {
        parser.forget_genuine(py);
    }
    outcome
}

fn load(py: Py<'_>) -> R {
    let globals = dict::new(py)?;
    dict::set(py, &globals, &*text::new_str(py, "__name__")?, &*text::new_str(py, "_cffi_backend.genuine")?)?;
    let builtins = interp::import(py, c"builtins")?;
    dict::set(py, &globals, &*text::new_str(py, "__builtins__")?, &builtins)?;
    interp::run(py, CODE, c"<ferrocffi: genuine.py>", &globals)?;
    Ok(globals)
}
