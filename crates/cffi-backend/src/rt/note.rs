//! Lines that a traceback shows below an exception (PEP 678): they say more than the text, which programs compare.
//!
//! Most exceptions are caught and forgotten, and never show them. So a note costs little: its text is put together
//! on the stack, and what the same failure has left behind the last time is used again.

use std::fmt;

use pyo3_ffi as ffi;

use super::err::{Exc, R, Raised};
use super::guarded::InTurn;
use super::line::Line;
use super::obj::{Obj, OnceRef, Owned};
use super::seq::Seq;
use super::token::Py;
use super::version::HAS_NOTES;
use super::{dict, text};

/// The classes of errors that conversions raise. Others (of the program, of memory, of recursion) are left alone.
const OF_CONVERSIONS: [Exc; 5] = [Exc::Type, Exc::Value, Exc::Overflow, Exc::Index, Exc::Key];
/// Deep initializers fail at many levels; the innermost ones say enough.
const MOST: usize = 6;
/// Lists that are kept.
const RECENT: usize = 8;
/// Longer notes are not kept.
const LONGEST: usize = 256;

const NAME: &str = "__notes__";

/// What the notes of one interpreter have in common. Lock-free; used by attached threads of that interpreter.
pub(crate) struct Notes {
    /// The interned name of the attribute.
    name: OnceRef<Obj>,
    /// Lists of one note each, to be used again when the exceptions that had them are gone.
    recent: InTurn<[Option<Owned>; RECENT]>,
}

impl Notes {
    /// Nothing yet.
    pub(crate) fn new() -> Notes {
        Notes { name: OnceRef::new(), recent: InTurn::new([const { None }; RECENT]) }
    }

    /// Gives up all objects.
    pub(crate) fn clear(&self, py: Py<'_>) {
        drop(self.name.take());
        for place in 0..RECENT {
            drop(self.exchange(py, place, None));
        }
    }

    /// Puts a list into a place, and gives what was there.
    #[inline]
    fn exchange(&self, py: Py<'_>, place: usize, list: Option<Owned>) -> Option<Owned> {
        // SAFETY: attached to the interpreter that this belongs to; nothing is dropped in here.
        unsafe { self.recent.with(py, |recent| std::mem::replace(&mut recent[place % RECENT], list)) }
    }

    fn name(&self, py: Py<'_>) -> R {
        match self.name.get() {
            Some(name) => Ok(name.new_ref()),
            None => Ok(self.name.set_or_get(text::interned(py, NAME)?).new_ref()),
        }
    }

    /// A list of that one note, which nobody else refers to but `self`.
    fn list(&self, py: Py<'_>, line: &str) -> R {
        // Whether a list is anybody else's can be seen under the GIL only.
        if cfg!(Py_GIL_DISABLED) || line.is_empty() || line.len() > LONGEST {
            return new_list(py, line);
        }
        let bytes = line.as_bytes();
        let mix = usize::from(bytes[bytes.len() / 2]) ^ usize::from(bytes[bytes.len() - 1]) ^ bytes.len();
        let list = match self.exchange(py, mix, None) {
            Some(list) if is_list_of(py, &list, line) => list,
            _ => new_list(py, line)?,
        };
        drop(self.exchange(py, mix, Some(list.clone())));
        Ok(list)
    }
}

