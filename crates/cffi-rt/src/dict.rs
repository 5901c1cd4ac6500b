//! Dicts that this module keeps for itself. Functions return owned references, so later changes of the dict do not
//! affect them.

use pyo3_ffi::{self as ffi, compat};

use super::err::{Exc, R, Raised};
use super::obj::{Obj, Owned};
use super::token::Py;

/// Makes a new dict.
pub fn new(py: Py<'_>) -> R {
    // SAFETY: the token proves that the thread is attached.
    unsafe { Owned::from_new(py, ffi::PyDict_New()) }
}

/// Returns the value of `key`.
#[inline]
pub fn get(py: Py<'_>, dict: &Obj, key: &Obj) -> R<Option<Owned>> {
    let mut p = std::ptr::null_mut();
    // SAFETY: attached, both alive; the place receives a new reference or null.
    unsafe {
        match compat::PyDict_GetItemRef(dict.as_ptr(), key.as_ptr(), &mut p) {
            -1 => Err(Raised::already()),
            0 => Ok(None),
            _ => Owned::from_new(py, p).map(Some),
        }
    }
}

/// Returns the number of entries.
pub fn len(_py: Py<'_>, dict: &Obj) -> usize {
    // SAFETY: the token proves that the thread is attached.
    let len = unsafe { ffi::PyDict_Size(dict.as_ptr()) };
    usize::try_from(len).unwrap_or(0)
}

/// Executes `dict[key] = value`.
pub fn set(_py: Py<'_>, dict: &Obj, key: &Obj, value: &Obj) -> R<()> {
    // SAFETY: the token proves that the thread is attached; the three objects are borrowed, so they are alive.
    match unsafe { ffi::PyDict_SetItem(dict.as_ptr(), key.as_ptr(), value.as_ptr()) } {
        0 => Ok(()),
        _ => Err(Raised::already()),
    }
}

/// Executes `dict.pop(key, None)`, without the value.
pub fn discard(py: Py<'_>, dict: &Obj, key: &Obj) -> R<()> {
    // SAFETY: the token proves that the thread is attached; both objects are borrowed, so they are alive.
    if unsafe { ffi::PyDict_DelItem(dict.as_ptr(), key.as_ptr()) } == 0 {
        return Ok(());
    }
    let raised = Raised::already();
    if py.err_matches(Exc::Key) {
        py.err_clear(raised);
        return Ok(());
    }
    Err(raised)
}

/// Returns a copy of a dict.
pub fn copy(py: Py<'_>, dict: &Obj) -> R {
    // SAFETY: the token proves that the thread is attached; the function raises `SystemError` for an object that is not a
    // dict.
    unsafe { Owned::from_new(py, ffi::PyDict_Copy(dict.as_ptr())) }
}

/// Executes `dict.setdefault(key, value)` in one atomic step.
pub fn set_default(py: Py<'_>, dict: &Obj, key: &Obj, value: &Obj) -> R {
    let mut p = std::ptr::null_mut();
    // SAFETY: attached, all alive; the place receives a new reference, or null with an exception.
    unsafe {
        compat::PyDict_SetDefaultRef(dict.as_ptr(), key.as_ptr(), value.as_ptr(), &mut p);
        Owned::from_new(py, p)
    }
}

/// Returns the next key and value from `position` on, which begins with 0; the dict may change between two calls.
pub fn next(_py: Py<'_>, dict: &Obj, position: &mut isize) -> Option<(Owned, Owned)> {
    let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: attached, a dict; the borrowed references are turned into owned ones before anything else can change it:
    // with the GIL nothing runs in between, without it the dict is locked.
    unsafe {
        #[cfg(Py_GIL_DISABLED)]
        let mut section = std::mem::zeroed();
        #[cfg(Py_GIL_DISABLED)]
        ffi::PyCriticalSection_Begin(&mut section, dict.as_ptr());
        let found = ffi::PyDict_Next(dict.as_ptr(), position, &mut key, &mut value) != 0;
        let found = found.then(|| (Owned::from_borrowed(key), Owned::from_borrowed(value)));
        #[cfg(Py_GIL_DISABLED)]
        ffi::PyCriticalSection_End(&mut section);
        found
    }
}

/// Removes a key, if it is there.
pub fn remove(py: Py<'_>, dict: &Obj, key: &Obj) -> R<()> {
    // SAFETY: the token proves that the thread is attached; both objects are borrowed, so they are alive.
    if unsafe { ffi::PyDict_DelItem(dict.as_ptr(), key.as_ptr()) } != 0 {
        // Another thread may have removed it before.
        py.err_clear(Raised::already());
    }
    Ok(())
}

/// Removes all entries.
pub fn clear(_py: Py<'_>, dict: &Obj) {
    // SAFETY: the token proves that the thread is attached, and the function does nothing to an object of another kind.
    unsafe { ffi::PyDict_Clear(dict.as_ptr()) };
}
