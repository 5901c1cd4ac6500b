//! Making and reading `int`, `float` and `complex` objects.

use pyo3_ffi as ffi;

use super::err::{Exc, R, Raised, raise};
use super::obj::{Obj, Owned};
use super::small_int::{self, middle_int, shared_int, small_int};
use super::token::Py;

/// Makes an `int` from an `i64`.
#[inline(always)]
pub fn from_i64(py: Py<'_>, v: i64) -> R {
    match shared_int(py, v) {
        Some(int) => Ok(int),
        None => new_int(py, v),
    }
}

/// Makes an `int` from a `u64`.
#[inline(always)]
pub fn from_u64(py: Py<'_>, v: u64) -> R {
    match i64::try_from(v) {
        Ok(v) => from_i64(py, v),
        // SAFETY: the token proves that the thread is attached.
        Err(_) => unsafe { Owned::from_new(py, ffi::PyLong_FromUnsignedLongLong(v)) },
    }
}

/// Makes an `int` object for a value that the interpreter does not share. Since 3.13 programs can be told of each new
/// object, by the interpreter's own function.
#[inline(never)]
fn new_int(py: Py<'_>, v: i64) -> R {
    if cfg!(not(Py_3_13))
        && let Some(int) = small_int::make_int(py, v)
    {
        return Ok(int);
    }
    // SAFETY: the token proves that the thread is attached.
    unsafe { Owned::from_new(py, ffi::PyLong_FromLongLong(v)) }
}

/// Makes many numbers. Nothing of Python runs from its making to its last use.
#[derive(Clone, Copy)]
pub struct Numbers {
    in_place: bool,
}

impl Numbers {
    /// Finds out whether objects may be made without the interpreter's functions.
    pub fn new(_py: Py<'_>) -> Numbers {
        #[cfg(not(Py_3_13))]
        let traced = false;
        #[cfg(Py_3_13)]
        let traced = {
            unsafe extern "C" {
                fn PyRefTracer_GetTracer(data: *mut *mut std::ffi::c_void) -> *mut std::ffi::c_void;
            }
            // SAFETY: the token proves that the thread is attached; the place for the data may be null.
            !unsafe { PyRefTracer_GetTracer(std::ptr::null_mut()) }.is_null()
        };
        Numbers { in_place: small_int::MAKES && !traced }
    }

    /// Makes an `int`.
    #[inline(always)]
    pub fn int(self, py: Py<'_>, v: i64) -> R {
        if let Some(int) = shared_int(py, v) {
            return Ok(int);
        }
        if self.in_place
            && let Some(int) = small_int::make_int(py, v)
        {
            return Ok(int);
        }
        // SAFETY: the token proves that the thread is attached.
        unsafe { Owned::from_new(py, ffi::PyLong_FromLongLong(v)) }
    }

    /// Makes an `int` from a `u64`.
    #[inline(always)]
    pub fn unsigned(self, py: Py<'_>, v: u64) -> R {
        match i64::try_from(v) {
            Ok(v) => self.int(py, v),
            // SAFETY: the token proves that the thread is attached.
            Err(_) => unsafe { Owned::from_new(py, ffi::PyLong_FromUnsignedLongLong(v)) },
        }
    }

    /// Makes a `float`.
    #[inline(always)]
    pub fn float(self, py: Py<'_>, v: f64) -> R {
        if self.in_place
            && let Some(float) = small_int::make_float(py, v)
        {
            return Ok(float);
        }
        from_f64(py, v)
    }
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
    if !has_slot(obj, |table| table.nb_float.is_some() || table.nb_index.is_some()) {
        // The interpreter shows so many bytes of the name.
        let name = obj.type_name();
        if SAME_TEXTS && name.len() <= 50 {
            return Err(raise!(py, Type, "must be real number, not {name}"));
        }
    }
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let v = unsafe { ffi::PyFloat_AsDouble(obj.as_ptr()) };
    if v == -1.0 {
        py.check()?;
    }
    Ok(v)
}

