//! The table of C functions that compiled modules copy.

use std::ffi::c_void;

use cffi_abi::module::{CAPSULE_EXPORTS, slot};
use cffi_call::{errno, longdouble};
use pyo3_ffi as ffi;

use crate::callback::extern_python;
use crate::exports::{chars, integers, pointers, values};
use cffi_rt::{Owned, Py, R};

/// The table of C functions.
struct Exports([*mut c_void; slot::COUNT]);

// SAFETY: written at compile time, only read afterwards.
unsafe impl Sync for Exports {}

static EXPORTS: Exports = Exports({
    let mut table = [std::ptr::null_mut(); slot::COUNT];
    table[slot::TO_INT8] = integers::to_int8 as *mut c_void;
    table[slot::TO_UINT8] = integers::to_uint8 as *mut c_void;
    table[slot::TO_INT16] = integers::to_int16 as *mut c_void;
    table[slot::TO_UINT16] = integers::to_uint16 as *mut c_void;
    table[slot::TO_INT32] = integers::to_int32 as *mut c_void;
    table[slot::TO_UINT32] = integers::to_uint32 as *mut c_void;
    table[slot::TO_INT64] = integers::to_int64 as *mut c_void;
    table[slot::TO_UINT64] = integers::to_uint64 as *mut c_void;
    table[slot::TO_CHAR] = chars::to_char as *mut c_void;
    table[slot::FROM_POINTER] = pointers::from_pointer as *mut c_void;
    table[slot::TO_POINTER] = pointers::to_pointer as *mut c_void;
    table[slot::GET_STRUCT_LAYOUT] = values::get_struct_layout as *mut c_void;
    table[slot::RESTORE_ERRNO] = restore_errno as *mut c_void;
    table[slot::SAVE_ERRNO] = save_errno as *mut c_void;
    table[slot::FROM_CHAR] = chars::from_char as *mut c_void;
    table[slot::FROM_DEREF] = values::from_deref as *mut c_void;
    table[slot::TO_C] = values::to_c as *mut c_void;
    table[slot::FROM_STRUCT] = values::from_struct as *mut c_void;
    table[slot::TO_WCHAR_T] = chars::to_wchar_t as *mut c_void;
    table[slot::FROM_WCHAR_T] = chars::from_wchar_t as *mut c_void;
    table[slot::TO_LONG_DOUBLE] = longdouble::returning();
    table[slot::TO_BOOL] = integers::to_bool as *mut c_void;
    table[slot::PREPARE_POINTER_ARGUMENT] = pointers::prepare_pointer_argument as *mut c_void;
    table[slot::CONVERT_ARRAY_FROM_OBJECT] = pointers::convert_array_from_object as *mut c_void;
    table[slot::CALL_PYTHON] = extern_python::call_python as *mut c_void;
    table[slot::TO_WCHAR_3216] = chars::to_wchar_3216 as *mut c_void;
    table[slot::FROM_WCHAR_3216] = chars::from_wchar_3216 as *mut c_void;
    table
});

/// Copies the first `count` places of the table.
///
/// # Safety
/// `to` is writable for as many pointers.
pub(super) unsafe fn copy_to(to: *mut *mut c_void, count: usize) {
    longdouble::set_convert(values::convert_long_double);
    // SAFETY: the caller promises room for `count` pointers.
    unsafe { to.copy_from_nonoverlapping(EXPORTS.0.as_ptr(), count.min(slot::COUNT)) };
}

/// Makes the capsule `_C_API` with the table, which modules made by `verify()` look for.
pub(crate) fn capsule(py: Py<'_>) -> R {
    longdouble::set_convert(values::convert_long_double);
    let table = EXPORTS.0.as_ptr().cast_mut().cast::<c_void>();
    // SAFETY: attached; table and name are static.
    unsafe { Owned::from_new(py, ffi::PyCapsule_New(table, CAPSULE_EXPORTS.as_ptr(), None)) }
}

/// `void (void)`, without the GIL: called directly before foreign code runs.
extern "C" fn restore_errno() {
    errno::restore();
}

/// `void (void)`, without the GIL: called directly after foreign code has run.
extern "C" fn save_errno() {
    errno::save();
}
