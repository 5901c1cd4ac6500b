//! The result of a Python function on its way to C.

use crate::call::{exact_int, extended};
use crate::convert;
use crate::ctype::{Access, CType};
use cffi_rt::{Obj, Py, R, num, raise};

/// The form in which C takes the result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// The form for closures: integers, characters and pointers as a whole cell of 8 bytes, extended by their type.
    Cell,
    /// The form for `extern "Python"`: every result as it is in memory.
    Natural,
}

/// Returns the number of bytes that [`write()`] may write for a result of this type.
pub(crate) fn written(ct: &CType, form: Form) -> usize {
    let size = ct.known_size().unwrap_or(0);
    if form == Form::Cell && is_cell(ct) { size.max(8) } else { size }
}

fn is_cell(ct: &CType) -> bool {
    let access = ct.access;
    let is_narrow_bit_int = access == Access::BitInt && ct.size() <= 8;
    access.is_integer() || access.is_char() || access == Access::Pointer || is_narrow_bit_int
}

/// Converts `value` to the result type `ct` and writes it to `area`. On failure the area may hold anything.
///
/// # Safety
/// `area` is writable for [`written`] bytes.
#[inline(always)]
pub(crate) unsafe fn write(py: Py<'_>, ct: &CType, area: *mut u8, value: &Obj, form: Form) -> R<()> {
    let access = ct.access;
    // SAFETY: by the caller; a cell holds each of the types that have one.
    unsafe {
        if access.is_integer()
            && let Some(cell) = exact_int(py, access, value)
        {
            match form {
                Form::Cell => area.cast::<u64>().write_unaligned(cell),
                Form::Natural => shortened(access, cell, area),
            }
            return Ok(());
        }
        if access == Access::Void && value.is_none() {
            return Ok(());
        }
        if access == Access::F64
            && let Some(v) = num::exact_f64(py, value)
        {
            area.cast::<f64>().write_unaligned(v);
            return Ok(());
        }
        write_any(py, ct, area, value, form)
    }
}

/// Writes the low bytes of a cell, as many as the type has.
///
/// # Safety
/// `area` is writable for the size of the type.
#[inline(always)]
unsafe fn shortened(access: Access, cell: u64, area: *mut u8) {
    // SAFETY: the caller promises that the area has room for the result.
    unsafe {
        match access {
            Access::I8 | Access::U8 | Access::Bool => area.write(cell as u8),
            Access::I16 | Access::U16 => area.cast::<u16>().write_unaligned(cell as u16),
            Access::I32 | Access::U32 => area.cast::<u32>().write_unaligned(cell as u32),
            _ => area.cast::<u64>().write_unaligned(cell),
        }
    }
}

/// Writes any value of any type.
///
/// # Safety
/// As for [`write()`].
#[inline(never)]
unsafe fn write_any(py: Py<'_>, ct: &CType, area: *mut u8, value: &Obj, form: Form) -> R<()> {
    if ct.access == Access::Void {
        return Err(raise!(py, Type, "callback with the return type 'void' must return None"));
    }
    // SAFETY: by the caller; a cell holds each of the types that have one.
    unsafe {
        if form == Form::Cell && is_cell(ct) {
            let mut cell = 0_u64;
            let at = (&raw mut cell).cast::<u8>();
            convert::write(py, ct, at, value)?;
            area.cast::<u64>().write_unaligned(match ct.bit_int() {
                Some(of) => of.extended(cell),
                None => extended(ct.access, at),
            });
            return Ok(());
        }
        if ct.is_vector() {
            // Items that the value leaves out are zero.
            area.write_bytes(0, ct.known_size().unwrap_or(0));
        }
        if ct.is_aggregate() {
            // Members that the value leaves out are zero. C has given no room for the items of an open array.
            area.write_bytes(0, ct.known_size().unwrap_or(0));
            return convert::aggregate::write(py, ct, area, value, Some(ct.size()));
        }
        convert::write(py, ct, area, value)
    }
}
