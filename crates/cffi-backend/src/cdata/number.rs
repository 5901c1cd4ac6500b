//! Truth value and conversion to numbers.

use cffi_call::{LongDouble, longdouble};
use cffi_types::float;

use crate::convert::{self, bit_int};
use crate::ctype::{Access, flag};
use crate::value::CData;
use cffi_rt::{Py, R, num, raise};

/// Reads the value of a primitive.
///
/// # Safety
/// `cd` is a primitive whose C type has the size of `T`.
#[inline(always)]
pub(crate) unsafe fn load<T: Copy>(cd: &CData) -> T {
    // SAFETY: a primitive cdata's address is that of its value, which may be unaligned.
    unsafe { cd.data().cast::<T>().read_unaligned() }
}

/// Reads the value of a `long double`, or the real part of a complex one.
///
/// # Safety
/// `cd` is of type `long double` or `long double _Complex`.
unsafe fn long_double(cd: &CData) -> LongDouble {
    // SAFETY: the address of a primitive cdata is that of its value, which begins with a `long double`.
    unsafe { LongDouble::read(cd.data()) }
}

/// Returns the truth value: numbers by value, addresses by whether they are NULL.
#[inline(always)]
pub(crate) fn truth(_py: Py<'_>, cd: &CData) -> R<bool> {
    Ok(if cd.ct().access.is_primitive() { is_nonzero(cd) } else { !cd.data().is_null() })
}

/// Returns whether the value is not zero. Separate from [`truth`], so that the check of a pointer for NULL needs no
/// stack frame.
#[inline(never)]
fn is_nonzero(cd: &CData) -> bool {
    // SAFETY: each arm reads as many bytes as the access has.
    unsafe {
        match cd.ct().access {
            Access::I8 | Access::U8 | Access::Bool | Access::Char8 => load::<u8>(cd) != 0,
            Access::I16 | Access::U16 | Access::Char16 => load::<u16>(cd) != 0,
            Access::I32 | Access::U32 | Access::Char32 => load::<u32>(cd) != 0,
            Access::I64 | Access::U64 => load::<u64>(cd) != 0,
            Access::F32 => load::<f32>(cd) != 0.0,
            Access::F64 => load::<f64>(cd) != 0.0,
            Access::LongDouble => long_double(cd).is_nonzero(),
            Access::I128 | Access::U128 => load::<u128>(cd) != 0,
            Access::F16 | Access::Bf16 => load::<u16>(cd) << 1 != 0,
            Access::F128 => load::<u128>(cd) << 1 != 0,
            Access::ComplexLongDouble => {
                let imaginary = LongDouble::read(cd.data().add(longdouble::SIZE));
                long_double(cd).is_nonzero() || imaginary.is_nonzero()
            }
            Access::ComplexF32 => load::<[f32; 2]>(cd) != [0.0, 0.0],
            Access::ComplexF64 => load::<[f64; 2]>(cd) != [0.0, 0.0],
            Access::ComplexF16 => load::<[u16; 2]>(cd).map(|part| part << 1) != [0, 0],
            Access::ComplexF128 => load::<[u128; 2]>(cd).map(|part| part << 1) != [0, 0],
            Access::BitInt => bit_int::is_nonzero(cd.ct(), cd.data()),
            Access::Pointer | Access::Array | Access::OpenArray | Access::Aggregate | Access::Void => {
                !cd.data().is_null()
            }
        }
    }
}

/// `__int__`. Converts integers and characters by value, floats truncated.
pub(crate) fn int(py: Py<'_>, cd: &CData) -> R {
    let access = cd.ct().access;
    // SAFETY: each arm reads as many bytes as the access has.
    unsafe {
        match access {
            Access::Bool => match load::<u8>(cd) {
                b @ (0 | 1) => num::from_i64(py, b.into()),
                _ => convert::value(py, cd),
            },
            Access::Char8 => num::from_i64(py, load::<u8>(cd).into()),
            Access::Char16 => num::from_i64(py, load::<u16>(cd).into()),
            Access::Char32 if cd.ct().has(flag::SIGNED_WCHAR) => num::from_i64(py, load::<i32>(cd).into()),
            Access::Char32 => num::from_i64(py, load::<u32>(cd).into()),
            _ if access.is_integer() || access.is_wide_integer() => convert::value(py, cd),
            _ if access.is_float() => num::as_int(py, &*float(py, cd)?),
            _ => Err(raise!(py, Type, "int() not supported on cdata '{}'", cd.ct().name())),
        }
    }
}

/// `__float__`. Converts real floating-point numbers; `long double` and `_Float128` lose precision.
pub(crate) fn float(py: Py<'_>, cd: &CData) -> R {
    // SAFETY: each arm reads as many bytes as the access has.
    unsafe {
        match cd.ct().access {
            Access::F32 => num::from_f64(py, load::<f32>(cd).into()),
            Access::F64 => num::from_f64(py, load::<f64>(cd)),
            Access::LongDouble => num::from_f64(py, long_double(cd).to_double()),
            Access::F16 | Access::Bf16 => convert::value(py, cd),
            Access::F128 => num::from_f64(py, float::quad_to_f64(load::<u128>(cd))),
            _ => Err(raise!(py, Type, "float() not supported on cdata '{}'", cd.ct().name())),
        }
    }
}

/// `__complex__` of complex types.
pub(crate) fn complex(py: Py<'_>, cd: &CData) -> R {
    if cd.ct().access.is_complex() {
        return convert::value(py, cd);
    }
    Err(raise!(py, Type, "complex() not supported on cdata '{}'", cd.ct().name()))
}