/// Returns the value of an object that is exactly an `int`, if it fits into 64 bits.
#[inline(always)]
pub fn exact_int(py: Py<'_>, obj: &Obj) -> Option<i64> {
    if obj.tp() != &raw mut ffi::PyLong_Type {
        return None;
    }
    // SAFETY: the object was checked to be exactly an int.
    unsafe { int_value(py, obj) }
}

/// Returns the value of an object that is exactly an `int` of more than one digit, if it fits into 64 bits.
#[cold]
#[inline(never)]
pub fn exact_long_int(py: Py<'_>, obj: &Obj) -> Option<i64> {
    exact_int(py, obj)
}

/// Returns the value of an object that is exactly an `int` of one digit, without a call.
#[inline(always)]
pub fn exact_short_int(_py: Py<'_>, obj: &Obj) -> Option<i64> {
    if obj.tp() != &raw mut ffi::PyLong_Type {
        return None;
    }
    // SAFETY: the object was checked to be exactly an int.
    unsafe { small_int(obj) }
}

/// Returns the value of an object that is exactly a `float`.
#[inline(always)]
pub fn exact_f64(_py: Py<'_>, obj: &Obj) -> Option<f64> {
    // SAFETY: alive; a float if the check says so.
    unsafe { (ffi::PyFloat_CheckExact(obj.as_ptr()) != 0).then(|| ffi::PyFloat_AS_DOUBLE(obj.as_ptr())) }
}

/// An object that is known to be an `int`.
#[derive(Clone, Copy)]
pub struct Int<'a>(&'a Obj);

