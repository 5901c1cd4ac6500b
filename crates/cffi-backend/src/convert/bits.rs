//! Bit fields.

use crate::ctype::Field;
use crate::rt::{Obj, Py, R, raise};

/// The value of a bit field (`bitshift >= 0`) whose storage unit is at `unit`.
///
/// # Safety
/// The bytes of the storage unit that the field touches are readable.
pub(crate) unsafe fn read(py: Py<'_>, _field: &Field, _unit: *const u8) -> R {
    Err(raise!(py, NotImplemented, "bits::read"))
}

/// Stores into a bit field.
///
/// # Safety
/// The bytes of the storage unit that the field touches are writable.
pub(crate) unsafe fn write(py: Py<'_>, _field: &Field, _unit: *mut u8, _value: &Obj) -> R<()> {
    Err(raise!(py, NotImplemented, "bits::write"))
}
