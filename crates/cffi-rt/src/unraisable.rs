//! Reports of exceptions that nobody can catch.

use pyo3_ffi as ffi;

use super::err::Raised;
#[cfg(not(Py_3_12))]
use super::made_error;
use super::obj::Obj;
use super::obj::Owned;
use super::text;
use super::token::Py;

unsafe extern "C" {
    #[cfg(not(Py_3_13))]
    fn _PyErr_WriteUnraisableMsg(msg: *const std::ffi::c_char, obj: *mut ffi::PyObject);
    #[cfg(Py_3_13)]
    fn PyErr_FormatUnraisable(format: *const std::ffi::c_char, ...);
}

impl Py<'_> {
    /// Reports the exception that is set to `sys.unraisablehook` with the text `Exception ignored {message}` and no
    /// object. Leaves no exception set.
    pub fn unraisable(self, _raised: Raised, message: &str) {
        // A NUL in the text (a repr may have one) would end it.
        let whole = cffi_memory::collect(message.bytes().filter(|b| *b != 0).chain(Some(0)));
        let message = whole.as_deref().unwrap_or(b"from cffi (there is no memory to say more)\0");
        #[cfg(not(Py_3_13))]
        // SAFETY: attached, an exception is set, the text is a C string. The function has this signature in all of 3.10
        // to 3.12.
        unsafe {
            _PyErr_WriteUnraisableMsg(message.as_ptr().cast(), std::ptr::null_mut());
        }
        #[cfg(Py_3_13)]
        // SAFETY: attached, an exception is set, format and argument are C strings.
        unsafe {
            PyErr_FormatUnraisable(c"Exception ignored %s".as_ptr(), message.as_ptr());
        }
    }

    /// Reports the exception as [`Py::unraisable`] does, with `prefix` followed by the repr of `obj`; an error of the
    /// repr itself prints a placeholder.
    pub fn unraisable_with(self, raised: Raised, prefix: &str, obj: &Obj, suffix: &str) {
        let pending = self.take_err(raised);
        let what = text::repr(self, obj).unwrap_or_else(|r| {
            self.err_clear(r);
            String::new()
        });
        let what = if what.is_empty() { "<unprintable object>" } else { &*what };
        let raised = self.restore_err(pending);
        let message = cffi_memory::concat(&[prefix, what, suffix]);
        self.unraisable(raised, message.as_deref().unwrap_or(prefix));
    }
}

/// An exception taken off the thread, to be restored or passed to Python code.
pub struct Pending {
    /// The class, or null for no exception.
    pub class: *mut ffi::PyObject,
    /// The instance, or null.
    pub value: *mut ffi::PyObject,
    /// The traceback, or null.
    pub traceback: *mut ffi::PyObject,
}

impl Py<'_> {
    /// Takes the exception off the thread.
    #[allow(deprecated, reason = "the triple is what onerror handlers are called with, on every version")]
    pub fn take_err(self, _raised: Raised) -> Pending {
        let (mut class, mut value, mut traceback) =
            (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: attached; the three places receive owned references or null.
        unsafe { ffi::PyErr_Fetch(&mut class, &mut value, &mut traceback) };
        Pending { class, value, traceback }
    }

    /// Makes the value an instance of the class.
    #[allow(deprecated, reason = "see take_err")]
    pub fn normalize(self, pending: &mut Pending) {
        // SAFETY: attached; owned references are exchanged for owned references.
        unsafe {
            ffi::PyErr_NormalizeException(&mut pending.class, &mut pending.value, &mut pending.traceback);
        }
    }

    /// Restores the exception.
    #[allow(deprecated, reason = "see take_err")]
    pub fn restore_err(self, pending: Pending) -> Raised {
        let Pending { class, value, traceback } = pending;
        std::mem::forget(pending);
        // SAFETY: attached; the references are given away.
        unsafe { ffi::PyErr_Restore(class, value, traceback) };
        Raised::already()
    }

    /// Runs `f` with the exception state, if any is set, saved around it.
    pub fn with_saved_err(self, f: impl FnOnce()) {
        // SAFETY: the token proves that the thread is attached.
        let set = !unsafe { ffi::PyErr_Occurred() }.is_null();
        let pending = set.then(|| self.take_err(Raised::already()));
        f();
        if let Some(pending) = pending {
            let _ = self.restore_err(pending);
        }
    }
}

