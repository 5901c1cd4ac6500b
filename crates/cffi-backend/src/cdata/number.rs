//! Truth value and conversion to numbers.

use cffi_types::float;

use crate::convert::{self, bit_int};
use crate::ctype::flag;
use crate::memory::{Loc, Typed};
use crate::value::CData;
use cffi_rt::{Py, R, num, raise};

/// Returns the truth value: numbers by value, addresses by whether they are NULL.
#[inline(always)]
pub(crate) fn truth(_py: Py<'_>, cd: &CData) -> R<bool> {
    Ok(match Loc::of(cd) {
        Some(loc) => is_nonzero(loc),
        None => !cd.data().is_null(),
    })
}

/// Returns whether the value is not zero. Separate from [`truth`], so that the check of a pointer for NULL needs no
/// stack frame.
#[inline(never)]
fn is_nonzero(loc: Loc<'_>) -> bool {
    match loc.typed() {
        Typed::I8(place) => place.get() != 0,
        Typed::U8(place) | Typed::Bool(place) | Typed::Char8(place) => place.get() != 0,
        Typed::I16(place) => place.get() != 0,
        Typed::U16(place) | Typed::Char16(place) => place.get() != 0,
        Typed::I32(place) => place.get() != 0,
        Typed::U32(place) | Typed::Char32(place) => place.get() != 0,
        Typed::I64(place) => place.get() != 0,
        Typed::U64(place) => place.get() != 0,
        Typed::F32(place) => place.get() != 0.0,
        Typed::F64(place) => place.get() != 0.0,
        Typed::LongDouble(place) => place.long_double().is_nonzero(),
        Typed::I128(place) => place.get() != 0,
        Typed::U128(place) => place.get() != 0,
        Typed::F16(place) | Typed::Bf16(place) => place.get() << 1 != 0,
        Typed::F128(place) => place.get() << 1 != 0,
        Typed::ComplexLongDouble(place) => place.long_doubles().iter().any(|part| part.is_nonzero()),
        Typed::ComplexF32(place) => place.get() != [0.0, 0.0],
        Typed::ComplexF64(place) => place.get() != [0.0, 0.0],
        Typed::ComplexF16(place) => place.get().map(|part| part << 1) != [0, 0],
        Typed::ComplexF128(place) => place.get().map(|part| part << 1) != [0, 0],
        Typed::BitInt => bit_int::is_nonzero(loc),
        Typed::Pointer(_) | Typed::Array | Typed::OpenArray | Typed::Aggregate | Typed::Void => {
            !loc.at().is_null()
        }
    }
}

/// `__int__`. Converts integers and characters by value, floats truncated.
pub(crate) fn int(py: Py<'_>, cd: &CData) -> R {
    let access = cd.ct().access;
    match Loc::of(cd).map(Loc::typed) {
        Some(Typed::Bool(place)) => match place.get() {
            b @ (0 | 1) => num::from_i64(py, b.into()),
            _ => convert::value(py, cd),
        },
        Some(Typed::Char8(place)) => num::from_i64(py, place.get().into()),
        Some(Typed::Char16(place)) => num::from_i64(py, place.get().into()),
        Some(Typed::Char32(place)) if cd.ct().has(flag::SIGNED_WCHAR) => {
            num::from_i64(py, place.get().cast_signed().into())
        }
        Some(Typed::Char32(place)) => num::from_i64(py, place.get().into()),
        _ if access.is_integer() || access.is_wide_integer() => convert::value(py, cd),
        _ if access.is_float() => num::as_int(py, &*float(py, cd)?),
        _ => Err(raise!(py, Type, "int() not supported on cdata '{}'", cd.ct().name())),
    }
}

/// `__float__`. Converts real floating-point numbers; `long double` and `_Float128` lose precision.
pub(crate) fn float(py: Py<'_>, cd: &CData) -> R {
    match Loc::of(cd).map(Loc::typed) {
        Some(Typed::F32(place)) => num::from_f64(py, place.get().into()),
        Some(Typed::F64(place)) => num::from_f64(py, place.get()),
        Some(Typed::LongDouble(place)) => num::from_f64(py, place.long_double().to_double()),
        Some(Typed::F16(_) | Typed::Bf16(_)) => convert::value(py, cd),
        Some(Typed::F128(place)) => num::from_f64(py, float::quad_to_f64(place.get())),
        _ => Err(raise!(py, Type, "float() not supported on cdata '{}'", cd.ct().name())),
    }
}

/// `__complex__` of complex types.
pub(crate) fn complex(py: Py<'_>, cd: &CData) -> R {
    if cd.ct().access.is_complex() {
        return convert::value(py, cd);
    }
    Err(raise!(py, Type, "complex() not supported on cdata '{}'", cd.ct().name()))
}
