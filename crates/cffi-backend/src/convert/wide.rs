//! Integers of 128 bits.

use super::int;
use cffi_rt::{Obj, Py, R, num, raise};

/// Makes an `int`.
pub(crate) fn from_i128(py: Py<'_>, value: i128) -> R {
    match i64::try_from(value) {
        Ok(small) => num::from_i64(py, small),
        Err(_) => joined(py, &*num::from_i64(py, (value >> 64) as i64)?, value as u64),
    }
}

/// Makes an `int`.
pub(crate) fn from_u128(py: Py<'_>, value: u128) -> R {
    match u64::try_from(value) {
        Ok(small) => num::from_u64(py, small),
        Err(_) => joined(py, &*num::from_u64(py, (value >> 64) as u64)?, value as u64),
    }
}

/// Computes `high << 64 | low`.
fn joined(py: Py<'_>, high: &Obj, low: u64) -> R {
    let (bits, low) = (num::from_i64(py, 64)?, num::from_u64(py, low)?);
    num::or(py, &*num::shift_left(py, high, &bits)?, &low)
}

/// Returns the high part of an `int`, `value >> 64`.
fn high(py: Py<'_>, value: &Obj) -> R {
    let bits = num::from_i64(py, 64)?;
    num::shift_right(py, value, &bits)
}

/// Converts an int, or the `__int__` of another object, to the bits of a value. Refuses floats. Returns `None`
/// for a value that does not fit, and raises `OverflowError` for a negative one that must be unsigned.
pub(crate) fn to_bits(py: Py<'_>, is_signed: bool, value: &Obj) -> R<Option<u128>> {
    let number = int::whole(py, value)?;
    let (low, high) = (num::int_wrapping(py, &number)?, high(py, &number)?);
    let fits = match num::exact_int(py, &high) {
        Some(high) if is_signed => Some(high.cast_unsigned()),
        Some(high @ 0..) => Some(high.cast_unsigned()),
        Some(_) => return Err(raise!(py, Overflow, "can't convert negative number to unsigned")),
        None if !is_signed => unsigned(py, &high)?,
        None => None,
    };
    Ok(fits.map(|high| u128::from(high) << 64 | u128::from(low)))
}

/// Returns the value of an `int` that has at most 128 bits; `None` for others.
pub(crate) fn exact_i128(py: Py<'_>, value: &Obj) -> R<Option<i128>> {
    let (low, high) = (num::int_wrapping(py, value)?, high(py, value)?);
    Ok(num::exact_int(py, &high).map(|high| i128::from(high) << 64 | i128::from(low)))
}

/// Returns a high part of more than 63 bits, if it has no more than 64.
fn unsigned(py: Py<'_>, high: &Obj) -> R<Option<u64>> {
    match num::as_u64(py, high) {
        Ok(value) => Ok(Some(value)),
        Err(raised) => {
            py.err_clear(raised);
            Ok(None)
        }
    }
}

/// Returns the low 128 bits of any number, floats truncated, as casts do.
pub(crate) fn wrapping(py: Py<'_>, value: &Obj) -> R<u128> {
    let number = int::truncated(py, value)?;
    let (low, high) = (num::int_wrapping(py, &number)?, high(py, &number)?);
    Ok(u128::from(num::int_wrapping(py, &high)?) << 64 | u128::from(low))
}
