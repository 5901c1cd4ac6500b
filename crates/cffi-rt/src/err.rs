//! Python exceptions as Rust errors.

use std::fmt;

use cffi_memory::NoMemory;

use pyo3_ffi as ffi;

use super::line::Line;
use super::made_error;
use super::obj::{Obj, Owned};
use super::text;
use super::token::Py;

/// Returns whether the object of an exception is made when it is set. From 3.12 on the interpreter makes each of them then.
/// Before, `hasattr()` does not need the object.
fn is_made_at_once(class: *mut ffi::PyObject) -> bool {
    // SAFETY: the class exists while an interpreter does; only the address is compared.
    cfg!(Py_3_12) || class != unsafe { ffi::PyExc_AttributeError }
}

/// Proof that a Python exception is set on this thread.
#[derive(Debug)]
#[must_use]
pub struct Raised(());

/// The result of an operation that may raise.
pub type R<T = Owned> = Result<T, Raised>;

impl Raised {
    /// Returns the proof after a C API call has reported failure, so an exception is set.
    #[inline(always)]
    pub fn already() -> Raised {
        Raised(())
    }
}

/// The exception classes that this module raises itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exc {
    /// `AttributeError`.
    Attribute,
    /// `ImportError`.
    Import,
    /// `IndexError`.
    Index,
    /// `KeyError`.
    Key,
    /// `MemoryError`.
    Memory,
    /// `NotImplementedError`.
    NotImplemented,
    /// `OSError`.
    Os,
    /// `OverflowError`.
    Overflow,
    /// `RecursionError`.
    Recursion,
    /// `RuntimeError`.
    Runtime,
    /// `RuntimeWarning`.
    RuntimeWarning,
    /// `SystemError`.
    System,
    /// `TypeError`.
    Type,
    /// `UserWarning`.
    UserWarning,
    /// `ValueError`.
    Value,
    /// `ZeroDivisionError`.
    ZeroDivision,
}

impl Exc {
    /// Returns the class object (borrowed).
    pub fn class(self) -> *mut ffi::PyObject {
        // SAFETY: the classes exist while an interpreter does.
        unsafe {
            match self {
                Exc::Attribute => ffi::PyExc_AttributeError,
                Exc::Import => ffi::PyExc_ImportError,
                Exc::Index => ffi::PyExc_IndexError,
                Exc::Key => ffi::PyExc_KeyError,
                Exc::Memory => ffi::PyExc_MemoryError,
                Exc::NotImplemented => ffi::PyExc_NotImplementedError,
                Exc::Os => ffi::PyExc_OSError,
                Exc::Overflow => ffi::PyExc_OverflowError,
                Exc::Recursion => ffi::PyExc_RecursionError,
                Exc::Runtime => ffi::PyExc_RuntimeError,
                Exc::RuntimeWarning => ffi::PyExc_RuntimeWarning,
                Exc::System => ffi::PyExc_SystemError,
                Exc::Type => ffi::PyExc_TypeError,
                Exc::UserWarning => ffi::PyExc_UserWarning,
                Exc::Value => ffi::PyExc_ValueError,
                Exc::ZeroDivision => ffi::PyExc_ZeroDivisionError,
            }
        }
    }

    /// Returns the class object.
    pub fn object<'py>(self, _py: Py<'py>) -> &'py Obj {
        // SAFETY: the class lives as long as the interpreter, and the token proves that there is one.
        unsafe { Obj::from_ptr(self.class()) }
    }
}

impl<'py> Py<'py> {
    /// Sets an exception with a formatted text.
    #[cold]
    #[inline(never)]
    pub fn err(self, class: Exc, message: fmt::Arguments<'_>) -> Raised {
        match message.as_str() {
            Some(fixed) => self.err_fixed(class, fixed),
            None => self.err_class(class.object(self), message),
        }
    }

