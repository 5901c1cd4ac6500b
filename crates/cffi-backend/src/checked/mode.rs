//! Whether checked mode is on.

use cffi_regions::pages;
use cffi_rt::{Py, R, raise};

/// The variable that turns checked mode on.
const VARIABLE: &str = "FERROCFFI_CHECKED";

/// Returns whether the environment asks for checked mode. The value `pages` makes owned memory end at a page without
/// permissions.
///
/// # Errors
/// `ImportError` for an unknown value, and for `pages` where there are no such pages.
pub(crate) fn is_wanted(py: Py<'_>) -> R<bool> {
    let Some(value) = std::env::var_os(VARIABLE) else { return Ok(false) };
    match value.to_str() {
        Some("" | "0") => Ok(false),
        Some("1") => Ok(true),
        Some("pages") if pages::ARE_POSSIBLE => {
            pages::want();
            Ok(true)
        }
        Some("pages") => {
            Err(raise!(py, Import, "{VARIABLE} is 'pages', for which this system has no functions"))
        }
        _ => {
            let value = value.to_string_lossy();
            Err(raise!(py, Import, "{VARIABLE} is '{value}', which must be '1', 'pages' or '0'"))
        }
    }
}
