//! Conversion of Python numbers to C integers.

use std::ffi::{c_int, c_longlong, c_uint, c_ulonglong};

use pyo3_ffi as ffi;

use super::guarded::exported;
use super::registry;
use crate::convert::{error, int};
use crate::diag::place;
use cffi_rt::{Exc, Obj, Py, R, Raised};

/// Adds a note to the error: the expected type and the object. C code does not tell the function and the argument.
#[cold]
fn wrong(py: Py<'_>, raised: Raised, what: &'static str, obj: &Obj) -> Raised {
    place::not_a_number(py, registry::state_of_last(py).map(|st| &st.notes), raised, what, obj)
}

/// Sets the error for an object that is not a number, with its note, if an earlier failure has left both here.
#[cold]
#[inline(never)]
fn refused(py: Py<'_>, obj: &Obj, what: &'static str) -> Option<Raised> {
    if int::is_number(obj) {
        return None;
    }
    let key = place::number_key(what, obj)?;
    py.raise_known(&registry::state_of_last(py)?.notes, Exc::Type, int::REQUIRED, &key)
}

#[inline(always)]
fn signed<T: TryFrom<i64>>(py: Py<'_>, obj: &Obj, what: &'static str) -> R<T> {
    if !obj.is_int()
        && let Some(raised) = refused(py, obj, what)
    {
        return Err(raised);
    }
    T::try_from(int::to_i64(py, obj).map_err(|raised| wrong(py, raised, what, obj))?)
        .map_err(|_| error::number_does_not_fit(py, what, obj))
}

#[inline(always)]
fn unsigned<T: TryFrom<u64>>(py: Py<'_>, obj: &Obj, what: &'static str) -> R<T> {
    if !obj.is_int()
        && let Some(raised) = refused(py, obj, what)
    {
        return Err(raised);
    }
    T::try_from(int::to_u64(py, obj).map_err(|raised| wrong(py, raised, what, obj))?)
        .map_err(|_| error::number_does_not_fit(py, what, obj))
}

/// Declares `C_TYPE function(PyObject *)`, which converts to `value` and widens that to the C type. On failure it
/// returns -1 in that type.
macro_rules! integer {
    ($(#[$doc:meta])* $name:ident: $convert:ident::<$value:ty>($what:literal) -> $c:ty = $error:expr) => {
        exported! {
            $(#[$doc])*
            fn $name(obj: *mut ffi::PyObject) -> $c, on error $error;
            |py, obj: &Obj = (obj)| Ok(<$c>::from($convert::<$value>(py, obj, $what)?))
        }
    };
}

integer!(/// `int (PyObject *)`
    to_int8: signed::<i8>("8-bit int") -> c_int = -1);
integer!(/// `int (PyObject *)`
    to_uint8: unsigned::<u8>("8-bit unsigned int") -> c_int = -1);
integer!(/// `int (PyObject *)`
    to_int16: signed::<i16>("16-bit int") -> c_int = -1);
integer!(/// `int (PyObject *)`
    to_uint16: unsigned::<u16>("16-bit unsigned int") -> c_int = -1);
integer!(/// `int (PyObject *)`
    to_int32: signed::<i32>("32-bit int") -> c_int = -1);
integer!(/// `unsigned int (PyObject *)`
    to_uint32: unsigned::<u32>("32-bit unsigned int") -> c_uint = c_uint::MAX);
integer!(/// `long long (PyObject *)`
    to_int64: signed::<i64>("64-bit int") -> c_longlong = -1);
integer!(/// `unsigned long long (PyObject *)`
    to_uint64: unsigned::<u64>("64-bit unsigned int") -> c_ulonglong = c_ulonglong::MAX);

exported! {
    /// `_Bool (PyObject *)`
    fn to_bool(obj: *mut ffi::PyObject) -> bool, on error true;
    |py, obj: &Obj = (obj)| match int::to_i64(py, obj).map_err(|raised| wrong(py, raised, "_Bool", obj))? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(error::number_does_not_fit(py, "_Bool", obj)),
    }
}
