//! Bit-precise integers, `_BitInt(N)`.
//!
//! C leaves the bits of the memory that a value does not use undefined, so reading ignores them. Writing extends the value over
//! them, which some compilers rely on.

use super::error::does_not_fit;
use super::{int, wide};
use crate::ctype::{BitInt, CType};
use crate::memory::Loc;
use cffi_rt::{Exc, Obj, Py, R, Raised, dict, num, raise, seq, text};

/// The largest number of bits that are converted without methods of `int`.
const NARROW: u32 = 128;

const BIG_ENDIAN: bool = cfg!(target_endian = "big");

impl BitInt {
    /// Returns the number of bytes that have bits of a value.
    pub(crate) fn least_size(self) -> usize {
        (self.bits as usize).div_ceil(8)
    }

    /// Returns the low bits of a number, extended to 128 bits as the type says. The type has at most that many.
    fn narrow(self, bits: u128) -> u128 {
        let unused = NARROW.saturating_sub(self.bits.max(1));
        let high = bits << unused;
        if self.signed { (high.cast_signed() >> unused).cast_unsigned() } else { high >> unused }
    }

    /// Returns the cell for a value of at most 64 bits, whose memory is the beginning of `memory`.
    pub(crate) fn extended(self, memory: u64) -> u64 {
        let size = 8_u32.min(self.bits.div_ceil(8).next_power_of_two());
        let low = if BIG_ENDIAN { memory >> (64 - 8 * size) } else { memory };
        self.narrow(low.into()) as u64
    }

    /// Extends the value in `bytes`, the lowest byte first, over the bits that it does not use. Returns whether they had
    /// these values before.
    fn extend(self, bytes: &mut [u8]) -> bool {
        let (last, used) = ((self.bits as usize).saturating_sub(1) / 8, (self.bits.wrapping_sub(1) % 8) + 1);
        let Some(top) = bytes.get_mut(last) else { return true };
        let negative = self.signed && *top >> (used - 1) & 1 == 1;
        let (mask, before) = ((0xff_u16 << used) as u8, *top);
        *top = if negative { before | mask } else { before & !mask };
        let mut kept = *top == before;
        let fill = if negative { 0xff } else { 0 };
        for byte in bytes.iter_mut().skip(last + 1) {
            kept &= *byte == fill;
            *byte = fill;
        }
        kept
    }
}

/// Returns the type's signedness and width.
fn facts(ct: &CType) -> BitInt {
    ct.bit_int().unwrap_or(BitInt { signed: false, bits: 1 })
}

/// Reads a value of at most 16 bytes.
fn load(loc: Loc<'_>) -> u128 {
    let size = loc.ct().known_size().unwrap_or(0).min(16);
    let mut bytes = [0; 16];
    loc.copy_to(&mut bytes[if BIG_ENDIAN { 16 - size } else { 0 }..]);
    u128::from_ne_bytes(bytes)
}

/// Copies the bytes of a value, the lowest byte first.
fn copied(py: Py<'_>, loc: Loc<'_>) -> R<Vec<u8>> {
    let mut bytes = py.room(cffi_memory::repeated(0_u8, loc.ct().known_size().unwrap_or(0)))?;
    loc.copy_to(&mut bytes);
    if BIG_ENDIAN {
        bytes.reverse();
    }
    Ok(bytes)
}

/// Returns the `int` of a value.
pub(crate) fn read(py: Py<'_>, loc: Loc<'_>) -> R {
    let of = facts(loc.ct());
    if of.bits <= NARROW {
        let bits = of.narrow(load(loc));
        return if of.signed { wide::from_i128(py, bits.cast_signed()) } else { wide::from_u128(py, bits) };
    }
    number(py, of, copied(py, loc)?)
}

/// Returns the `int` of a value whose bytes are given, the lowest first.
pub(crate) fn number(py: Py<'_>, of: BitInt, mut bytes: Vec<u8>) -> R {
    if of.bits <= NARROW {
        let mut all = [0; 16];
        all.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
        let bits = of.narrow(u128::from_le_bytes(all));
        return if of.signed { wide::from_i128(py, bits.cast_signed()) } else { wide::from_u128(py, bits) };
    }
    of.extend(&mut bytes);
    let (bytes, order) = (text::new_bytes(py, &bytes)?, text::new_str(py, "little")?);
    let make = method(py, "from_bytes")?;
    make.call_with(py, &*seq::tuple(py, &[&bytes, &order])?, &*signed(py, of.signed)?)
}

/// Returns the bytes of the value of an `int`, the lowest first; `None` if the type does not have it.
pub(crate) fn bytes_of(py: Py<'_>, of: BitInt, number: &Obj) -> R<Option<Vec<u8>>> {
    let is_negative = num::is_non_positive(py, number) && !num::is_zero(number);
    if !of.signed && is_negative {
        return Ok(None);
    }
    let mut bytes = to_bytes(py, number, of.least_size(), of.signed)?;
    let fits = of.extend(&mut bytes);
    Ok(fits.then_some(bytes))
}

