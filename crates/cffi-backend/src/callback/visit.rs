//! Visits: calls of functions of another interpreter than the one that the thread usually runs.

use std::sync::Arc;

use pyo3_ffi as ffi;

use cffi_rt::life::{Life, Visit};

/// Whether a visit needs the lock that all interpreters share: then only the holder of the lock changes the list of an
/// interpreter's thread states. Since 3.12 there is no such lock.
pub(super) const NEEDS_LOCK: bool = cfg!(not(Py_3_12));

/// A visitor, attached with a new thread state.
pub(super) struct Visiting {
    visit: Visit,
    /// The state that was attached before the visit, or null.
    before: *mut ffi::PyThreadState,
}

impl Visiting {
    /// Attaches with a new thread state, in the place of `before`, which is attached if it is not null. Changes
    /// nothing and returns `None` if the interpreter has ended or is about to end, or if there is no memory.
    pub(super) fn begin(home: &Arc<Life>, before: *mut ffi::PyThreadState) -> Option<Visiting> {
        let visit = home.visit()?;
        let state = visit.new_state();
        if state.is_null() {
            return None;
        }
        // SAFETY: the new state is this thread's own, and its interpreter does not end during the visit.
        unsafe {
            if NEEDS_LOCK {
                ffi::PyThreadState_Swap(state);
            } else {
                if !before.is_null() {
                    ffi::PyEval_SaveThread();
                }
                ffi::PyEval_RestoreThread(state);
            }
        }
        Some(Visiting { visit, before })
    }

    /// Attaches the state that was attached before the visit, if any. The visit ends when `self` is dropped.
    ///
    /// # Safety
    /// Called once, by the thread that began the visit, attached with the state of the visit.
    pub(super) unsafe fn leave(&mut self) {
        // SAFETY: the attached state is the one that `begin` made, and nobody else has it. Clearing it may run Python
        // code, so it is cleared while it is attached.
        unsafe {
            let state = ffi::PyThreadState_Get();
            ffi::PyThreadState_Clear(state);
            if NEEDS_LOCK {
                ffi::PyThreadState_Swap(self.before);
                ffi::PyThreadState_Delete(state);
            } else {
                self.visit.in_turn(|| ffi::PyThreadState_DeleteCurrent());
                if !self.before.is_null() {
                    ffi::PyEval_RestoreThread(self.before);
                }
            }
        }
    }
}
