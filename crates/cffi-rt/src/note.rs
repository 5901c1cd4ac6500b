//! Lines that a traceback shows below an exception (PEP 678): they say more than the text, which programs compare.
//!
//! Most exceptions are caught and forgotten, and never show them. So a note costs little: its text is put together
//! on the stack, and what the same failure has left behind the last time is used again.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3_ffi as ffi;

use super::err::{Exc, R, Raised};
use super::guarded::InTurn;
use super::line::Line;
use super::obj::{Obj, OnceRef, Owned};
use super::seq::Seq;
use super::token::Py;
use super::unraisable::Caught;
use super::version::HAS_NOTES;
use super::{dict, text};

/// The classes of errors that conversions raise. Others (of the program, of memory, of recursion) are left alone.
const OF_CONVERSIONS: [Exc; 5] = [Exc::Type, Exc::Value, Exc::Overflow, Exc::Index, Exc::Key];
/// Deep initializers fail at many levels; the innermost ones say enough.
const MOST: usize = 6;
/// Notes that are kept.
const RECENT: usize = 8;
/// Longer notes are not kept.
const LONGEST: usize = 256;

const NAME: &str = "__notes__";
/// The variable of the environment that turns notes off: for test suites that compare whole texts.
const VARIABLE: &str = "FERROCFFI_NOTES";

/// Whether this process wants notes. The environment is read once, when the module is first imported.
fn are_wanted() -> bool {
    static WANTED: OnceLock<bool> = OnceLock::new();
    *WANTED.get_or_init(|| {
        let value = std::env::var_os(VARIABLE).unwrap_or_default();
        !["0", "no", "off", "false"].iter().any(|off| value.eq_ignore_ascii_case(off))
    })
}

/// Whether exceptions get notes: this Python shows them, and this process wants them.
fn are_shown() -> bool {
    HAS_NOTES && are_wanted()
}

/// What tells a note from others, but for a name in it. Addresses are those of C types, of their fields and of classes that
/// are never freed, so they cannot come to stand for something else before [`Notes::forget_types`]; other numbers are
/// hashes of names, and numbers that are used once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The kind of place, with a number.
    pub place: usize,
    /// What it is part of.
    pub of: [usize; 2],
    /// The C type expected there, or the hash of a name.
    pub expected: usize,
    /// The class of what came.
    pub got: usize,
    /// Where in the note a name has to be found, which has no address to know it by, and its length.
    pub name: [usize; 2],
}

impl Key {
    fn slot(&self) -> usize {
        let address = self.of[1] ^ self.expected ^ self.got;
        (address >> 4) ^ (address >> 9) ^ self.place ^ self.name[1]
    }
}

/// A note that was made.
struct Kept {
    /// What it is known by, with the class of the error and the time.
    key: Option<(Key, *mut ffi::PyObject, usize)>,
    note: Owned,
    /// A list of that note.
    list: Owned,
    /// The attributes of an exception with that list. Nobody else has it: exceptions get copies.
    attributes: Owned,
}

// SAFETY: the address of a class is compared only.
unsafe impl Send for Kept {}

impl Kept {
    fn new(py: Py<'_>, name: &Obj, line: &str) -> R<Box<Kept>> {
        let note = text::new_str(py, line)?;
        // SAFETY: attached; the list takes the reference.
        let list = unsafe {
            let list = Owned::from_new(py, ffi::PyList_New(1))?;
            ffi::PyList_SET_ITEM(list.as_ptr(), 0, note.clone().into_ptr());
            list
        };
        let attributes = dict::new(py)?;
        dict::set(py, &attributes, name, &list)?;
        py.boxed(Kept { key: None, note, list, attributes })
    }

    /// Whether the exceptions that had the list are gone, and have left it as it was.
    fn is_free(&self) -> bool {
        // SAFETY: the note owns a reference to the list, so it is alive.
        let unused = unsafe { ffi::Py_REFCNT(self.list.as_ptr()) } == 2;
        unused
            && Seq::of(&self.list)
                .is_some_and(|list| list.len() == 1 && list.get(0).is_some_and(|note| note.is(&self.note)))
    }

    fn has_name(&self, py: Py<'_>, key: &Key, name: &str) -> bool {
        match text::utf8(py, &self.note) {
            Ok(note) => {
                note.as_bytes().get(key.name[0]..).is_some_and(|rest| rest.starts_with(name.as_bytes()))
            }
            Err(raised) => {
                py.err_clear(raised);
                false
            }
        }
    }
}

/// What the notes of one interpreter have in common. Lock-free; used by attached threads of that interpreter.
pub struct Notes {
    /// The interned name of the attribute.
    name: OnceRef<Obj>,
    /// Notes to be used again when the exceptions that had them are gone.
    recent: InTurn<[Option<Box<Kept>>; RECENT]>,
    /// How many types were freed, whose addresses may be those of others now.
    freed: AtomicUsize,
}

