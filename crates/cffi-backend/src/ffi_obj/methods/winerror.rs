//! `getwinerror`: the text of a Windows error number.

use std::ffi::{c_int, c_void};
use std::ptr;

use pyo3_ffi as ffi;

use cffi_rt::args::int_or;
use cffi_rt::{Args, Obj, Owned, Params, Py, R, num, seq, text};

const PARAMS: Params = Params { function: "", names: &["code"], required: 0 };

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

/// Module function `getwinerror` and FFI method of that name.
pub(crate) fn getwinerror(py: Py<'_>, _receiver: &Obj, args: Args<'_>) -> R {
    let [code] = args.bind(py, &PARAMS)?;
    let code = match int_or(py, code, -1)? {
        -1 => cffi_call::errno::saved_last_error().cast_signed(),
        code => code,
    };
    let message = match message(code) {
        // SAFETY: attached; pointer and length describe the text.
        Some(m) => unsafe {
            Owned::from_new(py, ffi::PyUnicode_FromWideChar(m.as_ptr(), m.len().cast_signed()))?
        },
        None => text::new_str(py, &format!("Windows Error 0x{code:X}"))?,
    };
    seq::tuple(py, &[&*num::from_i64(py, i64::from(code))?, &message])
}

/// Returns the system's text without the dots and white space at its end.
fn message(code: c_int) -> Option<Vec<u16>> {
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
