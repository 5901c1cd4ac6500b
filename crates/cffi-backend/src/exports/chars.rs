//! Characters.
//!
//! There is one function for the character of the size of `wchar_t`, and one for the character of the other size.

use std::ffi::{c_char, c_int};

use libc::wchar_t;
use pyo3_ffi as ffi;

use super::guarded::{guard, guard_object, object};
use crate::convert::chars;
use cffi_rt::{Obj, Py, R, text};

const WCHAR_IS_16_BITS: bool = size_of::<wchar_t>() == 2;

/// `int (PyObject *)`: 0 to 255
///
/// # Safety
/// Called by generated code: attached, with a live object.
pub(super) unsafe extern "C" fn to_char(obj: *mut ffi::PyObject) -> c_int {
    // SAFETY: generated code passes live objects on an attached thread, and addresses of the types that it names.
    unsafe { guard(-1, |py| chars::to_char8(py, object(obj)).map(c_int::from)) }
}

/// `PyObject *(char)`
///
/// # Safety
/// Called by generated code, attached.
pub(super) unsafe extern "C" fn from_char(c: c_char) -> *mut ffi::PyObject {
    // SAFETY: generated code passes live objects on an attached thread, and addresses of the types that it names.
    unsafe { guard_object(|py| text::new_bytes(py, &[c as u8])) }
}

/// Returns the bits of a code unit of 16 bits, or of 32.
#[inline]
fn to_bits(py: Py<'_>, obj: &Obj, sixteen: bool) -> R<u32> {
    if sixteen { chars::to_char16(py, obj).map(u32::from) } else { chars::to_char32(py, obj) }
}

#[inline]
fn from_bits(py: Py<'_>, bits: u32, sixteen: bool) -> R {
    // SAFETY: both buffers have one unit.
    unsafe {
        if sixteen {
            #[allow(clippy::cast_possible_truncation, reason = "C passes 16 bits in a wider type")]
            let unit = bits as u16;
            chars::str_from_utf16(py, (&raw const unit).cast(), 1)
        } else {
            chars::str_from_utf32(py, (&raw const bits).cast(), 1)
        }
    }
}

/// `wchar_t (PyObject *)`
///
/// # Safety
/// Called by generated code: attached, with a live object.
pub(super) unsafe extern "C" fn to_wchar_t(obj: *mut ffi::PyObject) -> wchar_t {
    // SAFETY: generated code passes live objects on an attached thread, and addresses of the types that it names.
    unsafe { guard(!0, |py| Ok(to_bits(py, object(obj), WCHAR_IS_16_BITS)? as wchar_t)) }
}

/// `PyObject *(wchar_t)`
///
/// # Safety
/// Called by generated code, attached.
pub(super) unsafe extern "C" fn from_wchar_t(c: wchar_t) -> *mut ffi::PyObject {
    // SAFETY: generated code passes live objects on an attached thread, and addresses of the types that it names.
    unsafe { guard_object(|py| from_bits(py, c as u32, WCHAR_IS_16_BITS)) }
}

/// `int (PyObject *)`
///
/// # Safety
/// Called by generated code: attached, with a live object.
pub(super) unsafe extern "C" fn to_wchar_3216(obj: *mut ffi::PyObject) -> c_int {
    // SAFETY: generated code passes live objects on an attached thread, and addresses of the types that it names.
    unsafe { guard(-1, |py| Ok(to_bits(py, object(obj), !WCHAR_IS_16_BITS)?.cast_signed())) }
}

/// `PyObject *(int)`
///
/// # Safety
/// Called by generated code, attached.
pub(super) unsafe extern "C" fn from_wchar_3216(c: c_int) -> *mut ffi::PyObject {
    // SAFETY: generated code passes live objects on an attached thread, and addresses of the types that it names.
    unsafe { guard_object(|py| from_bits(py, c.cast_unsigned(), !WCHAR_IS_16_BITS)) }
}
