//! The saved errno.

use cffi_call::errno;
use pyo3_ffi as ffi;

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
#[allow(clippy::useless_conversion, reason = "long has 4 bytes on some targets")]
pub(crate) fn errno_value(py: Py<'_>, value: &Obj) -> R<i32> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let v = i64::from(unsafe { ffi::PyLong_AsLong(value.as_ptr()) });
    if v == -1 {
        py.check()?;
    }
    i32::try_from(v).map_err(|_| raise!(py, Overflow, "errno value too large"))
}
