//! What passes between a compiled module and the backend when the module is imported.

use std::ffi::{CStr, c_char, c_int, c_void};

use crate::{TypeContext, context_flags};

/// Oldest version tag that is understood.
pub const VERSION_MIN: isize = 0x2601;
/// First version whose exports table has the functions for `char16_t` and `char32_t`.
pub const VERSION_CHAR16_CHAR32: isize = 0x2801;
/// Newest version tag that is understood.
pub const VERSION_MAX: isize = 0x28FF;

/// Returns true for a version tag that is understood.
pub const fn version_is_known(version: isize) -> bool {
    VERSION_MIN <= version && version <= VERSION_MAX
}

/// Name of the capsule that holds the exports table.
pub const CAPSULE_EXPORTS: &CStr = c"cffi";

/// The four words whose address a module passes to `_init_cffi_1_0_external_module()`.
#[derive(Debug)]
#[repr(C)]
pub struct ModuleInit {
    /// The full name of the module.
    pub module_name: *const c_char,
    /// The version tag, as a number: see [`version_is_known`].
    pub version: isize,
    /// Array in the module, to be filled with [`export_count`] functions.
    pub exports: *mut *mut c_void,
    /// The tables of the module.
    pub ctx: *const TypeContext,
}

/// Returns how many entries of the exports table a module of this version, with these
/// [`TypeContext::flags`], has room for. Writing more would write past the end of its array.
pub const fn export_count(version: isize, flags: c_int) -> usize {
    if version >= VERSION_CHAR16_CHAR32 {
        28
    } else if flags & context_flags::EXTERN_PYTHON != 0 {
        26
    } else {
        25
    }
}

/// Places in the exports table.
pub mod slot {
    /// Number of places, the unused place 0 included.
    pub const COUNT: usize = 28;
    /// `int (PyObject *)`
    pub const TO_INT8: usize = 1;
    /// `int (PyObject *)`
    pub const TO_UINT8: usize = 2;
    /// `int (PyObject *)`
    pub const TO_INT16: usize = 3;
    /// `int (PyObject *)`
    pub const TO_UINT16: usize = 4;
    /// `int (PyObject *)`
    pub const TO_INT32: usize = 5;
    /// `unsigned int (PyObject *)`
    pub const TO_UINT32: usize = 6;
    /// `long long (PyObject *)`
    pub const TO_INT64: usize = 7;
    /// `unsigned long long (PyObject *)`
    pub const TO_UINT64: usize = 8;
    /// `int (PyObject *)`
    pub const TO_CHAR: usize = 9;
    /// `PyObject *(char *, ctype *)`
    pub const FROM_POINTER: usize = 10;
    /// `char *(PyObject *, ctype *)`
    pub const TO_POINTER: usize = 11;
    /// `PyObject *(Py_ssize_t *)`
    pub const GET_STRUCT_LAYOUT: usize = 12;
    /// `void (void)`, called without the GIL
    pub const RESTORE_ERRNO: usize = 13;
    /// `void (void)`, called without the GIL
    pub const SAVE_ERRNO: usize = 14;
    /// `PyObject *(char)`
    pub const FROM_CHAR: usize = 15;
    /// `PyObject *(char *, ctype *)`
    pub const FROM_DEREF: usize = 16;
    /// `int (char *, ctype *, PyObject *)`
    pub const TO_C: usize = 17;
    /// `PyObject *(char *, ctype *)`
    pub const FROM_STRUCT: usize = 18;
    /// `wchar_t (PyObject *)`
    pub const TO_WCHAR_T: usize = 19;
    /// `PyObject *(wchar_t)`
    pub const FROM_WCHAR_T: usize = 20;
    /// `long double (PyObject *)`
    pub const TO_LONG_DOUBLE: usize = 21;
    /// `_Bool (PyObject *)`
    pub const TO_BOOL: usize = 22;
    /// `Py_ssize_t (ctype *, PyObject *, char **)`
    pub const PREPARE_POINTER_ARGUMENT: usize = 23;
    /// `int (char *, ctype *, PyObject *)`
    pub const CONVERT_ARRAY_FROM_OBJECT: usize = 24;
    /// `void (struct _cffi_externpy_s *, char *)`, called without the GIL
    pub const CALL_PYTHON: usize = 25;
    /// `int (PyObject *)`: whichever of `char16_t` and `char32_t` is not the size of `wchar_t`
    pub const TO_WCHAR_3216: usize = 26;
    /// `PyObject *(int)`: whichever of `char16_t` and `char32_t` is not the size of `wchar_t`
    pub const FROM_WCHAR_3216: usize = 27;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_never_gets_more_than_it_has_room_for() {
        assert_eq!(export_count(0x2601, 0), 25);
        assert_eq!(export_count(0x2601, context_flags::EXTERN_PYTHON), 26);
        assert_eq!(export_count(0x2701, 0), 25);
        assert_eq!(export_count(0x2800, 1), 26);
        assert_eq!(export_count(0x2801, 0), slot::COUNT);
    }

    #[test]
    fn range_of_versions() {
        assert!(version_is_known(0x2601) && version_is_known(0x28FF));
        assert!(!version_is_known(0x2600) && !version_is_known(0x2900) && !version_is_known(-1));
    }
}
