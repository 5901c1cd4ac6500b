//! Making and reading `int`, `float` and `complex` objects.

use pyo3_ffi as ffi;

use super::err::{Exc, R, Raised, raise};
use super::obj::{Obj, Owned};
use super::small_int::small_int;
use super::token::Py;

/// Makes an `int` from an `i64`.
#[inline]
pub fn from_i64(py: Py<'_>, v: i64) -> R {
    // SAFETY: the token proves that the thread is attached.
    unsafe { Owned::from_new(py, ffi::PyLong_FromLongLong(v)) }
}

/// Makes an `int` from a `u64`.
#[inline]
pub fn from_u64(py: Py<'_>, v: u64) -> R {
    // SAFETY: the token proves that the thread is attached.
    unsafe { Owned::from_new(py, ffi::PyLong_FromUnsignedLongLong(v)) }
}

/// Makes an `int` from an `isize`.
#[inline]
pub fn from_isize(py: Py<'_>, v: isize) -> R {
    // SAFETY: the token proves that the thread is attached.
    unsafe { Owned::from_new(py, ffi::PyLong_FromSsize_t(v)) }
}

/// Makes a `float`.
#[inline]
pub fn from_f64(py: Py<'_>, v: f64) -> R {
    // SAFETY: the token proves that the thread is attached.
    unsafe { Owned::from_new(py, ffi::PyFloat_FromDouble(v)) }
}

/// Computes `float(obj)` as `PyFloat_AsDouble` does (with `__float__` and `__index__`).
#[inline]
pub fn as_f64(py: Py<'_>, obj: &Obj) -> R<f64> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let v = unsafe { ffi::PyFloat_AsDouble(obj.as_ptr()) };
    if v == -1.0 {
        py.check()?;
    }
    Ok(v)
}

/// Returns the value of an object that is exactly a `float`.
#[inline(always)]
pub fn exact_f64(_py: Py<'_>, obj: &Obj) -> Option<f64> {
    // SAFETY: alive; a float if the check says so.
    unsafe { (ffi::PyFloat_CheckExact(obj.as_ptr()) != 0).then(|| ffi::PyFloat_AS_DOUBLE(obj.as_ptr())) }
}

/// Returns the value of an `int` object in 64 bits, and the side on which it does not fit (-1, 0, 1).
///
/// # Safety
/// `obj` is an `int`.
#[inline(always)]
pub unsafe fn int_as_i64(_py: Py<'_>, obj: &Obj) -> (i64, i32) {
    // SAFETY: an int by the caller.
    if let Some(v) = unsafe { small_int(obj) } {
        return (v, 0);
    }
    let mut overflow = 0;
    // SAFETY: an int cannot fail here.
    let v = unsafe { ffi::PyLong_AsLongLongAndOverflow(obj.as_ptr(), &mut overflow) };
    (v, overflow)
}

/// Computes `operator.index(obj)` clipped into a C `Py_ssize_t`; raises `overflow` when it does not fit.
#[inline]
pub fn index(py: Py<'_>, obj: &Obj, overflow: Exc) -> R<isize> {
    if obj.tp() == &raw mut ffi::PyLong_Type {
        // SAFETY: the token proves that the thread is attached, and the object was checked to be an int.
        let v = unsafe {
            if let Some(v) = small_int(obj) {
                return Ok(v as isize);
            }
            ffi::PyLong_AsSsize_t(obj.as_ptr())
        };
        if v != -1 {
            return Ok(v);
        }
        if let Err(raised) = py.check() {
            py.err_clear(raised);
        }
    }
    index_slow(py, obj, overflow)
}

#[cold]
fn index_slow(py: Py<'_>, obj: &Obj, overflow: Exc) -> R<isize> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let v = unsafe { ffi::PyNumber_AsSsize_t(obj.as_ptr(), overflow.class()) };
    if v == -1 {
        py.check()?;
    }
    Ok(v)
}

/// Converts an argument of C type `int` as argument clinic's `i` does.
pub fn arg_int(py: Py<'_>, obj: &Obj) -> R<i32> {
    let v = arg_long(py, obj)?;
    if v > i64::from(i32::MAX) {
        return Err(raise!(py, Overflow, "signed integer is greater than maximum"));
    }
    if v < i64::from(i32::MIN) {
        return Err(raise!(py, Overflow, "signed integer is less than minimum"));
    }
    Ok(v as i32)
}

