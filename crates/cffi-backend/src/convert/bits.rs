//! Bit fields.

use cffi_types::bitfield;

use super::{bit_int, int};
use crate::ctype::{Access, BitInt, CType};
use crate::memory::{Member, WideBits};
use cffi_rt::{Obj, Py, R, Raised, num, raise, text};

/// Reads the value of a bit field that lies in one byte; `None` for other members.
#[inline(always)]
pub(crate) fn read_byte(py: Py<'_>, member: Member<'_>) -> Option<R> {
    let byte = member.byte()?;
    let (shift, size) = (byte.shift, byte.width);
    let value = u32::from(byte.get()) << (32 - size - shift) >> (32 - size);
    let value = if member.field().ct.access.is_signed() {
        i64::from((value << (32 - size)).cast_signed() >> (32 - size))
    } else {
        i64::from(value)
    };
    Some(num::from_i64(py, value))
}

/// Stores `value` into a bit field that lies in one byte, if it is exactly an `int` in range. Returns whether it was
/// stored. If not, nothing has happened.
#[inline(always)]
pub(crate) fn write_byte(py: Py<'_>, member: Member<'_>, value: &Obj) -> bool {
    let Some(byte) = member.byte() else { return false };
    // A byte holds no number of more than one digit.
    let Some(number) = num::exact_short_int(py, value) else { return false };
    // Values of signed fields are left to the general way, which knows what a field of one bit takes.
    let mask = (1u32 << byte.width) - 1;
    if member.field().ct.access.is_signed() || number < 0 || number > i64::from(mask) {
        return false;
    }
    byte.set(byte.get() & !((mask << byte.shift) as u8) | (number << byte.shift) as u8);
    true
}

/// Reads the value of a bit field.
pub(crate) fn read(py: Py<'_>, member: Member<'_>) -> R {
    if let Some(bits) = member.wide_bits() {
        return read_wide(py, &member.field().ct, &bits);
    }
    let bits = member.bits(py)?;
    let (covered, shift) = bits.get();
    if member.field().ct.access.is_signed() {
        num::from_i64(py, bitfield::extract_signed(covered, shift, bits.width()))
    } else {
        num::from_u64(py, bitfield::extract_unsigned(covered, shift, bits.width()))
    }
}

/// Stores into a bit field.
pub(crate) fn write(py: Py<'_>, member: Member<'_>, value: &Obj) -> R<()> {
    if let Some(bits) = member.wide_bits() {
        return write_wide(py, &member.field().ct, &bits, value);
    }
    let bits = member.bits(py)?;
    let range = bitfield::range(member.field().ct.access.is_signed(), bits.width());
    let wide = match num::exact_int(py, value) {
        Some(number) => i128::from(number),
        None => any_number(py, value, *range.end())?,
    };
    if !range.contains(&wide) {
        return Err(out_of_range(py, value, *range.start(), *range.end()));
    }
    // The conversion may have run Python code, so the bytes are read only now.
    bits.set(wide as u64);
    Ok(())
}

/// Returns the type of the values of a bit field of a wide type.
fn wide_type(ct: &CType, bits: &WideBits<'_>) -> BitInt {
    let signed = ct.bit_int().map_or(ct.access == Access::I128, |of| of.signed);
    BitInt { signed, bits: bits.width() }
}

#[cold]
fn read_wide(py: Py<'_>, ct: &CType, bits: &WideBits<'_>) -> R {
    let of = wide_type(ct, bits);
    let mut bytes = py.room(cffi_memory::repeated(0_u8, of.least_size()))?;
    bits.copy_to(&mut bytes);
    bit_int::number(py, of, bytes)
}

#[cold]
fn write_wide(py: Py<'_>, ct: &CType, bits: &WideBits<'_>, value: &Obj) -> R<()> {
    let of = wide_type(ct, bits);
    let number = num::as_index(py, value)?;
    // As in other bit-fields, a signed one of one bit takes 1 for -1.
    let one = of.signed && of.bits == 1 && num::exact_int(py, &number) == Some(1);
    let bytes = if one { Some(vec![1]) } else { bit_int::bytes_of(py, of, &number)? };
    match bytes {
        // The conversion may have run Python code, so the memory is written only now.
        Some(bytes) => bits.copy_from(&bytes),
        None => return Err(beyond_width(py, of, &number)),
    }
    Ok(())
}

#[cold]
fn beyond_width(py: Py<'_>, of: BitInt, value: &Obj) -> Raised {
    let width = of.bits - u32::from(of.signed);
    if width >= 127 {
        let sign = if of.signed { "signed" } else { "unsigned" };
        return raise!(py, Overflow, "value outside the range of a {sign} bit field of {} bits", of.bits);
    }
    let end = 1_i128 << width;
    out_of_range(py, value, if of.signed { -end } else { 0 }, if end == 1 && of.signed { 1 } else { end - 1 })
}

/// Returns the value of any object that a bit field takes. Numbers other than ints count by their `__index__` here, not by
/// `__int__` as elsewhere. `greatest` is the greatest value of the field.
#[inline(never)]
fn any_number(py: Py<'_>, value: &Obj, greatest: i128) -> R<i128> {
    let number = num::as_index(py, value)?;
    match num::Int::of(&number).map(|int| int.with_side(py)) {
        Some((v, 0)) => Ok(i128::from(v)),
        Some((_, 1)) if greatest > i128::from(i64::MAX) => Ok(num::as_u64(py, &number)?.into()),
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
