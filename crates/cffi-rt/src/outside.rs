//! The thread state with which a thread has gone into foreign code.
//!
//! A callback that comes in meanwhile uses it again, without asking the interpreter for the thread's state. It cannot
//! be gone, as it will be needed when the foreign code returns. Whether it is attached has to be checked: most calls
//! detach it, but some keep the GIL, and foreign code can attach by itself.

use cffi_local::{self as local, Local};
use pyo3_ffi as ffi;

/// The index of the state among the thread's pointers.
const PLACE: usize = 0;

/// Notes that the calling thread goes into foreign code, and will go on with `state` afterwards.
#[inline(always)]
pub fn remember(state: *mut ffi::PyThreadState) {
    local::with(|own| remember_in(own, state));
}

/// Notes the state as [`remember`] does, in the calling thread's block.
#[inline(always)]
pub fn remember_in(own: &Local, state: *mut ffi::PyThreadState) {
    own.pointers[PLACE].set(state.cast());
}

/// Notes that the calling thread has come back.
#[inline(always)]
pub fn forget() {
    local::with(|local| local.pointers[PLACE].set(std::ptr::null_mut()));
}

/// Returns the state that was noted in the calling thread's block, or null if the thread runs no foreign code that this
/// module called. Nothing is noted afterwards.
#[inline(always)]
pub fn take_in(own: &Local) -> *mut ffi::PyThreadState {
    own.pointers[PLACE].replace(std::ptr::null_mut()).cast()
}
