//! Conversion of Python objects to C memory.

use cffi_call::{LongDouble, longdouble};
use cffi_types::float;
use pyo3_ffi as ffi;

use super::depth::Depth;
use super::error::does_not_fit;
use super::{aggregate, array, bit_int, chars, int, pointer, wide};
use crate::ctype::{Access, CType};
use crate::value::CData;
use cffi_rt::{Obj, Py, R, num, raise};

/// Stores `value` into the C value at `data`. If it fails, any part of it may have been stored.
///
/// # Safety
/// `data` is writable for the size of the type; for an open array, and for a struct that ends in one, also for the
/// items of `value` (where the size is known, `array::write` and `aggregate::write` take it as a bound).
#[inline]
pub(crate) unsafe fn write(py: Py<'_>, ct: &CType, data: *mut u8, value: &Obj) -> R<()> {
    // SAFETY: the caller promises that the address is writable for the size of the type.
    unsafe { write_at(py, ct, data, value, Depth::TOP) }
}

/// Stores as [`write()`] does, inside of another initializer.
///
/// # Safety
/// As for [`write()`].
pub(super) unsafe fn write_at(py: Py<'_>, ct: &CType, data: *mut u8, value: &Obj, depth: Depth) -> R<()> {
    // SAFETY: by the caller; each access stores as many bytes as the type has.
    unsafe {
        match ct.access {
            Access::I8 => signed::<i8>(py, ct, data, value),
            Access::I16 => signed::<i16>(py, ct, data, value),
            Access::I32 => signed::<i32>(py, ct, data, value),
            Access::I64 => signed::<i64>(py, ct, data, value),
            Access::U8 => unsigned::<u8>(py, ct, data, value),
            Access::U16 => unsigned::<u16>(py, ct, data, value),
            Access::U32 => unsigned::<u32>(py, ct, data, value),
            Access::U64 => unsigned::<u64>(py, ct, data, value),
            Access::Bool => boolean(py, ct, data, value),
            Access::F32 => float32(py, data, value),
            Access::F64 => float64(py, data, value),
            Access::Pointer => store(data, pointer::value(py, ct, value)?),
            Access::Char8 => store(data, chars::to_char8(py, value)?),
            Access::Char16 => store(data, chars::to_char16(py, value)?),
            Access::Char32 => store(data, chars::to_char32(py, value)?),
            Access::LongDouble => long_double(py, data, value),
            Access::I128 | Access::U128 => {
                let signed = ct.access == Access::I128;
                match wide::to_bits(py, signed, value)? {
                    Some(bits) => store(data, bits),
                    None => Err(does_not_fit(py, ct, value)),
                }
            }
            Access::F16 => store(data, float::f64_to_half(double(py, value)?)),
            Access::Bf16 => store(data, float::f64_to_bfloat(double(py, value)?)),
            Access::F128 => store(data, quad(py, value)?),
            Access::ComplexLongDouble => {
                let (re, im) = num::as_complex(py, value)?;
                LongDouble::from_double(re).write(data);
                LongDouble::from_double(im).write(data.add(longdouble::SIZE));
                Ok(())
            }
            Access::ComplexF32 => {
                let (re, im) = num::as_complex(py, value)?;
                store(data, [re as f32, im as f32])
            }
            Access::ComplexF64 => {
                let (re, im) = num::as_complex(py, value)?;
                store(data, [re, im])
            }
            Access::ComplexF16 => {
                let (re, im) = num::as_complex(py, value)?;
                store(data, [re, im].map(float::f64_to_half))
            }
            Access::ComplexF128 => {
                let (re, im) = num::as_complex(py, value)?;
                store(data, [re, im].map(float::f64_to_quad))
            }
            Access::BitInt => bit_int::write(py, ct, data, value),
            Access::Array | Access::OpenArray => {
                depth.down(py, |depth| array::write_nested(py, ct, data, value, None, depth))
            }
            Access::Aggregate => {
                depth.down(py, |depth| aggregate::write_nested(py, ct, data, value, None, depth))
            }
            Access::Void => Err(raise!(py, System, "convert_from_object: '{}'", ct.name())),
        }
    }
}

