//! Lines that a traceback shows below an exception (PEP 678): they say more than the text, which programs compare.

use std::fmt;

use pyo3_ffi as ffi;

use super::err::{Exc, R, Raised};
use super::obj::{Obj, Owned};
use super::text;
use super::token::Py;
use super::version::HAS_NOTES;

/// The classes of errors that conversions raise. Others (of the program, of memory, of recursion) are left alone.
const OF_CONVERSIONS: [Exc; 5] = [Exc::Type, Exc::Value, Exc::Overflow, Exc::Index, Exc::Key];
/// Deep initializers fail at many levels; the innermost ones say enough.
const MOST: usize = 6;

impl Py<'_> {
    /// Adds a line below the exception that is set. Nothing happens on versions without notes.
    #[cold]
    #[inline(never)]
    pub(crate) fn note(self, raised: Raised, line: fmt::Arguments<'_>) -> Raised {
        if !HAS_NOTES {
            return raised;
        }
        let mut pending = self.take_err(raised);
        self.normalize(&mut pending);
        // SAFETY: a normalized exception's value is an object, or null if even that failed.
        if let Some(value) = unsafe { Obj::from_ptr_opt(pending.value) }
            && let Err(failed) = add(self, value, &line.to_string())
        {
            self.err_clear(failed);
        }
        self.restore_err(pending)
    }

    /// Adds a line below the error of a conversion: `innermost` if it is the first, else `further`. Other
    /// exceptions stay as they are.
    #[cold]
    #[inline(never)]
    pub(crate) fn note_conversion(
        self,
        raised: Raised,
        innermost: impl FnOnce(Exc) -> String,
        further: impl FnOnce() -> Option<String>,
    ) -> Raised {
        if !HAS_NOTES {
            return raised;
        }
        let mut pending = self.take_err(raised);
        self.normalize(&mut pending);
        let class = OF_CONVERSIONS.into_iter().find(|class| class.class() == pending.class);
        // SAFETY: as in `note`.
        if let (Some(class), Some(value)) = (class, unsafe { Obj::from_ptr_opt(pending.value) }) {
            let line = match count(self, value) {
                0 => Some(innermost(class)),
                1..MOST => further(),
                _ => None,
            };
            if let Some(Err(failed)) = line.map(|line| add(self, value, &line)) {
                self.err_clear(failed);
            }
        }
        self.restore_err(pending)
    }
}

fn add(py: Py<'_>, exception: &Obj, line: &str) -> R<()> {
    let (method, line) = (text::new_str(py, "add_note")?, text::new_str(py, line)?);
    // SAFETY: attached, all alive.
    let done = unsafe {
        ffi::PyObject_CallMethodObjArgs(
            exception.as_ptr(),
            method.as_ptr(),
            line.as_ptr(),
            std::ptr::null_mut::<ffi::PyObject>(),
        )
    };
    // SAFETY: a new reference or null.
    unsafe { Owned::from_new(py, done) }.map(drop)
}

/// How many notes there are.
fn count(py: Py<'_>, exception: &Obj) -> usize {
    // SAFETY: attached, alive; a new reference or null. What is no list has no length, or one that does no harm.
    let length = unsafe {
        let notes = ffi::PyObject_GetAttrString(exception.as_ptr(), c"__notes__".as_ptr());
        Owned::from_new(py, notes).map(|notes| ffi::PyObject_Size(notes.as_ptr()))
    };
    match length {
        Ok(length) => {
            if let Err(raised) = py.check() {
                py.err_clear(raised);
            }
            usize::try_from(length).unwrap_or(0)
        }
        Err(raised) => {
            py.err_clear(raised);
            0
        }
    }
}