impl Notes {
    /// Nothing yet.
    pub fn new() -> Notes {
        are_wanted();
        Notes {
            name: OnceRef::new(),
            recent: InTurn::new([const { None }; RECENT]),
            freed: AtomicUsize::new(0),
        }
    }

    /// Gives up all objects.
    pub fn clear(&self, py: Py<'_>) {
        drop(self.name.take());
        for place in 0..RECENT {
            drop(self.exchange(py, place, None));
        }
    }

    /// To be said when a type is freed: what is known by addresses is known no more.
    #[inline]
    pub fn forget_types(&self) {
        if KEEPS {
            self.freed.store(self.freed.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        }
    }

    /// Puts a note into a place, and gives what was there.
    #[inline]
    fn exchange(&self, py: Py<'_>, place: usize, note: Option<Box<Kept>>) -> Option<Box<Kept>> {
        // SAFETY: attached to the interpreter that this belongs to; nothing is dropped in here.
        unsafe { self.recent.with(py, |recent| std::mem::replace(&mut recent[place % RECENT], note)) }
    }

    fn name(&self, py: Py<'_>) -> R {
        match self.name.get() {
            Some(name) => Ok(name.new_ref()),
            None => Ok(self.name.set_or_get(text::interned(py, NAME)?).new_ref()),
        }
    }

    /// The attributes with the note that was made for this key and class the last time.
    fn known(&self, py: Py<'_>, key: &Key, name: &str, class: *mut ffi::PyObject) -> Option<R> {
        let kept = self.exchange(py, key.slot(), None)?;
        let same = kept.key == Some((*key, class, self.freed.load(Ordering::Relaxed)));
        let copy = (same && kept.is_free() && kept.has_name(py, key, name))
            .then(|| dict::copy(py, &kept.attributes));
        drop(self.exchange(py, key.slot(), Some(kept)));
        copy
    }

    /// The attributes with that note.
    fn attributes(&self, py: Py<'_>, line: &str, key: Option<(&Key, *mut ffi::PyObject)>) -> R {
        let bytes = line.as_bytes();
        let slot = match key {
            Some((key, _)) => key.slot(),
            None if bytes.is_empty() => 0,
            None => usize::from(bytes[bytes.len() / 2]) ^ usize::from(bytes[bytes.len() - 1]) ^ bytes.len(),
        };
        let mut kept = match self.exchange(py, slot, None) {
            Some(kept) if kept.is_free() && text::is(py, &kept.note, line) => kept,
            _ => Kept::new(py, &*self.name(py)?, line)?,
        };
        kept.key = key.map(|(key, class)| (*key, class, self.freed.load(Ordering::Relaxed)));
        let copy = dict::copy(py, &kept.attributes);
        if line.len() <= LONGEST {
            drop(self.exchange(py, slot, Some(kept)));
        }
        copy
    }
}

/// Whether notes are kept: if a list is anybody else's can be seen under the GIL only.
const KEEPS: bool = cfg!(not(Py_GIL_DISABLED));

/// The place of the attributes of an exception that has none yet.
fn bare(exception: &Obj) -> Option<*mut *mut ffi::PyObject> {
    // SAFETY: alive; what is an instance of `BaseException` begins with its members.
    unsafe {
        if !KEEPS || ffi::PyExceptionInstance_Check(exception.as_ptr()) == 0 {
            return None;
        }
        let place = &raw mut (*exception.as_ptr().cast::<ffi::PyBaseExceptionObject>()).dict;
        (*place).is_null().then_some(place)
    }
}

/// Gives an exception its attributes, unless it has got some meanwhile.
fn give(exception: &Obj, attributes: Owned) {
    if let Some(place) = bare(exception) {
        // SAFETY: the exception is alive, and takes the reference over. With the GIL nobody else writes there.
        unsafe { *place = attributes.into_ptr() };
    }
}

impl Py<'_> {
    /// Adds a line below the exception that is set. Nothing happens on versions without notes.
    #[cold]
    #[inline(never)]
    pub fn note(self, notes: &Notes, raised: Raised, line: fmt::Arguments<'_>) -> Raised {
        match line.as_str() {
            Some(fixed) => self.note_text(notes, raised, fixed),
            None => self.note_text(notes, raised, Line::of(line).as_str()),
        }
    }