    /// Sets an exception with a text that is always the same one.
    #[cold]
    pub fn err_fixed(self, class: Exc, text: &'static str) -> Raised {
        if is_made_at_once(class.class()) {
            return match self.exception_of(class, text) {
                Ok(exception) => self.err_instance(class.object(self), exception),
                Err(raised) => raised,
            };
        }
        // SAFETY: attached; a new reference to a tuple of one item, or null.
        let arguments = unsafe { Owned::from_new(self, made_error::arguments(self, text)) };
        match arguments {
            Ok(arguments) => {
                // SAFETY: the tuple is alive, and so is its item.
                let text = unsafe { Obj::from_ptr(ffi::PyTuple_GET_ITEM(arguments.as_ptr(), 0)) };
                self.err_value(class.object(self), text)
            }
            Err(raised) => raised,
        }
    }

    /// Makes an exception with a text that is always the same one.
    pub(super) fn exception_of(self, class: Exc, text: &'static str) -> R {
        // SAFETY: attached; the functions return new references or null, and get a class of exceptions and a tuple.
        unsafe {
            let arguments = Owned::from_new(self, made_error::arguments(self, text))?;
            let made = made_error::exception(self, class.class(), arguments.as_ptr())
                .unwrap_or_else(|| ffi::PyObject_CallObject(class.class(), arguments.as_ptr()));
            Owned::from_new(self, made)
        }
    }

    /// Sets an exception that is an instance of `class`.
    pub(super) fn err_instance(self, class: &Obj, exception: Owned) -> Raised {
        #[cfg(Py_3_11)]
        {
            unsafe extern "C" {
                fn PyErr_GetHandledException() -> *mut ffi::PyObject;
            }
            // SAFETY: the token proves that the thread is attached; a new reference or null.
            let handled = unsafe { PyErr_GetHandledException() };
            if handled.is_null() {
                // There is nothing that the exception would refer to as its context.
                // SAFETY: the token proves that the thread is attached; the references are given away.
                #[allow(deprecated, reason = "each version has one way that is shorter")]
                unsafe {
                    #[cfg(not(Py_3_12))]
                    ffi::PyErr_Restore(
                        class.new_ref().into_ptr(),
                        exception.into_ptr(),
                        std::ptr::null_mut(),
                    );
                    #[cfg(Py_3_12)]
                    ffi::PyErr_SetRaisedException(exception.into_ptr());
                }
                return Raised(());
            }
            // SAFETY: the reference is owned here.
            drop(unsafe { Owned::from_raw(handled) });
        }
        self.err_value(class, &exception)
    }

    /// Sets an exception with a formatted text, as [`Py::err`] does, for a class object.
    #[cold]
    #[inline(never)]
    pub fn err_class(self, class: &Obj, message: fmt::Arguments<'_>) -> Raised {
        let text = match message.as_str() {
            Some(fixed) => text::new_str(self, fixed),
            None => match Line::of(message) {
                line if line.is_cut() => return self.no_memory(),
                line => text::new_str(self, line.as_str()),
            },
        };
        match text {
            Ok(text) => self.err_object(class, &text),
            Err(raised) => raised,
        }
    }

    /// Sets an exception with a finished text.
    #[cold]
    pub fn err_text(self, class: Exc, text: &Line) -> Raised {
        if text.is_cut() {
            return self.no_memory();
        }
        match text::new_str(self, text.as_str()) {
            Ok(text) => self.err_object(class.object(self), &text),
            Err(raised) => raised,
        }
    }

    /// Sets an exception with a value object.
    #[cold]
    pub fn err_object(self, class: &Obj, value: &Obj) -> Raised {
        if value.is_exact_str() && is_made_at_once(class.as_ptr()) {
            // SAFETY: attached; both objects are borrowed, so they are alive, and a new reference or null comes back.
            let made = unsafe {
                made_error::exception_of_text(self, class.as_ptr(), value.as_ptr())
                    .map(|made| Owned::from_new(self, made))
            };
            match made {
                Some(Ok(exception)) => return self.err_instance(class, exception),
                Some(Err(raised)) => return raised,
                None => {}
            }
        }
        self.err_value(class, value)
    }

