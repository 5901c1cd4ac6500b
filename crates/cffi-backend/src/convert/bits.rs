//! Bit fields.

use cffi_types::bitfield::{self, Span};
use pyo3_ffi as ffi;

use super::int;
use crate::ctype::Field;
use cffi_rt::{Obj, Owned, Py, R, Raised, num, raise, text};

const BIG_ENDIAN: bool = cfg!(target_endian = "big");

/// The position of a field.
enum Position {
    /// The field lies in its storage unit.
    Inside(Span),
    /// The field reaches into the byte behind the unit, in a packed struct.
    Beyond(Span),
}

/// Returns the bytes of a field, and its width.
#[inline]
fn position(py: Py<'_>, field: &Field) -> R<(Position, u32)> {
    if let (Ok(shift), Ok(size @ 1..), Some(unit)) =
        (u32::try_from(field.bitshift), u32::try_from(field.bitsize), field.ct.known_size())
    {
        if let Some(span) = bitfield::span(unit, shift, size, BIG_ENDIAN) {
            return Ok((Position::Inside(span), size));
        }
        return beyond(py, field, unit, shift, size);
    }
    Err(outside(py, field))
}

#[cold]
fn beyond(py: Py<'_>, field: &Field, unit: usize, shift: u32, size: u32) -> R<(Position, u32)> {
    // No layout for big-endian hosts has such fields.
    let span = if BIG_ENDIAN { None } else { bitfield::span_beyond(unit, shift, size) };
    span.map(|span| (Position::Beyond(span), size)).ok_or_else(|| outside(py, field))
}

#[cold]
fn outside(py: Py<'_>, field: &Field) -> Raised {
    raise!(py, System, "bit field of ctype '{}' lies outside of it", field.ct.name())
}

/// Reads the bytes that a field covers, as an integer.
///
/// # Safety
/// The bytes of the storage unit that the field touches are readable.
#[inline(always)]
unsafe fn load(span: &Span, unit: *const u8) -> u64 {
    if span.len == 1 {
        // SAFETY: the caller lets this byte be read.
        return u64::from(unsafe { unit.add(span.start).read() });
    }
    let mut bytes = [0u8; 8];
    // SAFETY: readable by the caller; a span has at most 8 bytes.
    unsafe { std::ptr::copy_nonoverlapping(unit.add(span.start), bytes.as_mut_ptr(), span.len.min(8)) };
    span.load(&bytes, BIG_ENDIAN)
}

/// Reads the bits of a packed field that reaches beyond its unit.
///
/// # Safety
/// The bytes of the struct that the field touches are readable.
#[cold]
unsafe fn load_beyond(span: &Span, unit: *const u8, bitsize: u32) -> u64 {
    // SAFETY: the caller lets these bytes be read, and the reference ends with this call.
    let bytes = unsafe { std::slice::from_raw_parts(unit.add(span.start), span.len) };
    span.extract_beyond(bytes, bitsize)
}

/// Replaces the bits of a packed field that reaches beyond its unit.
///
/// # Safety
/// The bytes of the struct that the field touches are readable and writable.
#[cold]
unsafe fn store_beyond(span: &Span, unit: *mut u8, bitsize: u32, value: u64) {
    // SAFETY: the caller lets these bytes be changed, and the reference ends with this call.
    let bytes = unsafe { std::slice::from_raw_parts_mut(unit.add(span.start), span.len) };
    span.insert_beyond(bytes, bitsize, value);
}

/// Returns the byte of the storage unit in which a field lies, the position of the field in it, and its width. `None` for
/// fields of several bytes, and for members that are no bit fields.
#[inline(always)]
fn in_one_byte(field: &Field) -> Option<(usize, u32, u32)> {
    if BIG_ENDIAN {
        return None;
    }
    let shift = u32::from(field.bitshift.cast_unsigned());
    let size = u32::from(field.bitsize.cast_unsigned());
    let (start, shift) = ((shift / 8) as usize, shift % 8);
    let inside = size > 0 && shift + size <= 8 && start < field.ct.known_size()?;
    inside.then_some((start, shift, size))
}

/// Reads the value of a bit field that lies in one byte of the storage unit at `unit`; `None` for other fields.
///
/// # Safety
/// The bytes of the storage unit that the field touches are readable.
#[inline(always)]
pub(crate) unsafe fn read_byte(py: Py<'_>, field: &Field, unit: *const u8) -> Option<R> {
    let (start, shift, size) = in_one_byte(field)?;
    // SAFETY: the field touches this byte alone.
    let value = u32::from(unsafe { unit.add(start).read() }) << (32 - size - shift) >> (32 - size);
    let value = if field.ct.access.is_signed() {
        i64::from((value << (32 - size)).cast_signed() >> (32 - size))
    } else {
        i64::from(value)
    };
    Some(num::from_i64(py, value))
}