impl<'a> Int<'a> {
    /// Returns the object as an `int` if it is one.
    #[inline(always)]
    pub fn of(obj: &'a Obj) -> Option<Int<'a>> {
        obj.is_int().then_some(Int(obj))
    }

    /// Returns the value, if it fits into 64 bits.
    #[inline(always)]
    pub fn value(self, py: Py<'_>) -> Option<i64> {
        // SAFETY: `of` has checked that the object is an int.
        unsafe { int_value(py, self.0) }
    }

    /// Returns the value in 64 bits, and the side on which it does not fit (-1, 0, 1).
    #[inline(always)]
    pub fn with_side(self, py: Py<'_>) -> (i64, i32) {
        // SAFETY: `of` has checked that the object is an int.
        unsafe { int_as_i64(py, self.0) }
    }
}

/// Returns the value of an `int` object in 64 bits, and the side on which it does not fit (-1, 0, 1).
///
/// # Safety
/// `obj` is an `int`.
#[inline(always)]
unsafe fn int_as_i64(_py: Py<'_>, obj: &Obj) -> (i64, i32) {
    // SAFETY: the caller passes an `int`, as this function demands.
    if let Some(v) = unsafe { small_int(obj) } {
        return (v, 0);
    }
    let mut overflow = 0;
    // SAFETY: an int cannot fail here.
    let v = unsafe { ffi::PyLong_AsLongLongAndOverflow(obj.as_ptr(), &mut overflow) };
    (v, overflow)
}

/// Returns the value of an `int` object, if it fits into 64 bits.
///
/// # Safety
/// `obj` is an `int`.
#[inline(always)]
unsafe fn int_value(_py: Py<'_>, obj: &Obj) -> Option<i64> {
    // SAFETY: the caller passes an `int`, as this function demands.
    unsafe {
        match small_int(obj) {
            Some(v) => Some(v),
            None => long_value(obj),
        }
    }
}

/// Returns the value of an `int` object of any length, as [`int_value`] does.
///
/// # Safety
/// `obj` is an `int`, and the thread is attached.
#[inline(never)]
unsafe fn long_value(obj: &Obj) -> Option<i64> {
    // SAFETY: the caller passes an `int`, as this function demands.
    if let Some(v) = unsafe { middle_int(obj) } {
        return Some(v);
    }
    let mut overflow = 0;
    // SAFETY: an int cannot fail here.
    let v = unsafe { ffi::PyLong_AsLongLongAndOverflow(obj.as_ptr(), &mut overflow) };
    (overflow == 0).then_some(v)
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
    if SAME_TEXTS && !obj.is_int() && !has_slot(obj, |table| table.nb_index.is_some()) {
        let name = obj.type_name();
        return Err(raise!(py, Type, "'{name}' object cannot be interpreted as an integer"));
    }
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let v = unsafe { ffi::PyNumber_AsSsize_t(obj.as_ptr(), overflow.class()) };
    if v == -1 {
        py.check()?;
    }
    Ok(v)
}

/// Computes `operator.index(obj)`.
///
/// # Errors
/// `TypeError` for an object without `__index__`, and whatever that raises.
pub fn as_index(py: Py<'_>, obj: &Obj) -> R {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    unsafe { Owned::from_new(py, ffi::PyNumber_Index(obj.as_ptr())) }
}

/// Computes `int(obj)`.
///
/// # Errors
/// `TypeError` for an object that is no number, and whatever its conversion raises.
pub fn as_int(py: Py<'_>, obj: &Obj) -> R {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    unsafe { Owned::from_new(py, ffi::PyNumber_Long(obj.as_ptr())) }
}

/// Computes `a << b`.
///
/// # Errors
/// Whatever the objects raise.
pub fn shift_left(py: Py<'_>, a: &Obj, b: &Obj) -> R {
    // SAFETY: the token proves that the thread is attached, and both objects are borrowed, so they are alive.
    unsafe { Owned::from_new(py, ffi::PyNumber_Lshift(a.as_ptr(), b.as_ptr())) }
}

/// Computes `a >> b`.
///
/// # Errors
/// Whatever the objects raise.
pub fn shift_right(py: Py<'_>, a: &Obj, b: &Obj) -> R {
    // SAFETY: the token proves that the thread is attached, and both objects are borrowed, so they are alive.
    unsafe { Owned::from_new(py, ffi::PyNumber_Rshift(a.as_ptr(), b.as_ptr())) }
}

/// Computes `a | b`.
///
/// # Errors
/// Whatever the objects raise.
pub fn or(py: Py<'_>, a: &Obj, b: &Obj) -> R {
    // SAFETY: the token proves that the thread is attached, and both objects are borrowed, so they are alive.
    unsafe { Owned::from_new(py, ffi::PyNumber_Or(a.as_ptr(), b.as_ptr())) }
}

/// Converts an `int` to C's `unsigned long long`.
///
/// # Errors
/// `OverflowError` for a value that does not fit, and `TypeError` for another object.
pub fn as_u64(py: Py<'_>, obj: &Obj) -> R<u64> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let value = unsafe { ffi::PyLong_AsUnsignedLongLong(obj.as_ptr()) };
    if value == u64::MAX {
        py.check()?;
    }
    Ok(value)
}

/// Converts an `int` to C's `long long`.
///
/// # Errors
/// `OverflowError` for a value that does not fit, and `TypeError` for another object.
pub fn as_i64(py: Py<'_>, obj: &Obj) -> R<i64> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let value = unsafe { ffi::PyLong_AsLongLong(obj.as_ptr()) };
    if value == -1 {
        py.check()?;
    }
    Ok(value)
}

/// Converts an object to C's `long`, as `PyLong_AsLong` does.
///
/// # Errors
/// `OverflowError` for a value that does not fit, and `TypeError` for an object that is no integer.
pub fn as_long(py: Py<'_>, obj: &Obj) -> R<std::ffi::c_long> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let value = unsafe { ffi::PyLong_AsLong(obj.as_ptr()) };
    if value == -1 {
        py.check()?;
    }
    Ok(value)
}

/// Returns the file descriptor that an object stands for: an `int`, or what its `fileno()` gives.
///
/// # Errors
/// `TypeError`, `ValueError`, and whatever `fileno()` raises.
pub fn file_descriptor(_py: Py<'_>, obj: &Obj) -> R<std::ffi::c_int> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    match unsafe { ffi::PyObject_AsFileDescriptor(obj.as_ptr()) } {
        -1 => Err(Raised::already()),
        descriptor => Ok(descriptor),
    }
}

