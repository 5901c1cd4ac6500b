//! Frames of running Python code.

#[cfg(Py_3_12)]
use std::ffi::CStr;
use std::ffi::c_int;

use pyo3_ffi as ffi;

#[cfg(Py_3_12)]
use super::err::R;
use super::obj::{Obj, Owned};
use super::token::Py;

/// Returns the innermost frame of the thread, if Python code runs.
pub fn current(_py: Py<'_>) -> Option<Frame> {
    // SAFETY: the token proves that the thread is attached; the frame is borrowed from the thread, which runs it.
    unsafe { Obj::from_ptr_opt(ffi::PyEval_GetFrame().cast()) }.map(|frame| Frame(frame.new_ref()))
}

/// A frame object.
pub struct Frame(Owned);

impl Frame {
    /// Returns the frame that called this one.
    pub fn back(&self, _py: Py<'_>) -> Option<Frame> {
        // SAFETY: the token proves that the thread is attached; the function returns a new reference or null.
        let back = unsafe { ffi::PyFrame_GetBack(self.0.as_ptr().cast()) };
        // SAFETY: a new reference, which was checked not to be null.
        (!back.is_null()).then(|| Frame(unsafe { Owned::from_raw(back.cast::<Obj>()) }))
    }

    /// Returns the value of a local variable.
    ///
    /// # Errors
    /// `NameError` if there is no variable of that name, or it has no value.
    #[cfg(Py_3_12)]
    pub fn variable(&self, py: Py<'_>, name: &CStr) -> R {
        // SAFETY: the token proves that the thread is attached; the frame is alive, and the function only reads the name.
        unsafe {
            Owned::from_new(py, ffi::PyFrame_GetVarString(self.0.as_ptr().cast(), name.as_ptr().cast_mut()))
        }
    }

    /// Returns the code object.
    pub fn code(&self, _py: Py<'_>) -> Owned {
        // SAFETY: the token proves that the thread is attached; each frame has a code object, and the function returns a
        // new reference.
        unsafe { Owned::from_raw(ffi::PyFrame_GetCode(self.0.as_ptr().cast()).cast::<Obj>()) }
    }

    /// Returns the number of the instruction that runs; -1 before CPython 3.11, which does not tell it.
    #[cfg(Py_3_11)]
    pub fn instruction(&self, _py: Py<'_>) -> c_int {
        // SAFETY: the token proves that the thread is attached, and the frame is alive.
        unsafe { ffi::PyFrame_GetLasti(self.0.as_ptr().cast()) }
    }

    /// Returns the number of the instruction that runs; -1 before CPython 3.11, which does not tell it.
    #[cfg(not(Py_3_11))]
    pub fn instruction(&self, _py: Py<'_>) -> c_int {
        -1
    }

    /// Returns the number of the line that runs, or 0 where none is known.
    pub fn line(&self, _py: Py<'_>) -> c_int {
        // SAFETY: the token proves that the thread is attached, and the frame is alive.
        unsafe { ffi::PyFrame_GetLineNumber(self.0.as_ptr().cast()) }
    }
}
