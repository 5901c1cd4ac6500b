//! Conversion of Python objects to C memory.

use cffi_call::LongDouble;
use cffi_types::float;

use super::depth::Depth;
use super::error::does_not_fit;
use super::{aggregate, array, bit_int, chars, int, pointer, wide};
use crate::ctype::CType;
use crate::memory::{Loc, LongDoubleBytes, Scalar, Scratch, Typed, primitive};
use cffi_rt::{Obj, Py, R, Raised, num, raise};

/// Stores `value` into a C value. If it fails, any part of it may have been stored.
///
/// Into an open array, and into a struct that ends in one, this stores all items of `value` (where the size is known,
/// `array::write` and `aggregate::write` take it as a bound).
#[inline]
pub(crate) fn write(py: Py<'_>, loc: Loc<'_>, value: &Obj) -> R<()> {
    write_at(py, loc, value, Depth::TOP)
}

/// Stores as [`write()`] does, inside of another initializer.
pub(super) fn write_at(py: Py<'_>, loc: Loc<'_>, value: &Obj, depth: Depth) -> R<()> {
    let ct = loc.ct();
    match loc.typed() {
        Typed::I8(place) => signed(py, ct, place, value),
        Typed::I16(place) => signed(py, ct, place, value),
        Typed::I32(place) => signed(py, ct, place, value),
        Typed::I64(place) => signed(py, ct, place, value),
        Typed::U8(place) => unsigned(py, ct, place, value),
        Typed::U16(place) => unsigned(py, ct, place, value),
        Typed::U32(place) => unsigned(py, ct, place, value),
        Typed::U64(place) => unsigned(py, ct, place, value),
        Typed::Bool(place) => boolean(py, ct, place, value),
        Typed::F32(place) => float32(py, place, value),
        Typed::F64(place) => float64(py, place, value),
        Typed::Pointer(place) => store(place, pointer::value(py, ct, value)?),
        Typed::Char8(place) => store(place, chars::to_char8(py, value)?),
        Typed::Char16(place) => store(place, chars::to_char16(py, value)?),
        Typed::Char32(place) => store(place, chars::to_char32(py, value)?),
        Typed::LongDouble(_)
        | Typed::I128(_)
        | Typed::U128(_)
        | Typed::F16(_)
        | Typed::Bf16(_)
        | Typed::F128(_)
        | Typed::ComplexLongDouble(_)
        | Typed::ComplexF32(_)
        | Typed::ComplexF64(_)
        | Typed::ComplexF16(_)
        | Typed::ComplexF128(_)
        | Typed::BitInt => rare(py, loc, value),
        Typed::Array | Typed::OpenArray => {
            depth.down(py, |depth| array::write_nested(py, loc, value, None, depth))
        }
        Typed::Aggregate => depth.down(py, |depth| aggregate::write_nested(py, loc, value, None, depth)),
        Typed::Void => Err(no_value(py, ct)),
    }
}

#[cold]
fn no_value(py: Py<'_>, ct: &CType) -> Raised {
    raise!(py, System, "convert_from_object: '{}'", ct.name())
}

/// Stores the rarer types of numbers. A separate function, so that the others need no room on the stack.
#[inline(never)]
fn rare(py: Py<'_>, loc: Loc<'_>, value: &Obj) -> R<()> {
    let ct = loc.ct();
    match loc.typed() {
        Typed::LongDouble(place) => long_double(py, place, value),
        Typed::I128(place) => match wide::to_bits(py, true, value)? {
            Some(bits) => store(place, bits.cast_signed()),
            None => Err(does_not_fit(py, ct, value)),
        },
        Typed::U128(place) => match wide::to_bits(py, false, value)? {
            Some(bits) => store(place, bits),
            None => Err(does_not_fit(py, ct, value)),
        },
        Typed::F16(place) => store(place, float::f64_to_half(double(py, value)?)),
        Typed::Bf16(place) => store(place, float::f64_to_bfloat(double(py, value)?)),
        Typed::F128(place) => store(place, quad(py, value)?),
        Typed::ComplexLongDouble(place) => {
            let (re, im) = num::as_complex(py, value)?;
            place.set_long_doubles([LongDouble::from_double(re), LongDouble::from_double(im)]);
            Ok(())
        }
        Typed::ComplexF32(place) => {
            let (re, im) = num::as_complex(py, value)?;
            store(place, [re as f32, im as f32])
        }
        Typed::ComplexF64(place) => {
            let (re, im) = num::as_complex(py, value)?;
            store(place, [re, im])
        }
        Typed::ComplexF16(place) => {
            let (re, im) = num::as_complex(py, value)?;
            store(place, [re, im].map(float::f64_to_half))
        }
        Typed::ComplexF128(place) => {
            let (re, im) = num::as_complex(py, value)?;
            store(place, [re, im].map(float::f64_to_quad))
        }
        Typed::BitInt => bit_int::write(py, loc, value),
        _ => Err(no_value(py, ct)),
    }
}

