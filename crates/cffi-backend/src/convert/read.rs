//! Conversion of C memory to Python objects.

use cffi_call::LongDouble;
use cffi_types::float;

use super::{bit_int, chars, wide};
use crate::ctype::{CType, flag};
use crate::memory::{Foreign, Loc, Typed};
use crate::value::{CData, alloc, kept};
use cffi_rt::{Owned, Py, R, Raised, num, raise, text};

/// Returns the Python value of a C value. That of a struct, a union or an array is a cdata at its address.
#[inline]
pub(crate) fn read(py: Py<'_>, value: Foreign<'_>) -> R {
    read_as(py, value.loc(), |_| value.view(py))
}

/// Returns the Python value of a cdata of a primitive type.
///
/// # Errors
/// `SystemError` for another type.
pub(crate) fn value(py: Py<'_>, cd: &CData) -> R {
    match Loc::of(cd) {
        Some(loc) => read_as(py, loc, |_| Err(no_primitive(py, cd))),
        None => Err(no_primitive(py, cd)),
    }
}

#[cold]
fn no_primitive(py: Py<'_>, cd: &CData) -> Raised {
    raise!(py, System, "cdata '{}' is no primitive", cd.ct().name())
}

/// Returns the Python value as [`read`] does. A struct, a union or a vector is copied: its memory is behind the cdata.
#[inline]
pub(crate) fn read_copied(py: Py<'_>, loc: Loc<'_>) -> R {
    read_as(py, loc, |loc| copied(py, loc))
}

/// Returns a cdata with a copy of a struct, a union or a vector behind it.
#[inline]
pub(crate) fn copied(py: Py<'_>, loc: Loc<'_>) -> R<Owned<CData>> {
    let copy = kept::own(py, loc.ct())?;
    Loc::shown(py, &copy)?.assign(loc);
    Ok(copy)
}

/// Returns the Python value as [`read`] does; `view` makes the cdata of a struct, a union or an array of fixed length.
#[inline(always)]
pub(crate) fn read_as(py: Py<'_>, loc: Loc<'_>, view: impl FnOnce(Loc<'_>) -> R<Owned<CData>>) -> R {
    let ct = loc.ct();
    match loc.typed() {
        Typed::I8(place) => num::from_i64(py, place.get().into()),
        Typed::I16(place) => num::from_i64(py, place.get().into()),
        Typed::I32(place) => num::from_i64(py, place.get().into()),
        Typed::I64(place) => num::from_i64(py, place.get()),
        Typed::U8(place) => num::from_i64(py, place.get().into()),
        Typed::U16(place) => num::from_i64(py, place.get().into()),
        Typed::U32(place) => num::from_i64(py, place.get().into()),
        Typed::U64(place) => num::from_u64(py, place.get()),
        Typed::Bool(place) => match place.get() {
            0 => Ok(py.bool(false)),
            1 => Ok(py.bool(true)),
            other => Err(bad_bool(py, other)),
        },
        Typed::Char8(place) => text::new_bytes(py, &[place.get()]),
        Typed::Char16(place) => chars::str_from_unit16(py, place.get()),
        Typed::Char32(place) => chars::str_from_unit32(py, place.get()),
        Typed::F32(place) => num::from_f64(py, place.get().into()),
        Typed::F64(place) => num::from_f64(py, place.get()),
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
        | Typed::BitInt => rare(py, loc),
        Typed::Pointer(place) => Ok(alloc::pointer(py, ct, place.get())?.into_obj()),
        Typed::Array => Ok(view(loc)?.into_obj()),
        // The length of the array is not known here, so it becomes the pointer that it decays to.
        Typed::OpenArray => Ok(alloc::pointer(py, ct.decayed().unwrap_or(ct), loc.at())?.into_obj()),
        Typed::Aggregate => {
            check_aggregate(py, ct)?;
            Ok(view(loc)?.into_obj())
        }
        Typed::Void => Err(is_opaque(py, ct)),
    }
}

/// Reads the rarer types of numbers. A separate function, so that the others need no room on the stack.
#[inline(never)]
fn rare(py: Py<'_>, loc: Loc<'_>) -> R {
    let ct = loc.ct();
    match loc.typed() {
        Typed::LongDouble(place) => read_long_double(py, ct, place.long_double()),
        Typed::I128(place) => wide::from_i128(py, place.get()),
        Typed::U128(place) => wide::from_u128(py, place.get()),
        Typed::F16(place) => num::from_f64(py, float::half_to_f64(place.get())),
        Typed::Bf16(place) => num::from_f64(py, float::bfloat_to_f64(place.get())),
        Typed::F128(place) => alloc::primitive_from(py, ct, &place.get().to_ne_bytes()).map(Owned::into_obj),
        Typed::ComplexLongDouble(place) => {
            let [re, im] = place.long_doubles();
            num::from_complex(py, re.to_double(), im.to_double())
        }
        Typed::ComplexF32(place) => {
            let [re, im] = place.get();
            num::from_complex(py, re.into(), im.into())
        }
        Typed::ComplexF64(place) => {
            let [re, im] = place.get();
            num::from_complex(py, re, im)
        }
        Typed::ComplexF16(place) => {
            let [re, im] = place.get().map(float::half_to_f64);
            num::from_complex(py, re, im)
        }
        Typed::ComplexF128(place) => {
            let [re, im] = place.get().map(float::quad_to_f64);
            num::from_complex(py, re, im)
        }
        Typed::BitInt => bit_int::read(py, loc),
        _ => Err(is_opaque(py, ct)),
    }
}

/// Makes a cdata of a `long double`, which keeps its precision only as a cdata.
fn read_long_double(py: Py<'_>, ct: &CType, value: LongDouble) -> R {
    alloc::primitive_from(py, ct, &value.to_bytes()).map(Owned::into_obj)
}

/// Refuses a struct or union without fields, and ensures that the fields of others are known.
#[inline(always)]
fn check_aggregate(py: Py<'_>, ct: &CType) -> R<()> {
    if ct.aggregate().is_some_and(|a| a.fields().is_some()) { Ok(()) } else { complete(py, ct) }
}

#[cold]
#[inline(never)]
fn complete(py: Py<'_>, ct: &CType) -> R<()> {
    if ct.has(flag::OPAQUE) {
        return Err(is_opaque(py, ct));
    }
    // A struct that may still get its fields has an address already.
    ct.force(py)
}

/// Makes the `TypeError` for a type without values, or whose items have no address because its size is not known.
#[cold]
pub(crate) fn is_opaque(py: Py<'_>, ct: &CType) -> Raised {
    raise!(py, Type, "cdata '{}' is opaque", ct.name())
}

/// Makes the error for a `_Bool` whose byte is neither 0 nor 1.
#[cold]
pub(crate) fn bad_bool(py: Py<'_>, value: u8) -> Raised {
    raise!(py, Value, "got a _Bool of value {value}, expected 0 or 1")
}
