//! Texts of Windows error numbers.

use std::ffi::{c_int, c_void};
use std::ptr;

const ALLOCATE_BUFFER: u32 = 0x100;
const IGNORE_INSERTS: u32 = 0x200;
const FROM_SYSTEM: u32 = 0x1000;

// <https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-formatmessagew>
#[link(name = "kernel32")]
unsafe extern "system" {
    fn FormatMessageW(
        flags: u32,
        source: *const c_void,
        message_id: u32,
        language_id: u32,
        buffer: *mut *mut u16,
        size: u32,
        arguments: *const c_void,
    ) -> u32;
    fn LocalFree(memory: *mut c_void) -> *mut c_void;
}

/// Returns the system's text without the dots and white space at its end.
pub fn message(code: c_int) -> Option<Vec<u16>> {
    let mut buffer: *mut u16 = ptr::null_mut();
    let flags = ALLOCATE_BUFFER | FROM_SYSTEM | IGNORE_INSERTS;
    // SAFETY: with these flags `buffer` receives a block of as many characters as are returned, to be freed here,
    // and the other pointers are not used.
    unsafe {
        let len = FormatMessageW(flags, ptr::null(), code.cast_unsigned(), 0, &mut buffer, 0, ptr::null());
        if len == 0 || buffer.is_null() {
            return None;
        }
        let mut text = std::slice::from_raw_parts(buffer, len as usize).to_vec();
        LocalFree(buffer.cast());
        while text.last().is_some_and(|c| *c <= u16::from(b' ') || *c == u16::from(b'.')) {
            text.pop();
        }
        Some(text)
    }
}