impl Py<'_> {
    /// Adds a line below the exception that is set. Nothing happens on versions without notes.
    #[cold]
    #[inline(never)]
    pub(crate) fn note(self, notes: &Notes, raised: Raised, line: fmt::Arguments<'_>) -> Raised {
        match line.as_str() {
            Some(fixed) => self.note_text(notes, raised, fixed),
            None => self.note_text(notes, raised, Line::of(line).as_str()),
        }
    }

    /// The same with a text that is there already.
    #[cold]
    pub(crate) fn note_text(self, notes: &Notes, raised: Raised, line: &str) -> Raised {
        if !HAS_NOTES {
            return raised;
        }
        let mut pending = self.take_err(raised);
        self.normalize(&mut pending);
        // SAFETY: a normalized exception's value is an object, or null if even that failed.
        if let Some(value) = unsafe { Obj::from_ptr_opt(pending.value) }
            && let Err(failed) = Below::of(self, notes, value).and_then(|below| below.add(self, line))
        {
            self.err_clear(failed);
        }
        self.restore_err(pending)
    }

    /// Adds a line below the error of a conversion: `innermost` if it is the first, else `further`, if that writes
    /// anything. Other exceptions stay as they are.
    #[cold]
    #[inline(never)]
    pub(crate) fn note_conversion(
        self,
        notes: &Notes,
        raised: Raised,
        innermost: impl FnOnce(Exc, &mut Line),
        further: impl FnOnce(&mut Line),
    ) -> Raised {
        if !HAS_NOTES {
            return raised;
        }
        let mut pending = self.take_err(raised);
        let class = OF_CONVERSIONS.into_iter().find(|class| class.class() == pending.class);
        let Some(class) = class else { return self.restore_err(pending) };
        self.normalize(&mut pending);
        // SAFETY: as in `note`.
        if let Some(value) = unsafe { Obj::from_ptr_opt(pending.value) } {
            let added = Below::of(self, notes, value).and_then(|below| {
                let mut line = Line::new();
                match below.len() {
                    0 => innermost(class, &mut line),
                    1..MOST => further(&mut line),
                    _ => {}
                }
                if line.as_str().is_empty() { Ok(()) } else { below.add(self, line.as_str()) }
            });
            if let Err(failed) = added {
                self.err_clear(failed);
            }
        }
        self.restore_err(pending)
    }
}

/// The place below an exception. Does what `BaseException.add_note()` does, without its look-ups.
struct Below<'a> {
    notes: &'a Notes,
    name: Owned,
    /// The dict of the exception.
    attributes: Owned,
    found: Option<Owned>,
}

impl<'a> Below<'a> {
    fn of(py: Py<'_>, notes: &'a Notes, exception: &Obj) -> R<Below<'a>> {
        // SAFETY: attached, alive; a new reference or null.
        let attributes = unsafe {
            Owned::from_new(py, ffi::PyObject_GenericGetDict(exception.as_ptr(), std::ptr::null_mut()))?
        };
        let name = notes.name(py)?;
        // SAFETY: attached, a dict.
        let found = match unsafe { ffi::PyDict_Size(attributes.as_ptr()) } {
            0 => None,
            _ => dict::get(py, &attributes, &name)?,
        };
        Ok(Below { notes, name, attributes, found })
    }

    /// How many notes there are.
    fn len(&self) -> usize {
        self.found.as_deref().and_then(Seq::of).map_or(0, |notes| notes.len())
    }

    fn add(&self, py: Py<'_>, line: &str) -> R<()> {
        let Some(found) = &self.found else {
            return dict::set(py, &self.attributes, &self.name, &*self.notes.list(py, line)?);
        };
        let line = text::new_str(py, line)?;
        // SAFETY: attached, all alive; fails for what is no list.
        let status = unsafe { ffi::PyList_Append(found.as_ptr(), line.as_ptr()) };
        if status < 0 { Err(Raised::already()) } else { Ok(()) }
    }
}

fn new_list(py: Py<'_>, line: &str) -> R {
    let line = text::new_str(py, line)?;
    // SAFETY: attached; the list takes the reference.
    unsafe {
        let list = Owned::from_new(py, ffi::PyList_New(1))?;
        ffi::PyList_SET_ITEM(list.as_ptr(), 0, line.into_ptr());
        Ok(list)
    }
}

/// Whether it is a list of just that line which only `list` refers to.
fn is_list_of(py: Py<'_>, list: &Owned, line: &str) -> bool {
    // SAFETY: alive.
    if unsafe { ffi::Py_REFCNT(list.as_ptr()) } != 1 {
        return false;
    }
    match Seq::of(list) {
        Some(notes) if notes.len() == 1 => notes.get(0).is_some_and(|note| text::is(py, &note, line)),
        _ => false,
    }
}