fn arg_long(py: Py<'_>, obj: &Obj) -> R<i64> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    #[allow(clippy::useless_conversion, reason = "C's long differs between platforms")]
    let v = i64::from(unsafe { ffi::PyLong_AsLong(obj.as_ptr()) });
    if v == -1 {
        py.check()?;
    }
    Ok(v)
}

/// Converts an argument of C type `Py_ssize_t` as argument clinic's `n` does.
#[inline]
pub fn arg_ssize(py: Py<'_>, obj: &Obj) -> R<isize> {
    match exact_small(obj) {
        Some(v) => Ok(v),
        None => arg_ssize_slow(py, obj),
    }
}

/// Returns the value of a small object that is exactly an `int`.
#[inline(always)]
fn exact_small(obj: &Obj) -> Option<isize> {
    if obj.tp() != &raw mut ffi::PyLong_Type {
        return None;
    }
    // SAFETY: the object was checked to be exactly an int.
    unsafe { small_int(obj) }.and_then(|v| isize::try_from(v).ok())
}

fn arg_ssize_slow(py: Py<'_>, obj: &Obj) -> R<isize> {
    // SAFETY: attached, alive; a failing index gives null with an exception.
    unsafe {
        let i = Owned::from_new(py, ffi::PyNumber_Index(obj.as_ptr()))?;
        let v = ffi::PyLong_AsSsize_t(i.as_ptr());
        if v == -1 {
            py.check()?;
        }
        Ok(v)
    }
}

/// Converts an `int` to `Py_ssize_t` as `PyLong_AsSsize_t` does; rejects other objects.
#[inline]
pub fn exact_ssize(py: Py<'_>, obj: &Obj) -> R<isize> {
    if let Some(v) = exact_small(obj) {
        return Ok(v);
    }
    // SAFETY: attached, alive; a non-int raises TypeError.
    let v = unsafe { ffi::PyLong_AsSsize_t(obj.as_ptr()) };
    if v == -1 {
        py.check()?;
    }
    Ok(v)
}

/// Computes `complex(obj)` as `PyComplex_AsCComplex` does.
pub fn as_complex(py: Py<'_>, obj: &Obj) -> R<(f64, f64)> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let c = unsafe { ffi::PyComplex_AsCComplex(obj.as_ptr()) };
    if c.real == -1.0 {
        py.check()?;
    }
    Ok((c.real, c.imag))
}

/// Makes a `complex`.
pub fn from_complex(py: Py<'_>, re: f64, im: f64) -> R {
    // SAFETY: the token proves that the thread is attached.
    unsafe { Owned::from_new(py, ffi::PyComplex_FromDoubles(re, im)) }
}

/// Computes `int(obj)` through the type's `nb_int` only, as the C backend does; `None` if there is no such slot.
pub fn nb_int(py: Py<'_>, obj: &Obj) -> Option<R> {
    // SAFETY: the type is alive with the object; slots are called with an object of that type.
    unsafe {
        let tables = (*obj.tp()).tp_as_number.as_ref()?;
        let f = tables.nb_int?;
        Some(Owned::from_new(py, f(obj.as_ptr())))
    }
}

/// Computes `float(obj)` through the type's `nb_float` only; `None` if there is no such slot.
pub fn nb_float(py: Py<'_>, obj: &Obj) -> Option<R> {
    // SAFETY: the tables of a type are alive with the object, and the slot takes such an object.
    unsafe {
        let tables = (*obj.tp()).tp_as_number.as_ref()?;
        let f = tables.nb_float?;
        Some(Owned::from_new(py, f(obj.as_ptr())))
    }
}

/// Returns the low 64 bits of an `int`, whatever its size.
pub fn int_wrapping(_py: Py<'_>, obj: &Obj) -> R<u64> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let v = unsafe { ffi::PyLong_AsUnsignedLongLongMask(obj.as_ptr()) };
    if v == u64::MAX {
        // SAFETY: the token proves that the thread is attached.
        if !unsafe { ffi::PyErr_Occurred() }.is_null() {
            return Err(Raised::already());
        }
    }
    Ok(v)
}

/// Returns whether [`small_int()`] reads this interpreter's ints correctly: digits may have been configured to 15 bits.
pub fn int_layout_holds(py: Py<'_>) -> R<bool> {
    for v in [0, 1, -1, 5, -300, 12345, (1 << 30) - 1, 1 - (1 << 30), 1 << 30, 1 << 40] {
        let int = from_i64(py, v)?;
        // SAFETY: `from_i64` gives an int object.
        if unsafe { small_int(&int) }.is_some_and(|read| read != v) {
            return Ok(false);
        }
    }
    Ok(true)
}