/// Stores a value. Its result fits the results of the other functions.
#[inline(always)]
fn store<T: Copy>(place: Scalar<'_, T>, value: T) -> R<()> {
    place.set(value);
    Ok(())
}

/// Stores into a signed integer of at most 64 bits.
#[inline(always)]
pub(super) fn signed<T: Copy + TryFrom<i64>>(
    py: Py<'_>,
    ct: &CType,
    place: Scalar<'_, T>,
    value: &Obj,
) -> R<()> {
    match T::try_from(int::to_i64(py, value)?) {
        Ok(v) => store(place, v),
        Err(_) => Err(does_not_fit(py, ct, value)),
    }
}

/// Stores into an unsigned integer of at most 64 bits.
#[inline(always)]
pub(super) fn unsigned<T: Copy + TryFrom<u64>>(
    py: Py<'_>,
    ct: &CType,
    place: Scalar<'_, T>,
    value: &Obj,
) -> R<()> {
    match T::try_from(int::to_u64(py, value)?) {
        Ok(v) => store(place, v),
        Err(_) => Err(does_not_fit(py, ct, value)),
    }
}

fn boolean(py: Py<'_>, ct: &CType, place: Scalar<'_, u8>, value: &Obj) -> R<()> {
    match int::to_u64(py, value)? {
        v @ 0..=1 => store(place, v as u8),
        _ => Err(does_not_fit(py, ct, value)),
    }
}

/// Returns `float(value)`, quickly for floats and ints.
#[inline(always)]
fn double(py: Py<'_>, value: &Obj) -> R<f64> {
    if let Some(number) = num::exact_f64(py, value) {
        return Ok(number);
    }
    // Both this and `float()` round to the nearest, ties to even.
    if let Some(whole) = num::exact_int(py, value) {
        return Ok(whole as f64);
    }
    num::as_f64(py, value)
}

/// Stores into a `float`.
#[inline(always)]
pub(super) fn float32(py: Py<'_>, place: Scalar<'_, f32>, value: &Obj) -> R<()> {
    store(place, double(py, value)? as f32)
}

/// Stores into a `double`.
#[inline(always)]
pub(super) fn float64(py: Py<'_>, place: Scalar<'_, f64>, value: &Obj) -> R<()> {
    store(place, double(py, value)?)
}

fn long_double(py: Py<'_>, place: Scalar<'_, LongDoubleBytes>, value: &Obj) -> R<()> {
    let number = match primitive(value) {
        Some(Typed::LongDouble(given)) => given.long_double(),
        Some(Typed::F128(given)) => LongDouble::from_quad(given.get()),
        _ => LongDouble::from_double(double(py, value)?),
    };
    place.set_long_double(number);
    Ok(())
}

/// Returns the bits of a binary128 for a number. A cdata of such a type keeps all of its bits, and an `int` of up to 113.
pub(crate) fn quad(py: Py<'_>, value: &Obj) -> R<u128> {
    match primitive(value) {
        Some(Typed::F128(given)) => return Ok(given.get()),
        Some(Typed::LongDouble(given)) => return Ok(given.long_double().to_quad()),
        _ => {}
    }
    if value.is_int()
        && let Some(whole) = wide::exact_i128(py, value)?
    {
        return Ok(float::i128_to_quad(whole));
    }
    Ok(float::f64_to_quad(double(py, value)?))
}

impl CType {
    /// Raises what a store into this integer type raises for `value`.
    pub(crate) fn check_fits(&self, py: Py<'_>, value: &Obj) -> R<()> {
        write(py, Scratch::new(py, self)?.loc(), value)
    }
}