    fn err_value(self, class: &Obj, value: &Obj) -> Raised {
        // SAFETY: the token proves that the thread is attached, and both objects are borrowed, so they are alive.
        unsafe { ffi::PyErr_SetObject(class.as_ptr(), value.as_ptr()) };
        Raised(())
    }

    /// Sets `MemoryError` without a text.
    #[cold]
    pub fn no_memory(self) -> Raised {
        // SAFETY: the token proves that the thread is attached.
        unsafe { ffi::PyErr_NoMemory() };
        Raised(())
    }

    /// Sets `MemoryError` if there was no memory.
    #[inline]
    pub fn room<T>(self, made: Result<T, NoMemory>) -> R<T> {
        made.map_err(|NoMemory| self.no_memory())
    }

    /// Collects the items in a list; sets `MemoryError` if there is no memory for it.
    pub fn collect<T>(self, items: impl IntoIterator<Item = T>) -> R<Vec<T>> {
        self.room(cffi_memory::collect(items))
    }

    /// Collects the items in a list, unless one of them is an error.
    pub fn try_collect<T>(self, items: impl IntoIterator<Item = R<T>>) -> R<Vec<T>> {
        let items = items.into_iter();
        let mut list = self.room(cffi_memory::vec(items.size_hint().0))?;
        for item in items {
            self.push(&mut list, item?)?;
        }
        Ok(list)
    }

    /// Appends an item; sets `MemoryError` if there is no memory for it.
    pub fn push<T>(self, list: &mut Vec<T>, item: T) -> R<()> {
        self.room(cffi_memory::push(list, item))
    }

    /// Formats a text as `format!` does; sets `MemoryError` if there is no memory for it.
    pub fn format(self, text: fmt::Arguments<'_>) -> R<String> {
        self.room(cffi_memory::format(text))
    }

    /// Puts a value into a box as `Box::new` does; sets `MemoryError` if there is no memory for it.
    pub fn boxed<T>(self, value: T) -> R<Box<T>> {
        self.room(cffi_memory::boxed(value))
    }

    /// Returns whether the exception that is set is an instance of `class`.
    pub fn err_matches(self, class: Exc) -> bool {
        // SAFETY: attached, an exception is set or not; both are fine.
        unsafe { ffi::PyErr_ExceptionMatches(class.class()) != 0 }
    }

    /// Drops the exception that is set.
    pub fn err_clear(self, _raised: Raised) {
        // SAFETY: the token proves that the thread is attached.
        unsafe { ffi::PyErr_Clear() };
    }

    /// Runs `f` while the exception that is set is put aside.
    pub fn aside<T>(self, raised: Raised, f: impl FnOnce() -> T) -> (Raised, T) {
        let pending = self.take_err(raised);
        let value = f();
        (self.restore_err(pending), value)
    }

    /// Issues a warning on behalf of the Python code that is running; fails where warnings are errors.
    pub fn warn(self, class: Exc, message: &str) -> R<()> {
        let text = self.collect(message.bytes().filter(|b| *b != 0).chain(Some(0)))?;
        // SAFETY: attached; a class and a C string.
        let status = unsafe { ffi::PyErr_WarnEx(class.class(), text.as_ptr().cast(), 1) };
        if status < 0 { Err(Raised::already()) } else { Ok(()) }
    }

    /// Fails if an exception is set, for C calls whose error value can also be a valid result.
    #[inline]
    pub fn check(self) -> R<()> {
        // SAFETY: the token proves that the thread is attached.
        if unsafe { ffi::PyErr_Occurred() }.is_null() { Ok(()) } else { Err(Raised(())) }
    }
}

/// Sets an exception and returns the [`Raised`]: `raise!(py, Type, "text {}", x)`.
#[macro_export]
macro_rules! raise {
    ($py:expr, $exc:ident, $($fmt:tt)+) => {
        $py.err($crate::Exc::$exc, format_args!($($fmt)+))
    };
}
pub use crate::raise;