/// An exception taken off the thread for a moment, so that a note can be added.
pub struct Caught {
    #[cfg(not(Py_3_12))]
    pending: Pending,
    #[cfg(Py_3_12)]
    value: Option<Owned>,
}

/// The implementation from 3.12 on, where a thread holds the instance only.
#[cfg(Py_3_12)]
impl Caught {
    /// Takes the exception off the thread.
    pub fn new(py: Py<'_>, _raised: Raised) -> Caught {
        // SAFETY: attached; a new reference, or null without an exception.
        let value = unsafe { Owned::from_new(py, ffi::PyErr_GetRaisedException()) };
        Caught { value: value.ok() }
    }

    /// Returns the class of the exception.
    pub fn class(&self) -> *mut ffi::PyObject {
        self.value.as_deref().map_or(std::ptr::null_mut(), |value| value.tp().cast())
    }

    /// Returns the instance.
    pub fn instance(&mut self, _py: Py<'_>) -> Option<&Obj> {
        self.value.as_deref()
    }

    /// Restores the exception.
    pub fn restore(self, _py: Py<'_>) -> Raised {
        if let Some(value) = self.value {
            // SAFETY: attached; the reference is given away.
            unsafe { ffi::PyErr_SetRaisedException(value.into_ptr()) };
        }
        Raised::already()
    }
}

#[cfg(not(Py_3_12))]
impl Caught {
    /// Takes the exception off the thread.
    pub fn new(py: Py<'_>, raised: Raised) -> Caught {
        Caught { pending: py.take_err(raised) }
    }

    /// Returns the class of the exception.
    pub fn class(&self) -> *mut ffi::PyObject {
        self.pending.class
    }

    /// Returns the instance, which is made if there is none yet.
    #[inline(always)]
    pub fn instance(&mut self, py: Py<'_>) -> Option<&Obj> {
        if !self.pending.is_instance() {
            self.pending.make_instance(py);
        }
        // SAFETY: a normalized exception's value is an object, or null if even that failed.
        unsafe { Obj::from_ptr_opt(self.pending.value) }
    }

    /// Restores the exception.
    pub fn restore(self, py: Py<'_>) -> Raised {
        py.restore_err(self.pending)
    }
}

#[cfg(not(Py_3_12))]
impl Pending {
    /// Returns whether the value is known to be an instance of the class, and of no class derived from it.
    #[inline(always)]
    fn is_instance(&self) -> bool {
        self.instance().is_some_and(|value| value.tp().cast() == self.class)
    }

    /// Makes the value an instance of the class.
    #[inline(never)]
    fn make_instance(&mut self, py: Py<'_>) {
        if !self.make_from_text(py) {
            py.normalize(self);
        }
    }

    /// Makes the value an instance of the class, if it is a text, and if the class keeps that as it is.
    fn make_from_text(&mut self, py: Py<'_>) -> bool {
        let Some(value) = self.instance().filter(|value| value.is_exact_str()) else { return false };
        // SAFETY: attached; both objects are owned by `self`, so they are alive, and a new reference or null comes back.
        let made = unsafe {
            made_error::exception_of_text(py, self.class, value.as_ptr())
                .map(|made| Owned::from_new(py, made))
        };
        match made {
            Some(Ok(exception)) => {
                let text = std::mem::replace(&mut self.value, exception.into_ptr());
                // SAFETY: the reference to the text was owned by `self`.
                drop(unsafe { Owned::from_raw(text) });
                true
            }
            Some(Err(raised)) => {
                py.err_clear(raised);
                false
            }
            None => false,
        }
    }
}

impl Pending {
    /// Returns the instance; before it is normalized, this can be another object.
    pub fn instance(&self) -> Option<&Obj> {
        // SAFETY: null, or an object that `self` owns a reference to.
        unsafe { Obj::from_ptr_opt(self.value) }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // SAFETY: owned references or null; made and dropped with an attached thread.
        unsafe {
            ffi::Py_XDECREF(self.class);
            ffi::Py_XDECREF(self.value);
            ffi::Py_XDECREF(self.traceback);
        }
    }
}