    /// Adds the line that `write` writes, if any, below the exception that is set. What it writes is always the same for a
    /// `key`, so it need not run.
    #[cold]
    #[inline(never)]
    pub fn note_known(
        self,
        notes: &Notes,
        raised: Raised,
        key: Option<&Key>,
        write: impl FnOnce(&mut Line),
    ) -> Raised {
        if !are_shown() {
            return raised;
        }
        let mut caught = Caught::new(self, raised);
        let class = caught.class();
        if let Some(exception) = caught.instance(self) {
            let known = match bare(exception) {
                Some(_) => key.and_then(|key| notes.known(self, key, "", class)),
                None => None,
            };
            let added = match known {
                Some(attributes) => attributes.map(|attributes| give(exception, attributes)),
                None => {
                    let mut line = Line::new();
                    write(&mut line);
                    let line = line.as_str();
                    match bare(exception) {
                        _ if line.is_empty() => Ok(()),
                        Some(_) => notes
                            .attributes(self, line, key.map(|key| (key, class)))
                            .map(|attributes| give(exception, attributes)),
                        None => Below::of(self, notes, exception).and_then(|below| below.add(self, line)),
                    }
                }
            };
            if let Err(failed) = added {
                self.err_clear(failed);
            }
        }
        caught.restore(self)
    }

    /// The same with a text that is there already.
    #[cold]
    pub fn note_text(self, notes: &Notes, raised: Raised, line: &str) -> Raised {
        if !are_shown() {
            return raised;
        }
        let mut caught = Caught::new(self, raised);
        if let Some(exception) = caught.instance(self)
            && let Err(failed) = add_text(self, notes, exception, line)
        {
            self.err_clear(failed);
        }
        caught.restore(self)
    }

    /// Adds a line below the error of a conversion: `innermost` if it is the first, else `further`, if that writes
    /// anything. Other exceptions stay as they are. What `innermost` writes is always the same for a `key`, with the
    /// name that stands in it.
    #[cold]
    #[inline(never)]
    pub fn note_conversion(
        self,
        notes: &Notes,
        raised: Raised,
        key: Option<(Key, &str)>,
        innermost: impl FnOnce(Exc, &mut Line),
        further: impl FnOnce(&mut Line),
    ) -> Raised {
        if !are_shown() {
            return raised;
        }
        let mut caught = Caught::new(self, raised);
        let object = caught.class();
        let class = OF_CONVERSIONS.into_iter().find(|class| class.class() == object);
        let Some(class) = class else { return caught.restore(self) };
        if let Some(exception) = caught.instance(self) {
            let added = match bare(exception) {
                Some(_) => {
                    let known = key.as_ref().and_then(|(key, name)| notes.known(self, key, name, object));
                    let attributes = known.unwrap_or_else(|| {
                        let mut line = Line::new();
                        innermost(class, &mut line);
                        notes.attributes(self, line.as_str(), key.as_ref().map(|(key, _)| (key, object)))
                    });
                    attributes.map(|attributes| give(exception, attributes))
                }
                None => Below::of(self, notes, exception).and_then(|below| {
                    let mut line = Line::new();
                    match below.len() {
                        0 => innermost(class, &mut line),
                        1..MOST => further(&mut line),
                        _ => {}
                    }
                    if line.as_str().is_empty() { Ok(()) } else { below.add(self, line.as_str()) }
                }),
            };
            if let Err(failed) = added {
                self.err_clear(failed);
            }
        }
        caught.restore(self)
    }
}

fn add_text(py: Py<'_>, notes: &Notes, exception: &Obj, line: &str) -> R<()> {
    if bare(exception).is_some() {
        give(exception, notes.attributes(py, line, None)?);
        return Ok(());
    }
    Below::of(py, notes, exception)?.add(py, line)
}

/// The place below an exception. Does what `BaseException.add_note()` does, without its look-ups.
struct Below {
    name: Owned,
    /// The dict of the exception.
    attributes: Owned,
    found: Option<Owned>,
}

impl Below {
    fn of(py: Py<'_>, notes: &Notes, exception: &Obj) -> R<Below> {
        // SAFETY: attached, alive; a new reference or null.
        let attributes = unsafe {
            Owned::from_new(py, ffi::PyObject_GenericGetDict(exception.as_ptr(), std::ptr::null_mut()))?
        };
        let name = notes.name(py)?;
        // SAFETY: the token proves that the thread is attached, and the object is a dict.
        let found = match unsafe { ffi::PyDict_Size(attributes.as_ptr()) } {
            0 => None,
            _ => dict::get(py, &attributes, &name)?,
        };
        Ok(Below { name, attributes, found })
    }

    /// How many notes there are.
    fn len(&self) -> usize {
        self.found.as_deref().and_then(Seq::of).map_or(0, |notes| notes.len())
    }

    fn add(&self, py: Py<'_>, line: &str) -> R<()> {
        let Some(found) = &self.found else {
            return dict::set(py, &self.attributes, &self.name, &*new_list(py, line)?);
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