/// Returns whether an `int` is less than or equal to 0.
pub fn is_non_positive(py: Py<'_>, obj: &Obj) -> bool {
    let Some(int) = Int::of(obj) else { return false };
    let (small, overflow) = int.with_side(py);
    overflow < 0 || (overflow == 0 && small <= 0)
}

/// Returns whether an `int` is 0.
pub fn is_zero(obj: &Obj) -> bool {
    // SAFETY: a live `int`, or an instance of a subclass, which has an equal layout, so no code of Python runs.
    obj.is_int() && unsafe { ffi::PyLong_AsLongAndOverflow(obj.as_ptr(), &mut 0) == 0 }
}

/// Makes an `int` of any size from a text of decimal digits with a sign.
///
/// # Errors
/// `ValueError` for another text, and `MemoryError`.
pub fn from_digits(py: Py<'_>, digits: &std::ffi::CStr) -> R {
    // SAFETY: the token proves that the thread is attached; the text ends in NUL, and nobody asks where the number ends.
    unsafe { Owned::from_new(py, ffi::PyLong_FromString(digits.as_ptr(), std::ptr::null_mut(), 10)) }
}

/// Makes an `int` of 128 bits.
///
/// # Errors
/// `MemoryError`.
pub fn from_i128(py: Py<'_>, v: i128) -> R {
    if let Ok(v) = i64::try_from(v) {
        return from_i64(py, v);
    }
    if let Ok(v) = u64::try_from(v) {
        return from_u64(py, v);
    }
    match std::ffi::CString::new(v.to_string()) {
        Ok(digits) => from_digits(py, &digits),
        Err(_) => Err(py.no_memory()),
    }
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

/// Whether the interpreter's errors about objects that are no numbers have the texts of this file. It takes longer to make
/// them.
const SAME_TEXTS: bool = cfg!(not(Py_3_14));

/// Returns whether the class of an object has a table of numeric slots that `has` accepts.
fn has_slot(obj: &Obj, has: fn(&ffi::PyNumberMethods) -> bool) -> bool {
    // SAFETY: the type is alive with the object, and its table is null or lives as long.
    unsafe { (*obj.tp()).tp_as_number.as_ref() }.is_some_and(has)
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

/// Returns whether [`nb_int`] has a slot to call.
pub fn has_nb_int(obj: &Obj) -> bool {
    has_slot(obj, |table| table.nb_int.is_some())
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

/// Returns whether this interpreter's ints have the layout by which they are read and made here: digits may have been
/// configured to 15 bits.
pub fn int_layout_holds(py: Py<'_>) -> R<bool> {
    const DIGIT: i64 = 1 << 30;
    for v in [0, 1, 5, 300, 12345, DIGIT - 1, DIGIT, 1 << 40, DIGIT * DIGIT - 1, DIGIT * DIGIT, i64::MAX] {
        for v in [v, -v] {
            // SAFETY: the token proves that the thread is attached.
            let int = unsafe { Owned::from_new(py, ffi::PyLong_FromLongLong(v))? };
            // SAFETY: `PyLong_FromLongLong` gives an int object.
            let read = unsafe { small_int(&int).or_else(|| middle_int(&int)) };
            // SAFETY: an int of the layout that `small_int` assumes, which the interpreter reads; no exception is
            // possible for a value of 64 bits.
            let is_made = |made: Owned| unsafe { ffi::PyLong_AsLongLong(made.as_ptr()) == v };
            if read.is_some_and(|read| read != v) || !small_int::make_int(py, v).is_none_or(is_made) {
                return Ok(false);
            }
        }
    }
    small_int::find_shared(py);
    Ok(true)
}
