//! Conversion of C memory to Python objects.

use cffi_call::{LongDouble, longdouble};
use cffi_types::float;

use super::{bit_int, chars, wide};
use crate::ctype::{Access, CType, flag};
use crate::value::{CData, alloc, kept};
use cffi_rt::{Owned, Py, R, Raised, num, raise, text};

/// Loads a value from any address.
///
/// # Safety
/// `data` is readable for the size of `T`, of which every bit pattern is a value.
#[inline(always)]
unsafe fn load<T: Copy>(data: *const u8) -> T {
    // SAFETY: the caller promises that a `T` can be read at the address, aligned or not.
    unsafe { data.cast::<T>().read_unaligned() }
}

/// Returns the Python value of the C value at `data`.
///
/// # Safety
/// `data` is readable for the size of the type (for an open array: is an address).
#[inline]
pub(crate) unsafe fn read(py: Py<'_>, ct: &CType, data: *const u8) -> R {
    // SAFETY: the address is readable by this function's contract.
    unsafe { read_as(py, ct, data, |at| alloc::view(py, ct, at)) }
}

/// Returns the Python value of a cdata of a primitive type.
///
/// # Errors
/// `SystemError` for another type.
pub(crate) fn value(py: Py<'_>, cd: &CData) -> R {
    if !cd.ct().access.is_primitive() {
        return Err(raise!(py, System, "cdata '{}' is no primitive", cd.ct().name()));
    }
    // SAFETY: each cdata of a primitive type holds its value, or shows a readable one, at its address.
    unsafe { read(py, cd.ct(), cd.data()) }
}

/// Returns the Python value of a C value in the memory that `from` shows, as [`read`] does. A struct or array keeps the
/// owner of that memory alive.
///
/// # Safety
/// As for [`read`].
#[inline]
pub(crate) unsafe fn read_in(py: Py<'_>, ct: &CType, data: *const u8, from: &CData) -> R {
    // SAFETY: the address is readable by this function's contract.
    unsafe { read_as(py, ct, data, |at| kept::view(py, ct, at, from)) }
}

/// Returns the Python value as [`read`] does. A struct, a union or a vector is copied: its memory is behind the cdata.
///
/// # Safety
/// As for [`read`].
#[inline]
pub(crate) unsafe fn read_copied(py: Py<'_>, ct: &CType, data: *const u8) -> R {
    let copy = |at: *mut u8| {
        // SAFETY: the address is the one below, which is readable for the size of the type.
        unsafe { kept::copy(py, ct, at, ct.known_size().unwrap_or(0)) }
    };
    // SAFETY: the address is readable by this function's contract.
    unsafe { read_as(py, ct, data, copy) }
}

/// Returns the Python value as [`read`] does; `view` makes the cdata of a struct, a union or an array of fixed length
/// at its address.
///
/// # Safety
/// As for [`read`].
#[inline(always)]
unsafe fn read_as(
    py: Py<'_>,
    ct: &CType,
    data: *const u8,
    view: impl FnOnce(*mut u8) -> R<Owned<CData>>,
) -> R {
    // SAFETY: by the caller; each access has the size that the load has.
    unsafe {
        match ct.access {
            Access::I8 => num::from_i64(py, load::<i8>(data).into()),
            Access::I16 => num::from_i64(py, load::<i16>(data).into()),
            Access::I32 => num::from_i64(py, load::<i32>(data).into()),
            Access::I64 => num::from_i64(py, load::<i64>(data)),
            Access::U8 => num::from_i64(py, load::<u8>(data).into()),
            Access::U16 => num::from_i64(py, load::<u16>(data).into()),
            Access::U32 => num::from_i64(py, load::<u32>(data).into()),
            Access::U64 => num::from_u64(py, load::<u64>(data)),
            Access::Bool => match load::<u8>(data) {
                0 => Ok(py.bool(false)),
                1 => Ok(py.bool(true)),
                other => Err(bad_bool(py, other)),
            },
            Access::Char8 => text::new_bytes(py, &[load::<u8>(data)]),
            Access::Char16 => chars::str_from_utf16(py, data, 1),
            Access::Char32 => chars::str_from_utf32(py, data, 1),
            Access::F32 => num::from_f64(py, load::<f32>(data).into()),
            Access::F64 => num::from_f64(py, load::<f64>(data)),
            Access::LongDouble => read_long_double(py, ct, data),
            Access::I128 => wide::from_i128(py, load::<i128>(data)),
            Access::U128 => wide::from_u128(py, load::<u128>(data)),
            Access::F16 => num::from_f64(py, float::half_to_f64(load::<u16>(data))),
            Access::Bf16 => num::from_f64(py, float::bfloat_to_f64(load::<u16>(data))),
            Access::F128 => alloc::primitive_from(py, ct, &load::<[u8; 16]>(data)).map(Owned::into_obj),
            Access::ComplexLongDouble => {
                let part = |at| LongDouble::read(data.add(at)).to_double();
                num::from_complex(py, part(0), part(longdouble::SIZE))
            }
            Access::ComplexF32 => {
                let [re, im] = load::<[f32; 2]>(data);
                num::from_complex(py, re.into(), im.into())
            }
            Access::ComplexF64 => {
                let [re, im] = load::<[f64; 2]>(data);
                num::from_complex(py, re, im)
            }
            Access::ComplexF16 => {
                let [re, im] = load::<[u16; 2]>(data).map(float::half_to_f64);
                num::from_complex(py, re, im)
            }
            Access::ComplexF128 => {
                let [re, im] = load::<[u128; 2]>(data).map(float::quad_to_f64);
                num::from_complex(py, re, im)
            }
            Access::BitInt => bit_int::read(py, ct, data),
            Access::Pointer => Ok(alloc::view(py, ct, load::<*mut u8>(data))?.into_obj()),
            Access::Array => Ok(view(data.cast_mut())?.into_obj()),
            // The length of the array is not known here, so it becomes the pointer that it decays to.
            Access::OpenArray => Ok(alloc::view(py, ct.decayed().unwrap_or(ct), data.cast_mut())?.into_obj()),
            Access::Aggregate => {
                check_aggregate(py, ct)?;
                Ok(view(data.cast_mut())?.into_obj())
            }
            Access::Void => Err(is_opaque(py, ct)),
        }
    }
}

/// Makes a cdata of a `long double`, which keeps its precision only as a cdata.
///
/// # Safety
/// As for [`read`], with a `long double` type.
unsafe fn read_long_double(py: Py<'_>, ct: &CType, data: *const u8) -> R {
    let cd = alloc::primitive(py, ct)?;
    // SAFETY: readable by the caller; the new cdata has room for its type.
    unsafe { LongDouble::read(data).write(cd.data()) };
    Ok(cd.into_obj())
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

#[cold]
fn bad_bool(py: Py<'_>, value: u8) -> Raised {
    raise!(py, Value, "got a _Bool of value {value}, expected 0 or 1")
}
