//! The stack unwinder of the system: its loading, and the end of threads under it.

use std::ffi::{CStr, c_void};

mod ending;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod lazy;

/// Returns the address of a function of `libgcc_s`, which all code in the process that unwinds shares. Never null:
/// without the library the process ends.
fn address(name: &CStr) -> *mut c_void {
    // SAFETY: C strings; the library is never closed.
    let found = unsafe {
        let library = libc::dlopen(c"libgcc_s.so.1".as_ptr(), libc::RTLD_NOW);
        if library.is_null() { library } else { libc::dlsym(library, name.as_ptr()) }
    };
    if found.is_null() {
        eprintln!("ferrocffi: libgcc_s.so.1 is needed to unwind the stack, and cannot be loaded");
        std::process::abort();
    }
    found
}
