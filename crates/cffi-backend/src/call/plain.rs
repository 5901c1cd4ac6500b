//! Arguments that convert by a mere look at them: no code runs, nothing is allocated, nothing can fail.

use pyo3_ffi as ffi;

use crate::call::argument::{char_cell, exact_int};
use crate::ctype::function::{ArgConvert, Step};
use crate::ctype::{Access, CType, flag};
use crate::value::CData;
use cffi_rt::{Obj, Py, num};

/// Integers up to here are exact as a `double`.
const EXACT: u64 = 1 << 53;

/// Writes the argument `value` of type `ct` at `place` of an image; returns false if it does not convert by a mere
/// look.
///
/// # Safety
/// As for [`crate::call::argument::write`].
#[inline(always)]
pub(crate) unsafe fn write(py: Py<'_>, step: Step, ct: &CType, place: *mut u8, value: &Obj) -> bool {
    // SAFETY: the caller promises room for the argument at `place`, and its type is `ct`.
    unsafe {
        match step.convert {
            ArgConvert::Int(access) => match exact_int(py, access, value) {
                Some(cell) => place.cast::<u64>().write(cell),
                None if access == Access::Bool => match truth(py, value) {
                    Some(truth) => place.cast::<u64>().write(truth.into()),
                    None => return false,
                },
                None => return false,
            },
            ArgConvert::F64 => match double(py, value) {
                Some(v) => place.cast::<f64>().write(v),
                None => return false,
            },
            #[allow(clippy::cast_possible_truncation, reason = "a C float is what the parameter is")]
            ArgConvert::F32 => match double(py, value) {
                Some(v) => place.cast::<f32>().write(v as f32),
                None => return false,
            },
            ArgConvert::Pointer { .. } | ArgConvert::Function => match address(step.convert, ct, value) {
                Some(address) => place.cast::<*mut u8>().write(address),
                None => return false,
            },
            ArgConvert::Memory => match (value.downcast::<CData>(), ct.known_size()) {
                (Some(cd), Some(size)) if cd.ct().same(ct) && !cd.data().is_null() => {
                    std::ptr::copy_nonoverlapping(cd.data(), place, size);
                }
                _ => return false,
            },
            ArgConvert::Char(1) => match value.as_bytes() {
                Some([byte]) => place.cast::<u64>().write(char_cell(*byte)),
                _ => return false,
            },
            ArgConvert::Char(_) | ArgConvert::BitInt => return false,
        }
    }
    true
}

/// Converts a `_Bool`: a truth value, or an `int` that is 0 or 1.
#[inline(always)]
pub(crate) fn truth(py: Py<'_>, value: &Obj) -> Option<bool> {
    value.as_bool().or_else(|| exact_int(py, Access::Bool, value).map(|v| v == 1))
}

/// Converts a `float` or `double`.
#[inline(always)]
pub(crate) fn double(py: Py<'_>, value: &Obj) -> Option<f64> {
    // SAFETY: alive; a float or int if the checks say so.
    unsafe {
        if ffi::PyFloat_CheckExact(value.as_ptr()) != 0 {
            return Some(ffi::PyFloat_AS_DOUBLE(value.as_ptr()));
        }
        if ffi::PyLong_CheckExact(value.as_ptr()) == 0 {
            return None;
        }
        num::int_value(py, value).filter(|v| v.unsigned_abs() <= EXACT).map(|v| v as f64)
    }
}

/// Returns the address for a data or function pointer of type `ct`; `convert` is one of these two.
#[inline(always)]
pub(crate) fn address(convert: ArgConvert, ct: &CType, value: &Obj) -> Option<*mut u8> {
    match convert {
        ArgConvert::Pointer { bytes } => pointer(ct, value, bytes),
        _ => value.downcast::<CData>().filter(|cd| cd.ct().same(ct)).map(CData::data),
    }
}

#[inline(always)]
fn pointer(ct: &CType, value: &Obj, takes_bytes: bool) -> Option<*mut u8> {
    if let Some(cd) = value.downcast::<CData>() {
        let given = cd.ct();
        let same = given.same(ct) || given.decayed().is_some_and(|d| d.same(ct));
        let by_void = (ct.has(flag::VOID_PTR) && given.is_pointer_or_array()) || given.has(flag::VOID_PTR);
        return (same || by_void).then(|| cd.data());
    }
    let item = ct.item()?;
    if takes_bytes && item.access != Access::Bool {
        return value.as_bytes().map(|b| b.as_ptr().cast_mut());
    }
    None
}
