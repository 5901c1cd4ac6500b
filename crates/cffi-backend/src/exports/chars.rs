//! Characters.
//!
//! There is one function for the character of the size of `wchar_t`, and one for the character of the other size.

use std::ffi::{c_char, c_int};

use libc::wchar_t;
use pyo3_ffi as ffi;

use super::guarded::exported;
use crate::convert::chars;
use cffi_rt::{Obj, Owned, Py, R, text};

const WCHAR_IS_16_BITS: bool = size_of::<wchar_t>() == 2;

exported! {
    /// `int (PyObject *)`: 0 to 255
    fn to_char(obj: *mut ffi::PyObject) -> c_int, on error -1;
    |py, obj: &Obj = (obj)| chars::to_char8(py, obj).map(c_int::from)
}

exported! {
    /// `PyObject *(char)`
    fn from_char(c: c_char) -> *mut ffi::PyObject, on error std::ptr::null_mut();
    |py| text::new_bytes(py, &[c as u8]).map(Owned::into_ptr)
}

/// Returns the bits of a code unit of 16 bits, or of 32.
#[inline]
fn to_bits(py: Py<'_>, obj: &Obj, sixteen: bool) -> R<u32> {
    if sixteen { chars::to_char16(py, obj).map(u32::from) } else { chars::to_char32(py, obj) }
}

#[inline]
fn from_bits(py: Py<'_>, bits: u32, sixteen: bool) -> R {
    if sixteen {
        #[allow(clippy::cast_possible_truncation, reason = "C passes 16 bits in a wider type")]
        let unit = bits as u16;
        chars::str_from_unit16(py, unit)
    } else {
        chars::str_from_unit32(py, bits)
    }
}

exported! {
    /// `wchar_t (PyObject *)`
    fn to_wchar_t(obj: *mut ffi::PyObject) -> wchar_t, on error !0;
    |py, obj: &Obj = (obj)| Ok(to_bits(py, obj, WCHAR_IS_16_BITS)? as wchar_t)
}

exported! {
    /// `PyObject *(wchar_t)`
    fn from_wchar_t(c: wchar_t) -> *mut ffi::PyObject, on error std::ptr::null_mut();
    |py| from_bits(py, c as u32, WCHAR_IS_16_BITS).map(Owned::into_ptr)
}

exported! {
    /// `int (PyObject *)`
    fn to_wchar_3216(obj: *mut ffi::PyObject) -> c_int, on error -1;
    |py, obj: &Obj = (obj)| Ok(to_bits(py, obj, !WCHAR_IS_16_BITS)?.cast_signed())
}

exported! {
    /// `PyObject *(int)`
    fn from_wchar_3216(c: c_int) -> *mut ffi::PyObject, on error std::ptr::null_mut();
    |py| from_bits(py, c.cast_unsigned(), !WCHAR_IS_16_BITS).map(Owned::into_ptr)
}
