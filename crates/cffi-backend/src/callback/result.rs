//! The result of a Python function on its way to C.

use crate::cdata::call::{exact_int, extended};
use crate::convert;
use crate::ctype::{Access, CType};
use crate::rt::{Obj, Py, R, raise};

/// How C takes the result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// Integers, characters and pointers as a whole cell of 8 bytes, extended by their type: closures.
    Cell,
    /// Everything as it is in memory: `extern "Python"`.
    Natural,
}

/// Bytes that [`write`] may write for a result of this type.
pub(crate) fn written(ct: &CType, form: Form) -> usize {
    let size = ct.known_size().unwrap_or(0);
    if form == Form::Cell && is_cell(ct.access) { size.max(8) } else { size }
}

fn is_cell(access: Access) -> bool {
    access.is_integer() || access.is_char() || access == Access::Pointer
}

/// Converts `value` to the result type `ct` and writes it to `area`. On failure the area may hold anything.
///
/// # Safety
/// `area` is writable for [`written`] bytes.
pub(crate) unsafe fn write(py: Py<'_>, ct: &CType, area: *mut u8, value: &Obj, form: Form) -> R<()> {
    if ct.access == Access::Void {
        return if value.is_none() {
            Ok(())
        } else {
            Err(raise!(py, Type, "callback with the return type 'void' must return None"))
        };
    }
    // SAFETY: by the caller; a cell holds each of the types that have one.
    unsafe {
        if form == Form::Cell && is_cell(ct.access) {
            if let Some(cell) = exact_int(py, ct.access, value) {
                area.cast::<u64>().write_unaligned(cell);
                return Ok(());
            }
            let mut cell = 0_u64;
            let at = (&raw mut cell).cast::<u8>();
            convert::write(py, ct, at, value)?;
            area.cast::<u64>().write_unaligned(extended(ct.access, at));
            return Ok(());
        }
        if ct.is_aggregate() {
            // What the value leaves out is zero.
            area.write_bytes(0, ct.known_size().unwrap_or(0));
        }
        convert::write(py, ct, area, value)
    }
}