/// Stores to any address. Its result fits the results of the other functions.
///
/// # Safety
/// `data` is writable for the size of `T`.
#[inline(always)]
unsafe fn store<T>(data: *mut u8, value: T) -> R<()> {
    // SAFETY: the caller promises that a `T` can be written at the address, aligned or not.
    unsafe { data.cast::<T>().write_unaligned(value) };
    Ok(())
}

/// # Safety
/// `data` is writable for the size of `T`.
#[inline(always)]
pub(super) unsafe fn signed<T: TryFrom<i64>>(py: Py<'_>, ct: &CType, data: *mut u8, value: &Obj) -> R<()> {
    match T::try_from(int::to_i64(py, value)?) {
        // SAFETY: the caller promises that the address is writable for the size of the type.
        Ok(v) => unsafe { store(data, v) },
        Err(_) => Err(does_not_fit(py, ct, value)),
    }
}

/// # Safety
/// `data` is writable for the size of `T`.
#[inline(always)]
pub(super) unsafe fn unsigned<T: TryFrom<u64>>(py: Py<'_>, ct: &CType, data: *mut u8, value: &Obj) -> R<()> {
    match T::try_from(int::to_u64(py, value)?) {
        // SAFETY: the caller promises that the address is writable for the size of the type.
        Ok(v) => unsafe { store(data, v) },
        Err(_) => Err(does_not_fit(py, ct, value)),
    }
}

/// # Safety
/// `data` is writable for one byte.
unsafe fn boolean(py: Py<'_>, ct: &CType, data: *mut u8, value: &Obj) -> R<()> {
    match int::to_u64(py, value)? {
        // SAFETY: the caller promises that the address is writable for the size of the type.
        v @ 0..=1 => unsafe { store(data, v as u8) },
        _ => Err(does_not_fit(py, ct, value)),
    }
}

/// Returns `float(value)`, quickly for floats and ints.
#[inline(always)]
fn double(py: Py<'_>, value: &Obj) -> R<f64> {
    // SAFETY: alive; the value is only read from a float or an int.
    unsafe {
        if ffi::PyFloat_CheckExact(value.as_ptr()) != 0 {
            return Ok(ffi::PyFloat_AS_DOUBLE(value.as_ptr()));
        }
        // Both this and `float()` round to the nearest, ties to even.
        if ffi::PyLong_CheckExact(value.as_ptr()) != 0
            && let Some(whole) = num::int_value(py, value)
        {
            return Ok(whole as f64);
        }
    }
    num::as_f64(py, value)
}

/// # Safety
/// `data` is writable for 4 bytes.
#[inline(always)]
pub(super) unsafe fn float32(py: Py<'_>, data: *mut u8, value: &Obj) -> R<()> {
    // SAFETY: the caller promises that the address is writable for the size of the type.
    unsafe { store(data, double(py, value)? as f32) }
}

/// # Safety
/// `data` is writable for 8 bytes.
#[inline(always)]
pub(super) unsafe fn float64(py: Py<'_>, data: *mut u8, value: &Obj) -> R<()> {
    // SAFETY: the caller promises that the address is writable for the size of the type.
    unsafe { store(data, double(py, value)?) }
}

/// # Safety
/// `data` is writable for a `long double`.
unsafe fn long_double(py: Py<'_>, data: *mut u8, value: &Obj) -> R<()> {
    let number = match value.downcast::<CData>() {
        // SAFETY: a primitive cdata's address is that of its value.
        Some(cd) if cd.ct().access == Access::LongDouble => unsafe { LongDouble::read(cd.data()) },
        _ => LongDouble::from_double(double(py, value)?),
    };
    // SAFETY: the caller promises that the address is writable for the size of the type.
    unsafe { number.write(data) };
    Ok(())
}

/// Returns the bits of a binary128 for a number. A cdata of such a type keeps all of its bits, and an `int` of up to 113.
pub(crate) fn quad(py: Py<'_>, value: &Obj) -> R<u128> {
    if let Some(cd) = value.downcast::<CData>()
        && cd.ct().access == Access::F128
    {
        // SAFETY: a primitive cdata's address is that of its value, which has 16 bytes.
        return Ok(unsafe { cd.data().cast::<u128>().read_unaligned() });
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
        let mut room = [0u64; 4];
        // SAFETY: 32 aligned bytes hold any primitive, and an integer type is one.
        unsafe { write(py, self, room.as_mut_ptr().cast(), value) }
    }
}
