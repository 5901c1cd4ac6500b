//! The table of C functions that compiled modules copy.

use std::ffi::c_void;
use std::sync::atomic::AtomicPtr;

use cffi_abi::module::{CAPSULE_EXPORTS, slot};
use cffi_call::{errno, longdouble};

use crate::callback::extern_python;
use crate::exports::{chars, integers, pointers, values};
use cffi_rt::{Py, R, capsule};

/// The table of C functions. It is written at compile time, and only read afterwards.
static EXPORTS: [AtomicPtr<c_void>; slot::COUNT] = {
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
    let mut places = [const { AtomicPtr::new(std::ptr::null_mut()) }; slot::COUNT];
    let mut i = 0;
    while i < slot::COUNT {
        places[i] = AtomicPtr::new(table[i]);
        i += 1;
    }
    places
};

/// Returns the table.
pub(super) fn entries() -> &'static [AtomicPtr<c_void>; slot::COUNT] {
    longdouble::set_convert(values::convert_long_double);
    &EXPORTS
}

/// Makes the capsule `_C_API` with the table, which modules made by `verify()` look for.
pub(crate) fn capsule(py: Py<'_>) -> R {
    capsule::of_static(py, CAPSULE_EXPORTS, entries())
}

/// `void (void)`, without the GIL: called directly before foreign code runs.
extern "C" fn restore_errno() {
    errno::restore();
}

/// `void (void)`, without the GIL: called directly after foreign code has run.
extern "C" fn save_errno() {
    errno::save();
}
