//! Integers of the C parser as Python objects.

use cffi_rt::{Py, R, num, raise};

/// Returns an integer as a Python object.
pub(crate) fn object(py: Py<'_>, value: i128) -> R {
    if let Ok(value) = i64::try_from(value) {
        return num::from_i64(py, value);
    }
    match u64::try_from(value) {
        Ok(value) => num::from_u64(py, value),
        Err(_) => Err(raise!(py, Overflow, "the constant {value} has more than 64 bits")),
    }
}