/// Returns whether a value is not zero.
pub(crate) fn is_nonzero(loc: Loc<'_>) -> bool {
    let of = facts(loc.ct());
    if of.bits <= NARROW {
        return of.narrow(load(loc)) != 0;
    }
    let size = loc.ct().known_size().unwrap_or(0);
    let (whole, rest) = ((of.bits / 8) as usize, of.bits % 8);
    let at = |index: usize| {
        let place = if BIG_ENDIAN { size.wrapping_sub(1 + index) } else { index };
        loc.byte(place).unwrap_or(0)
    };
    (0..whole).any(|index| at(index) != 0) || (rest != 0 && at(whole) << (8 - rest) != 0)
}

/// Stores an int, or the `__int__` of another object. Refuses floats.
pub(crate) fn write(py: Py<'_>, loc: Loc<'_>, value: &Obj) -> R<()> {
    let ct = loc.ct();
    let of = facts(ct);
    let bytes = if of.bits <= NARROW {
        match wide::to_bits(py, of.signed, value)? {
            Some(bits) if of.narrow(bits) == bits => small(py, ct, bits)?,
            _ => return Err(too_large(py, ct, value)),
        }
    } else {
        let number = int::whole(py, value)?;
        if !of.signed && num::is_non_positive(py, &number) && !num::is_zero(&number) {
            return Err(raise!(py, Overflow, "can't convert negative number to unsigned"));
        }
        let size = ct.known_size().unwrap_or(0);
        let mut bytes = to_bytes(py, &number, size, of.signed)?;
        if !of.extend(&mut bytes) {
            return Err(too_large(py, ct, value));
        }
        bytes.truncate(size);
        ordered(bytes)
    };
    loc.copy_from(&bytes);
    Ok(())
}

/// Returns the bytes of the value that a cast gives: the low bits of any number, floats truncated.
pub(crate) fn cut(py: Py<'_>, ct: &CType, of: BitInt, value: &Obj) -> R<Vec<u8>> {
    if of.bits <= NARROW {
        return small(py, ct, of.narrow(wide::wrapping(py, value)?));
    }
    let size = ct.known_size().unwrap_or(0);
    let mut bytes = to_bytes(py, &*int::truncated(py, value)?, size, true)?;
    bytes.truncate(size);
    of.extend(&mut bytes);
    Ok(ordered(bytes))
}

/// Returns the bytes of the value that a cast of a small number gives.
pub(crate) fn cut_small(py: Py<'_>, ct: &CType, of: BitInt, number: u64) -> R<Vec<u8>> {
    if of.bits <= NARROW {
        return small(py, ct, of.narrow(number.into()));
    }
    small(py, ct, number.into())
}

/// Returns the bytes of a value whose low 128 bits are given, and whose others are zero.
fn small(py: Py<'_>, ct: &CType, bits: u128) -> R<Vec<u8>> {
    let mut bytes = py.room(cffi_memory::repeated(0_u8, ct.known_size().unwrap_or(0)))?;
    for (to, from) in bytes.iter_mut().zip(bits.to_le_bytes()) {
        *to = from;
    }
    Ok(ordered(bytes))
}

/// Puts bytes, the lowest first, into the order of the host.
fn ordered(mut bytes: Vec<u8>) -> Vec<u8> {
    if BIG_ENDIAN {
        bytes.reverse();
    }
    bytes
}

/// Returns the bytes of an `int`, the lowest first, and at least `size` of them: in two's complement if `is_signed`, else
/// of a number that is not negative.
fn to_bytes(py: Py<'_>, number: &Obj, size: usize, is_signed: bool) -> R<Vec<u8>> {
    let length = num::index(py, &*method(py, "bit_length")?.call(py, &[number])?, Exc::Overflow)?;
    let bits = length.unsigned_abs() + usize::from(is_signed);
    let length = bits.div_ceil(8).max(size);
    let (count, order) = (num::from_u64(py, length as u64)?, text::new_str(py, "little")?);
    let arguments = seq::tuple(py, &[number, &count, &order])?;
    let bytes = method(py, "to_bytes")?.call_with(py, &arguments, &*signed(py, is_signed)?)?;
    let bytes = bytes.as_bytes().ok_or_else(|| raise!(py, Type, "to_bytes() returned no bytes"))?;
    py.collect(bytes.iter().copied())
}

/// Returns a method of `int`, which subclasses do not replace.
fn method(py: Py<'_>, name: &str) -> R {
    num::from_i64(py, 0)?.class().getattr_str(py, name)
}

/// Returns the keyword argument `signed`.
fn signed(py: Py<'_>, signed: bool) -> R {
    let keywords = dict::new(py)?;
    dict::set(py, &keywords, &*text::new_str(py, "signed")?, &py.bool(signed))?;
    Ok(keywords)
}

/// Makes the `OverflowError` for a number that does not fit. A number with very many digits is not in the message.
#[cold]
fn too_large(py: Py<'_>, ct: &CType, value: &Obj) -> Raised {
    const SHORT: isize = 4096;
    let length = int::whole(py, value).and_then(|number| method(py, "bit_length")?.call(py, &[&number]));
    match length.and_then(|length| num::index(py, &length, Exc::Overflow)) {
        Ok(0..=SHORT) => does_not_fit(py, ct, value),
        Ok(_) => raise!(py, Overflow, "integer does not fit '{}'", ct.name()),
        Err(raised) => raised,
    }
}
