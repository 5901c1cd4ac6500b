//! Lines that a traceback shows below an exception (PEP 678): they say more than the text, which programs compare.

use std::fmt;

use pyo3_ffi as ffi;

use super::err::{Exc, R, Raised};
use super::obj::{Obj, Owned};
use super::seq::Seq;
use super::token::Py;
use super::version::HAS_NOTES;
use super::{dict, text};

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
            let added = count(self, value).and_then(|notes| match notes {
                0 => add(self, value, &innermost(class)),
                1..MOST => further().map_or(Ok(()), |line| add(self, value, &line)),
                _ => Ok(()),
            });
            if let Err(failed) = added {
                self.err_clear(failed);
            }
        }
        self.restore_err(pending)
    }
}

/// What `BaseException.add_note()` does, without its look-ups: failing is common where programs try things out.
fn add(py: Py<'_>, exception: &Obj, line: &str) -> R<()> {
    let line = text::new_str(py, line)?;
    let (attributes, name) = (attributes(py, exception)?, text::interned(py, NAME)?);
    if let Some(notes) = dict::get(py, &attributes, &name)? {
        // SAFETY: attached, all alive; fails for what is no list.
        let status = unsafe { ffi::PyList_Append(notes.as_ptr(), line.as_ptr()) };
        return if status < 0 { Err(Raised::already()) } else { Ok(()) };
    }
    // SAFETY: attached; the list takes the reference.
    let notes = unsafe {
        let list = Owned::from_new(py, ffi::PyList_New(1))?;
        ffi::PyList_SET_ITEM(list.as_ptr(), 0, line.into_ptr());
        list
    };
    dict::set(py, &attributes, &name, &notes)
}

const NAME: &str = "__notes__";

/// The dict of an exception.
fn attributes(py: Py<'_>, exception: &Obj) -> R {
    // SAFETY: attached, alive; a new reference or null.
    unsafe { Owned::from_new(py, ffi::PyObject_GenericGetDict(exception.as_ptr(), std::ptr::null_mut())) }
}

/// How many notes there are.
fn count(py: Py<'_>, exception: &Obj) -> R<usize> {
    let (attributes, name) = (attributes(py, exception)?, text::interned(py, NAME)?);
    let notes = dict::get(py, &attributes, &name)?;
    Ok(notes.as_deref().and_then(Seq::of).map_or(0, |notes| notes.len()))
}
