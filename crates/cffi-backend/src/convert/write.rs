//! Python objects to C memory.

use crate::ctype::CType;
use crate::rt::{Obj, Py, R, raise};

/// Stores `value` into the C value at `data`.
///
/// # Safety
/// `data` is writable for the size of the type.
pub(crate) unsafe fn write(py: Py<'_>, _ct: &CType, _data: *mut u8, _value: &Obj) -> R<()> {
    Err(raise!(py, NotImplemented, "write"))
}

impl CType {
    /// `value` stored into the type and read back: refuses what does not fit.
    pub(crate) fn normalized(&self, py: Py<'_>, value: &Obj) -> R {
        let mut room = [0u64; 2];
        // SAFETY: 16 aligned bytes hold any primitive.
        unsafe {
            write(py, self, room.as_mut_ptr().cast(), value)?;
            super::read(py, self, room.as_ptr().cast())
        }
    }
}
