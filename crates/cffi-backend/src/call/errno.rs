//! The saved errno.

use cffi_call::errno;

use crate::state::Module;
use cffi_rt::{Obj, Py, R, num, raise};

/// Module function `get_errno`.
pub(crate) fn get_errno(py: Py<'_>, _module: &Module) -> R {
    num::from_i64(py, i64::from(errno::saved()))
}

/// Module function `set_errno`.
pub(crate) fn set_errno(py: Py<'_>, _module: &Module, value: &Obj) -> R {
    errno::set_saved(errno_value(py, value)?);
    Ok(py.none())
}

/// Converts a value for errno. Raises `OverflowError` outside of a C `int`, with the interpreter's text outside of a C
/// `long`.
#[allow(clippy::unnecessary_fallible_conversions, reason = "long has 4 bytes on some targets")]
pub(crate) fn errno_value(py: Py<'_>, value: &Obj) -> R<i32> {
    i32::try_from(num::as_long(py, value)?).map_err(|_| raise!(py, Overflow, "errno value too large"))
}