/// Stores `value` into a bit field that lies in one byte of the storage unit at `unit`, if it is exactly an `int` in range.
/// Returns whether it was stored. If not, nothing has happened.
///
/// # Safety
/// The bytes of the storage unit that the field touches are readable and writable.
#[inline(always)]
pub(crate) unsafe fn write_byte(py: Py<'_>, field: &Field, unit: *mut u8, value: &Obj) -> bool {
    let Some((start, shift, size)) = in_one_byte(field) else { return false };
    let Some(number) = num::exact_int(py, value) else { return false };
    // Values of signed fields are left to the general way, which knows what a field of one bit takes.
    let mask = (1u32 << size) - 1;
    if field.ct.access.is_signed() || number < 0 || number > i64::from(mask) {
        return false;
    }
    // SAFETY: the field touches this byte alone.
    unsafe {
        let at = unit.add(start);
        at.write(at.read() & !((mask << shift) as u8) | (number << shift) as u8);
    }
    true
}

/// Reads the value of a bit field (`bitshift >= 0`) whose storage unit is at `unit`.
///
/// # Safety
/// The bytes of the storage unit that the field touches are readable.
pub(crate) unsafe fn read(py: Py<'_>, field: &Field, unit: *const u8) -> R {
    let (position, bitsize) = position(py, field)?;
    let (covered, shift) = match &position {
        // SAFETY: the caller passes the address of the unit, whose bytes under the field are readable.
        Position::Inside(span) => (unsafe { load(span, unit) }, span.bitshift),
        // SAFETY: a field that reaches beyond its unit still lies in the struct.
        Position::Beyond(span) => (unsafe { load_beyond(span, unit, bitsize) }, 0),
    };
    if field.ct.access.is_signed() {
        num::from_i64(py, bitfield::extract_signed(covered, shift, bitsize))
    } else {
        num::from_u64(py, bitfield::extract_unsigned(covered, shift, bitsize))
    }
}

/// Stores into a bit field.
///
/// # Safety
/// The bytes of the storage unit that the field touches are readable and writable.
pub(crate) unsafe fn write(py: Py<'_>, field: &Field, unit: *mut u8, value: &Obj) -> R<()> {
    let (position, bitsize) = position(py, field)?;
    let range = bitfield::range(field.ct.access.is_signed(), bitsize);
    let wide = match num::exact_int(py, value) {
        Some(number) => i128::from(number),
        None => any_number(py, value, *range.end())?,
    };
    if !range.contains(&wide) {
        return Err(out_of_range(py, value, *range.start(), *range.end()));
    }
    // The conversion may have run Python code, so the bytes are read only now.
    match &position {
        // SAFETY: the caller passes the address of the unit; a span inside of it has at most 8 bytes.
        Position::Inside(span) => unsafe {
            let changed = bitfield::insert(load(span, unit), span.bitshift, bitsize, wide as u64);
            if span.len == 1 {
                unit.add(span.start).write(changed as u8);
                return Ok(());
            }
            let mut bytes = [0u8; 8];
            span.store(&mut bytes, BIG_ENDIAN, changed);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), unit.add(span.start), span.len.min(8));
        },
        // SAFETY: a field that reaches beyond its unit still lies in the struct.
        Position::Beyond(span) => unsafe { store_beyond(span, unit, bitsize, wide as u64) },
    }
    Ok(())
}

/// Returns the value of any object that a bit field takes. Numbers other than ints count by their `__index__` here, not by
/// `__int__` as elsewhere. `greatest` is the greatest value of the field.
#[inline(never)]
fn any_number(py: Py<'_>, value: &Obj, greatest: i128) -> R<i128> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let number = unsafe { Owned::from_new(py, ffi::PyNumber_Index(value.as_ptr()))? };
    // SAFETY: the result of `__index__` is an int.
    match unsafe { num::int_as_i64(py, &number) } {
        (v, 0) => Ok(i128::from(v)),
        (_, 1) if greatest > i128::from(i64::MAX) => Ok(int::large_u64(py, &number)?.into()),
        _ => Err(int::too_big(py, &number)),
    }
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
