//! Whether checked mode is on.

use cffi_rt::{Py, R, raise};

/// The variable that turns checked mode on.
const VARIABLE: &str = "FERROCFFI_CHECKED";

/// Returns whether the environment asks for checked mode.
///
/// Errors: `ImportError` for a value that is neither yes nor no.
pub(crate) fn is_wanted(py: Py<'_>) -> R<bool> {
    let Some(value) = std::env::var_os(VARIABLE) else { return Ok(false) };
    match value.to_str() {
        Some("" | "0") => Ok(false),
        Some("1") => Ok(true),
        _ => {
            let value = value.to_string_lossy();
            Err(raise!(py, Import, "{VARIABLE} is '{value}', which must be '1' or '0'"))
        }
    }
}
