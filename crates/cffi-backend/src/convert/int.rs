//! Conversion of Python numbers to C integers.

use pyo3_ffi as ffi;

use crate::value::CData;
use cffi_rt::{Obj, Owned, Py, R, Raised, num, raise};

/// Converts to a value for a signed integer type: an int, or an object with `__int__` that is no float. `OverflowError`
/// outside of 64 bits.
#[inline]
pub(crate) fn to_i64(py: Py<'_>, obj: &Obj) -> R<i64> {
    if obj.is_int() { int_to_i64(py, obj) } else { int_to_i64(py, &*converted(py, obj, true)?) }
}

/// Converts to a value for an unsigned integer type, as [`to_i64`] does; negative values are refused.
#[inline]
pub(crate) fn to_u64(py: Py<'_>, obj: &Obj) -> R<u64> {
    if obj.is_int() { int_to_u64(py, obj) } else { int_to_u64(py, &*converted(py, obj, true)?) }
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

/// Returns the `int` for a value of any integer type: an int, or what `__int__` of an object gives that is no float.
pub(super) fn whole(py: Py<'_>, obj: &Obj) -> R {
    if obj.is_int() { Ok(obj.new_ref()) } else { converted(py, obj, true) }
}

/// Returns the `int` of any number, floats truncated.
pub(super) fn truncated(py: Py<'_>, obj: &Obj) -> R {
    if obj.is_int() { Ok(obj.new_ref()) } else { converted(py, obj, false) }
}

#[inline]
fn int_to_i64(py: Py<'_>, obj: &Obj) -> R<i64> {
    // SAFETY: callers have checked that it is an int.
    match unsafe { num::int_value(py, obj) } {
        Some(value) => Ok(value),
        None => Err(too_big(py, obj)),
    }
}

#[inline]
fn int_to_u64(py: Py<'_>, obj: &Obj) -> R<u64> {
    // SAFETY: callers have checked that it is an int.
    match unsafe { num::int_value(py, obj) } {
        Some(value @ 0..) => Ok(value.cast_unsigned()),
        _ => unusual_u64(py, obj),
    }
}

/// Converts an int that is negative, or is 2⁶³ or more.
#[cold]
fn unusual_u64(py: Py<'_>, obj: &Obj) -> R<u64> {
    // SAFETY: callers have checked that it is an int.
    match unsafe { num::int_as_i64(py, obj) } {
        (_, 1) => large_u64(py, obj),
        _ => Err(raise!(py, Overflow, "can't convert negative number to unsigned")),
    }
}

/// Converts an int of 2⁶³ or more; beyond 64 bits with the interpreter's own error.
#[cold]
pub(super) fn large_u64(py: Py<'_>, obj: &Obj) -> R<u64> {
    // SAFETY: attached, alive; fails with an exception.
    let value = unsafe { ffi::PyLong_AsUnsignedLongLong(obj.as_ptr()) };
    if value == u64::MAX {
        py.check()?;
    }
    Ok(value)
}

/// Makes the interpreter's own error for an int that has no 64-bit form.
#[cold]
pub(super) fn too_big(py: Py<'_>, obj: &Obj) -> Raised {
    // SAFETY: attached, alive; the value is known not to fit, so this raises.
    unsafe { ffi::PyLong_AsLongLong(obj.as_ptr()) };
    match py.check() {
        Err(raised) => raised,
        Ok(()) => raise!(py, Overflow, "int too big to convert"),
    }
}

/// Returns the int that `__int__` of another object gives; floats are refused where `strict`.
#[cold]
fn converted(py: Py<'_>, obj: &Obj, strict: bool) -> R<Owned> {
    if strict && is_float(obj) {
        return Err(raise!(py, Type, "an integer is required"));
    }
    match num::nb_int(py, obj) {
        None => Err(raise!(py, Type, "an integer is required")),
        Some(result) => {
            let value = result?;
            if value.is_int() { Ok(value) } else { Err(raise!(py, Type, "integer conversion failed")) }
        }
    }
}

/// Returns whether it is a Python float or a cdata of a real floating-point type.
fn is_float(obj: &Obj) -> bool {
    obj.is_float() || obj.downcast::<CData>().is_some_and(|cd| cd.ct().access.is_float())
}
