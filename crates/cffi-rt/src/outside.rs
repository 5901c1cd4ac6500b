//! The thread state with which a thread has gone into foreign code.
//!
//! A callback that comes in meanwhile uses it again, without asking the interpreter for the thread's state. It cannot
//! be gone, as it will be needed when the foreign code returns. Whether it is attached has to be checked: most calls
//! detach it, but some keep the GIL, and foreign code can attach by itself.

use cffi_local::{self as local, Local};
use pyo3_ffi as ffi;

/// Notes that the calling thread goes into foreign code, and will go on with `state` afterwards.
///
/// # Safety
/// `state` is null or a state of the calling thread, which is not deleted before the thread calls [`forget`] or [`take_in`].
#[inline(always)]
pub unsafe fn remember(state: *mut ffi::PyThreadState) {
    // SAFETY: the caller promises a state of this thread, whose block it is.
    local::with(|own| unsafe { remember_in(own, state) });
}

/// Notes the state as [`remember`] does, in the calling thread's block.
///
/// # Safety
/// As for [`remember`].
#[inline(always)]
pub unsafe fn remember_in(own: &Local, state: *mut ffi::PyThreadState) {
    own.outside.set(state.cast());
}

/// Notes that the calling thread has come back.
#[inline(always)]
pub fn forget() {
    local::with(|own| own.outside.set(std::ptr::null_mut()));
}

/// Returns the state that was noted in the calling thread's block, or null if the thread runs no foreign code that this
/// module called. Nothing is noted afterwards.
#[inline(always)]
pub fn take_in(own: &Local) -> *mut ffi::PyThreadState {
    own.outside.replace(std::ptr::null_mut()).cast()
}
