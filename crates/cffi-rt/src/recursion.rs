//! The interpreter's bound on nested C calls.

use std::ffi::CStr;

use pyo3_ffi as ffi;

use super::err::{R, Raised};
use super::token::Py;

/// One level of C recursion, given back when dropped.
pub struct Guard(());

/// Takes a level; raises `RecursionError` if there is none left, with a message that ends in `what` (" while ...").
pub fn enter(_py: Py<'_>, what: &'static CStr) -> R<Guard> {
    // SAFETY: the token proves that the thread is attached; `what` is a C string.
    if unsafe { ffi::Py_EnterRecursiveCall(what.as_ptr()) } != 0 {
        return Err(Raised::already());
    }
    Ok(Guard(()))
}

impl Drop for Guard {
    fn drop(&mut self) {
        // SAFETY: pairs with the successful call in `enter`; made and dropped by one attached thread.
        unsafe { ffi::Py_LeaveRecursiveCall() };
    }
}
