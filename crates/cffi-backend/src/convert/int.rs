//! Conversion of Python numbers to C integers.

use crate::value::CData;
use cffi_rt::num::{self, Int};
use cffi_rt::{Exc, Obj, Owned, Py, R, Raised, raise};

/// Converts an int, or the `__int__` of another object, to a value for a signed integer type. Refuses floats. `OverflowError`
/// outside of 64 bits.
#[inline]
pub(crate) fn to_i64(py: Py<'_>, obj: &Obj) -> R<i64> {
    match Int::of(obj) {
        Some(int) => int_to_i64(py, obj, int),
        None => with_converted(py, obj, int_to_i64),
    }
}

/// Converts to a value for an unsigned integer type, as [`to_i64`] does; negative values are refused.
#[inline]
pub(crate) fn to_u64(py: Py<'_>, obj: &Obj) -> R<u64> {
    match Int::of(obj) {
        Some(int) => int_to_u64(py, obj, int),
        None => with_converted(py, obj, int_to_u64),
    }
}

/// Returns the low 64 bits of any number, floats truncated, as casts do.
#[inline]
pub(crate) fn wrapping(py: Py<'_>, obj: &Obj) -> R<u64> {
    if obj.is_int() {
        num::int_wrapping(py, obj)
    } else {
        num::int_wrapping(py, &*converted(py, obj, false)?)
    }
}

/// Returns the int for a value of any integer type: the object itself, or its `__int__`. Refuses floats.
pub(super) fn whole(py: Py<'_>, obj: &Obj) -> R {
    if obj.is_int() { Ok(obj.new_ref()) } else { converted(py, obj, true) }
}

/// Returns the `int` of any number, floats truncated.
pub(super) fn truncated(py: Py<'_>, obj: &Obj) -> R {
    if obj.is_int() { Ok(obj.new_ref()) } else { converted(py, obj, false) }
}

/// Converts the int that `__int__` of another object gives.
#[inline]
fn with_converted<T>(py: Py<'_>, obj: &Obj, f: impl FnOnce(Py<'_>, &Obj, Int<'_>) -> R<T>) -> R<T> {
    let converted = converted(py, obj, true)?;
    match Int::of(&converted) {
        Some(int) => f(py, &converted, int),
        None => Err(failed(py)),
    }
}

#[inline]
fn int_to_i64(py: Py<'_>, obj: &Obj, int: Int<'_>) -> R<i64> {
    match int.value(py) {
        Some(value) => Ok(value),
        None => Err(too_big(py, obj)),
    }
}

#[inline]
fn int_to_u64(py: Py<'_>, obj: &Obj, int: Int<'_>) -> R<u64> {
    match int.value(py) {
        Some(value @ 0..) => Ok(value.cast_unsigned()),
        _ => unusual_u64(py, obj, int),
    }
}

/// Converts an int that is negative, or is 2⁶³ or more.
#[cold]
fn unusual_u64(py: Py<'_>, obj: &Obj, int: Int<'_>) -> R<u64> {
    match int.with_side(py) {
        (_, 1) => num::as_u64(py, obj),
        _ => Err(raise!(py, Overflow, "can't convert negative number to unsigned")),
    }
}

/// Makes the interpreter's own error for an int that has no 64-bit form.
#[cold]
pub(super) fn too_big(py: Py<'_>, obj: &Obj) -> Raised {
    match num::as_i64(py, obj) {
        Err(raised) => raised,
        Ok(_) => raise!(py, Overflow, "int too big to convert"),
    }
}

/// Returns the int that `__int__` of another object gives; floats are refused where `strict`.
#[cold]
fn converted(py: Py<'_>, obj: &Obj, strict: bool) -> R<Owned> {
    if strict && is_float(obj) {
        return Err(py.err_fixed(Exc::Type, REQUIRED));
    }
    match num::nb_int(py, obj) {
        None => Err(py.err_fixed(Exc::Type, REQUIRED)),
        Some(result) => {
            let value = result?;
            if value.is_int() { Ok(value) } else { Err(failed(py)) }
        }
    }
}

/// States that an object is not a number, as the text of the error.
pub(crate) const REQUIRED: &str = "an integer is required";

/// Returns whether [`to_i64`] and [`to_u64`] try to convert an object that is not an `int`.
pub(crate) fn is_number(obj: &Obj) -> bool {
    num::has_nb_int(obj) && !is_float(obj)
}

#[cold]
fn failed(py: Py<'_>) -> Raised {
    raise!(py, Type, "integer conversion failed")
}

/// Returns whether it is a Python float or a cdata of a real floating-point type.
fn is_float(obj: &Obj) -> bool {
    obj.is_float() || obj.downcast::<CData>().is_some_and(|cd| cd.ct().access.is_float())
}
