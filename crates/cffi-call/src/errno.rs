//! The errno (and on Windows the last error) that belongs to foreign code.
//!
//! Each thread keeps a saved value; C sees it during foreign calls only, so that nothing the host program does
//! in between disturbs it.

#[cfg(windows)]
use std::cell::Cell;
use std::ffi::c_int;

use cffi_local::{self as local, Local};

#[cfg(windows)]
thread_local! {
    static SAVED_LAST_ERROR: Cell<u32> = const { Cell::new(0) };
}

/// Returns the calling thread's saved errno; 0 in a new thread.
pub fn saved() -> c_int {
    local::with(|local| local.errno.get())
}

/// Replaces the calling thread's saved errno.
pub fn set_saved(value: c_int) {
    local::with(|local| local.errno.set(value));
}

/// Returns the calling thread's saved `GetLastError` value.
#[cfg(windows)]
pub fn saved_last_error() -> u32 {
    SAVED_LAST_ERROR.get()
}

/// Copies C's errno to the saved one: the first thing after foreign code has run.
#[inline]
pub fn save() {
    Cells::here().save();
}

/// Copies the saved errno to C's: the last thing before foreign code runs.
#[inline]
pub fn restore() {
    Cells::here().restore();
}

/// Copies C's errno to the saved one as [`save`] does, in the calling thread's block.
#[inline(always)]
pub fn save_in(own: &Local) {
    Cells::of(own).save();
}

/// Copies the saved errno to C's as [`restore`] does, in the calling thread's block.
#[inline(always)]
pub fn restore_in(own: &Local) {
    Cells::of(own).restore();
}

/// Runs foreign code with the calling thread's saved errno (on Windows the saved last error too) put in place right
/// before, and saved again right after.
#[inline(always)]
pub fn exchanged<T>(code: impl FnOnce() -> T) -> T {
    let cells = Cells::here();
    cells.restore();
    let result = code();
    cells.save();
    result
}

/// Asks the C library, once in a thread.
#[cold]
fn locate(local: &Local) -> *mut c_int {
    // SAFETY: always callable; gives the address of the calling thread's errno, which stays there.
    let c = unsafe { location() };
    local.errno_at.set(c);
    c
}

/// The addresses of this thread's two errnos, looked up once for the way in and the way out of a call.
#[derive(Clone, Copy)]
pub(crate) struct Cells {
    c: *mut c_int,
    saved: *mut c_int,
}

impl Cells {
    #[inline]
    pub(crate) fn here() -> Cells {
        local::with(Cells::of)
    }

    /// Returns the addresses of the calling thread, which has this block.
    #[inline(always)]
    fn of(local: &Local) -> Cells {
        let known = local.errno_at.get();
        let c = if known.is_null() { locate(local) } else { known };
        Cells { c, saved: local.errno.as_ptr() }
    }

    /// Writes the saved value to C's variable. This happens only on the thread that called `here`: the type is not
    /// `Send`.
    #[inline]
    pub(crate) fn restore(self) {
        // SAFETY: both cells belong to this thread and live as long as it does.
        unsafe { self.c.write(self.saved.read()) };
        #[cfg(windows)]
        // SAFETY: the function may be called at any time.
        unsafe {
            SetLastError(SAVED_LAST_ERROR.get());
        }
    }

    /// Saves the value of C's variable.
    #[inline]
    pub(crate) fn save(self) {
        #[cfg(windows)]
        // SAFETY: the function may be called at any time.
        SAVED_LAST_ERROR.set(unsafe { GetLastError() });
        // SAFETY: both are addresses of this thread's own variables.
        unsafe { self.saved.write(self.c.read()) };
    }
}

#[cfg(any(target_os = "linux", target_os = "emscripten", target_os = "dragonfly", target_os = "hurd"))]
use libc::__errno_location as location;

#[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd", target_os = "cygwin"))]
use libc::__errno as location;

#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
use libc::__error as location;

#[cfg(any(target_os = "solaris", target_os = "illumos"))]
use libc::___errno as location;

#[cfg(target_os = "aix")]
use libc::_Errno as location;

#[cfg(windows)]
unsafe extern "C" {
    #[link_name = "_errno"]
    fn location() -> *mut c_int;
}

#[cfg(windows)]
#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetLastError() -> u32;
    fn SetLastError(code: u32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_and_c_values_are_exchanged() {
        set_saved(1234);
        restore();
        assert_eq!(std::io::Error::last_os_error().raw_os_error(), Some(1234));
        set_saved(5);
        save();
        assert_eq!(saved(), 1234);
    }

    #[test]
    fn each_thread_has_its_own() {
        set_saved(77);
        assert_eq!(std::thread::spawn(saved).join().ok(), Some(0));
        assert_eq!(saved(), 77);
    }
}
