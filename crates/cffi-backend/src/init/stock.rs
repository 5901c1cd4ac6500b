//! The environment variable that gives a process the stock backend.
//!
//! It is read when the module is executed. The stock backend is loaded there and not in `PyInit`, so that the import
//! system decides whether it is initialized in one phase or in several, and whether a subinterpreter may have it.

use std::ffi::CStr;

use cffi_rt::{Obj, Py, R, dict, interp, raise, text};

/// The variable that names the backend that a process gets: `stock` or `ferrocffi`.
const VARIABLE: &str = "FERROCFFI_BACKEND";
/// Part of the docstring of the module, so that every copy of this backend contains it.
const MARK: &[u8] = b"This is ferrocffi";

const CODE: &CStr = match CStr::from_bytes_with_nul(concat!(include_str!("stock.py"), "\0").as_bytes()) {
    Ok(code) => code,
    Err(_) => panic!("the source has no NUL"),
};

/// Returns whether the environment asks for the stock backend.
///
/// # Errors
/// `ImportError` for a value that names no backend.
pub(super) fn is_wanted(py: Py<'_>) -> R<bool> {
    let Some(value) = std::env::var_os(VARIABLE) else { return Ok(false) };
    match value.to_str() {
        Some("" | "ferrocffi") => Ok(false),
        Some("stock") => Ok(true),
        _ => {
            let value = value.to_string_lossy();
            Err(raise!(py, Import, "{VARIABLE} is '{value}', which must be 'stock' or 'ferrocffi'"))
        }
    }
}

/// Imports the stock backend and puts it into `sys.modules` in place of `module`, which is being imported.
///
/// # Errors
/// `ImportError` if there is no stock backend; what its import raises.
pub(super) fn replace(py: Py<'_>, module: &Obj) -> R<()> {
    let globals = dict::new(py)?;
    dict::set(py, &globals, &*text::new_str(py, "__name__")?, &*text::new_str(py, "_cffi_backend.stock")?)?;
    interp::run(py, CODE, c"<ferrocffi: stock.py>", &globals)?;
    let name = text::new_str(py, "load")?;
    let Some(load) = dict::get(py, &globals, &name)? else {
        return Err(raise!(py, System, "the loader of the stock backend is missing"));
    };
    load.call(py, &[module, &*text::new_bytes(py, MARK)?]).map(drop)
}
