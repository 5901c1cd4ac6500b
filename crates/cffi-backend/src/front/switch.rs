//! The environment variable that turns the seams off.

use cffi_rt::{Py, R, raise};

/// The variable: `0` leaves `cdef()` to the `cffi` package, `1` gives it to this project.
const VARIABLE: &str = "FERROCFFI_CDEF";
/// Whether the seams are on where the variable is not set.
const DEFAULT: bool = true;

/// Returns whether the environment leaves the seams on.
///
/// # Errors
/// `ImportError` for other values than `0` and `1`.
pub(super) fn is_on(py: Py<'_>) -> R<bool> {
    let Some(value) = std::env::var_os(VARIABLE) else { return Ok(DEFAULT) };
    match value.to_str() {
        Some("") => Ok(DEFAULT),
        Some("0") => Ok(false),
        Some("1") => Ok(true),
        _ => {
            let value = value.to_string_lossy();
            Err(raise!(py, Import, "{VARIABLE} is '{value}', which must be '0' or '1'"))
        }
    }
}
