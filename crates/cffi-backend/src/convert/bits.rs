//! Bit fields.

use cffi_types::bitfield::{self, Span};
use pyo3_ffi as ffi;

use super::int;
use crate::ctype::Field;
use cffi_rt::{Obj, Owned, Py, R, Raised, num, raise, text};

const BIG_ENDIAN: bool = cfg!(target_endian = "big");

/// The bytes of a field in its storage unit, and its width.
fn position(py: Py<'_>, field: &Field) -> R<(Span, u32)> {
    let span = match (u32::try_from(field.bitshift), u32::try_from(field.bitsize), field.ct.known_size()) {
        (Ok(shift), Ok(size @ 1..), Some(unit)) => {
            bitfield::span(unit, shift, size, BIG_ENDIAN).map(|span| (span, size))
        }
        _ => None,
    };
    span.ok_or_else(|| raise!(py, System, "bit field of ctype '{}' lies outside of it", field.ct.name()))
}

/// The bytes that a field covers, as an integer.
///
/// # Safety
/// The bytes of the storage unit that the field touches are readable.
unsafe fn load(span: &Span, unit: *const u8) -> u64 {
    let mut bytes = [0u8; 8];
    // SAFETY: readable by the caller; a span has at most 8 bytes.
    unsafe { std::ptr::copy_nonoverlapping(unit.add(span.start), bytes.as_mut_ptr(), span.len.min(8)) };
    span.load(&bytes, BIG_ENDIAN)
}

/// The value of a bit field (`bitshift >= 0`) whose storage unit is at `unit`.
///
/// # Safety
/// The bytes of the storage unit that the field touches are readable.
pub(crate) unsafe fn read(py: Py<'_>, field: &Field, unit: *const u8) -> R {
    let (span, bitsize) = position(py, field)?;
    // SAFETY: by the caller.
    let covered = unsafe { load(&span, unit) };
    if field.ct.access.is_signed() {
        num::from_i64(py, bitfield::extract_signed(covered, span.bitshift, bitsize))
    } else {
        num::from_u64(py, bitfield::extract_unsigned(covered, span.bitshift, bitsize))
    }
}

/// Stores into a bit field.
///
/// # Safety
/// The bytes of the storage unit that the field touches are readable and writable.
pub(crate) unsafe fn write(py: Py<'_>, field: &Field, unit: *mut u8, value: &Obj) -> R<()> {
    let (span, bitsize) = position(py, field)?;
    let range = bitfield::range(field.ct.access.is_signed(), bitsize);
    // Numbers other than ints count by their `__index__` here, not by `__int__` as elsewhere.
    // SAFETY: attached, alive.
    let number = unsafe { Owned::from_new(py, ffi::PyNumber_Index(value.as_ptr()))? };
    // SAFETY: the result of `__index__` is an int.
    let wide = match unsafe { num::int_as_i64(py, &number) } {
        (v, 0) => i128::from(v),
        (_, 1) if *range.end() > i128::from(i64::MAX) => int::large_u64(py, &number)?.into(),
        _ => return Err(int::too_big(py, &number)),
    };
    if !range.contains(&wide) {
        return Err(out_of_range(py, value, *range.start(), *range.end()));
    }
    // The conversion may have run Python code, so the bytes are read only now.
    // SAFETY: by the caller; a span has at most 8 bytes.
    unsafe {
        let changed = bitfield::insert(load(&span, unit), span.bitshift, bitsize, wide as u64);
        let mut bytes = [0u8; 8];
        span.store(&mut bytes, BIG_ENDIAN, changed);
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), unit.add(span.start), span.len.min(8));
    }
    Ok(())
}

#[cold]
fn out_of_range(py: Py<'_>, value: &Obj, min: i128, max: i128) -> Raised {
    match text::str_of(py, value) {
        Ok(value) => raise!(
            py,
            Overflow,
            "value {value} outside the range allowed by the bit field width: {min} <= x <= {max}"
        ),
        Err(raised) => raised,
    }
}
