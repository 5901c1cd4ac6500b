//! Characters: `char`, `wchar_t`, `char16_t`, `char32_t`.

use crate::rt::{Py, R, raise};

/// A `str` of `units` UTF-16 code units (surrogate pairs joined, lone ones kept).
///
/// # Safety
/// `data` is readable for `units * 2` bytes; it need not be aligned.
pub(crate) unsafe fn str_from_utf16(py: Py<'_>, _data: *const u8, _units: usize) -> R {
    Err(raise!(py, NotImplemented, "str_from_utf16"))
}

/// A `str` of `units` code points; `ValueError` for what is beyond U+10FFFF.
///
/// # Safety
/// `data` is readable for `units * 4` bytes; it need not be aligned.
pub(crate) unsafe fn str_from_utf32(py: Py<'_>, _data: *const u8, _units: usize) -> R {
    Err(raise!(py, NotImplemented, "str_from_utf32"))
}
