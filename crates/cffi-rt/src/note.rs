//! Lines that a traceback shows below an exception (PEP 678). They explain more than the message, which programs
//! compare.
//!
//! Most exceptions are caught and discarded, and never show their notes. So a note must be cheap: its text is built on
//! the stack, and objects from an earlier equal failure are used again.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3_ffi as ffi;

use super::err::{Exc, R, Raised};
use super::guarded::InTurn;
use super::line::Line;
use super::obj::{Obj, Owned, SharedRef};
use super::seq::Seq;
use super::token::Py;
use super::unraisable::Caught;
use super::version::HAS_NOTES;
use super::{dict, seq, text};

/// The classes of errors that conversions raise. Other errors (of the program, of memory, of recursion) get no notes.
const OF_CONVERSIONS: [Exc; 5] = [Exc::Type, Exc::Value, Exc::Overflow, Exc::Index, Exc::Key];
/// The largest number of notes. Deep initializers fail at many levels; the innermost ones are enough.
const MOST: usize = 6;
/// The number of notes that are kept.
const RECENT: usize = 8;
/// The length of the longest note that is kept, in bytes.
const LONGEST: usize = 256;

const NAME: &str = "__notes__";
/// The environment variable that turns notes off, for test suites that compare whole texts.
const VARIABLE: &str = "FERROCFFI_NOTES";

/// Returns whether this process wants notes. The environment is read once, when the module is first imported.
fn are_wanted() -> bool {
    static WANTED: OnceLock<bool> = OnceLock::new();
    *WANTED.get_or_init(|| {
        let value = std::env::var_os(VARIABLE).unwrap_or_default();
        !["0", "no", "off", "false"].iter().any(|off| value.eq_ignore_ascii_case(off))
    })
}

/// Returns whether exceptions get notes: this Python shows them, and this process wants them.
fn are_shown() -> bool {
    HAS_NOTES && are_wanted()
}

/// The facts that distinguish a note from others, apart from a name in it. Addresses are those of C types, of their
/// fields and of classes that are never freed, so they cannot belong to anything else before [`Notes::forget_types`].
/// Other numbers are hashes of names, and numbers that are used once.
#[derive(Clone, Copy)]
pub struct Key {
    /// The kind of place, with a number.
    pub place: usize,
    /// The addresses of the C types or fields that the place is part of.
    pub of: [usize; 2],
    /// The C type expected at the place, or the hash of a name.
    pub expected: usize,
    /// The class of the object that was passed.
    pub got: usize,
    /// The position and length of a name in the note, which has no address to identify it.
    pub name: [usize; 2],
}

impl PartialEq for Key {
    #[inline(always)]
    fn eq(&self, other: &Key) -> bool {
        // Member by member, which takes fewer instructions than a call that compares memory.
        self.expected == other.expected
            && self.got == other.got
            && self.place == other.place
            && self.of[0] == other.of[0]
            && self.of[1] == other.of[1]
            && self.name[0] == other.name[0]
            && self.name[1] == other.name[1]
    }
}

impl Key {
    fn slot(&self) -> usize {
        let address = self.of[1] ^ self.expected ^ self.got;
        (address >> 4) ^ (address >> 9) ^ self.place ^ self.name[1]
    }
}

/// A note that was made.
struct Kept {
    /// The key of the note, with the class of the error and the time.
    key: Option<(Key, *mut ffi::PyObject, usize)>,
    note: Owned,
    /// A second note below it.
    second: Option<Owned>,
    /// A list that contains these notes only.
    list: Owned,
    /// The attributes of an exception with that list. Exceptions get copies of them.
    attributes: Owned,
}

// SAFETY: the address of a class is compared only.
unsafe impl Send for Kept {}

impl Kept {
    fn new(py: Py<'_>, name: &Obj, line: &str, second: Option<&str>) -> R<Box<Kept>> {
        let note = text::new_str(py, line)?;
        let list = seq::new_list(py)?;
        seq::push(py, &list, &note)?;
        let second = second.map(|line| text::new_str(py, line)).transpose()?;
        if let Some(second) = &second {
            seq::push(py, &list, second)?;
        }
        let attributes = dict::new(py)?;
        dict::set(py, &attributes, name, &list)?;
        py.boxed(Kept { key: None, note, second, list, attributes })
    }

    /// Returns whether the exceptions that had the list are gone, and have not changed it.
    fn is_free(&self) -> bool {
        // SAFETY: the note owns a reference to the list, so it is alive. Nobody else uses it if there is one reference more,
        // that of the attributes, so its items stay while they are compared.
        unsafe {
            let list = self.list.as_ptr();
            if ffi::Py_REFCNT(list) != 2 {
                return false;
            }
            let (count, first) = (ffi::PyList_GET_SIZE(list), self.note.as_ptr());
            match &self.second {
                None => count == 1 && ffi::PyList_GET_ITEM(list, 0) == first,
                Some(second) => {
                    count == 2
                        && ffi::PyList_GET_ITEM(list, 0) == first
                        && ffi::PyList_GET_ITEM(list, 1) == second.as_ptr()
                }
            }
        }
    }

    #[inline(always)]
    fn has_name(&self, py: Py<'_>, key: &Key, name: &str) -> bool {
        name.is_empty() || self.contains(py, key, name)
    }

    #[inline(never)]
    fn contains(&self, py: Py<'_>, key: &Key, name: &str) -> bool {
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

/// The state that the notes of one interpreter share. It has no locks, and attached threads of that interpreter use it.
pub struct Notes {
    /// The interned name of the attribute.
    name: SharedRef,
    /// Notes that are used again when the exceptions that had them are gone.
    recent: InTurn<[Option<Box<Kept>>; RECENT]>,
    /// Keys for which there is nothing to say, with the time.
    quiet: InTurn<[Option<(Key, usize)>; RECENT]>,
    /// The number of types and declarations that were freed, and whose addresses may belong to others now.
    freed: AtomicUsize,
}

impl Notes {
    /// Makes an empty state.
    pub fn new() -> Notes {
        are_wanted();
        Notes {
            name: SharedRef::new(),
            recent: InTurn::new([const { None }; RECENT]),
            quiet: InTurn::new([const { None }; RECENT]),
            freed: AtomicUsize::new(0),
        }
    }

    /// Drops all objects.
    pub fn clear(&self, py: Py<'_>) {
        drop(self.name.exchange(py, None));
        for place in 0..RECENT {
            drop(self.exchange(py, place, None));
        }
    }

    /// Invalidates all keys. It has to be called when a type is freed, or declarations, as the address may be used again.
    #[inline]
    pub fn forget_types(&self) {
        if KEEPS {
            self.freed.store(self.freed.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        }
    }

    /// Returns whether there is nothing to say for this key.
    fn is_quiet(&self, py: Py<'_>, key: &Key) -> bool {
        let now = Some((*key, self.freed.load(Ordering::Relaxed)));
        // SAFETY: attached to the interpreter that this belongs to; the closure only compares.
        KEEPS && unsafe { self.quiet.with(py, |quiet| quiet[key.slot() % RECENT] == now) }
    }

    /// Keeps in mind that there is nothing to say for this key.
    fn keep_quiet(&self, py: Py<'_>, key: &Key) {
        let now = Some((*key, self.freed.load(Ordering::Relaxed)));
        if KEEPS {
            // SAFETY: attached to the interpreter that this belongs to; the closure only writes.
            unsafe { self.quiet.with(py, |quiet| quiet[key.slot() % RECENT] = now) };
        }
    }

    /// Puts a note into a place, and returns the old one.
    #[inline]
    fn exchange(&self, py: Py<'_>, place: usize, note: Option<Box<Kept>>) -> Option<Box<Kept>> {
        // SAFETY: attached to the interpreter that this belongs to; nothing is dropped in the closure.
        unsafe { self.recent.with(py, |recent| std::mem::replace(&mut recent[place % RECENT], note)) }
    }

    fn name(&self, py: Py<'_>) -> R {
        match self.name.get(py) {
            Some(name) => Ok(name),
            None => Ok(self.name.set_or_get(py, text::interned(py, NAME)?)),
        }
    }

    /// Returns the attributes with the note that was last made for this key and class.
    fn known(&self, py: Py<'_>, key: &Key, name: &str, class: *mut ffi::PyObject) -> Option<R> {
        let freed = self.freed.load(Ordering::Relaxed);
        // SAFETY: attached to the interpreter that this belongs to. The closure reads texts and counts a reference.
        let attributes = unsafe {
            self.recent.with(py, |recent| {
                let kept = recent[key.slot() % RECENT].as_deref()?;
                let (known, of, then) = kept.key.as_ref()?;
                let same = known == key && *of == class && *then == freed;
                (same && kept.is_free() && kept.has_name(py, key, name)).then(|| kept.attributes.clone())
            })
        }?;
        Some(dict::copy(py, &attributes))
    }

    /// Returns the attributes with two notes, and keeps them for the key.
    fn pair(&self, py: Py<'_>, lines: [&str; 2], key: &Key, class: *mut ffi::PyObject) -> R {
        let mut kept = Kept::new(py, &*self.name(py)?, lines[0], Some(lines[1]))?;
        kept.key = Some((*key, class, self.freed.load(Ordering::Relaxed)));
        let copy = dict::copy(py, &kept.attributes);
        if lines.iter().all(|line| line.len() <= LONGEST) {
            drop(self.exchange(py, key.slot(), Some(kept)));
        }
        copy
    }

    /// Returns the attributes with this note, and keeps it for the key.
    fn attributes(&self, py: Py<'_>, line: &str, key: Option<(&Key, *mut ffi::PyObject)>) -> R {
        let bytes = line.as_bytes();
        let slot = match key {
            Some((key, _)) => key.slot(),
            None if bytes.is_empty() => 0,
            None => usize::from(bytes[bytes.len() / 2]) ^ usize::from(bytes[bytes.len() - 1]) ^ bytes.len(),
        };
        let mut kept = match self.exchange(py, slot, None) {
            Some(kept) if kept.second.is_none() && kept.is_free() && text::is(py, &kept.note, line) => kept,
            _ => Kept::new(py, &*self.name(py)?, line, None)?,
        };
        kept.key = key.map(|(key, class)| (*key, class, self.freed.load(Ordering::Relaxed)));
        let copy = dict::copy(py, &kept.attributes);
        if line.len() <= LONGEST {
            drop(self.exchange(py, slot, Some(kept)));
        }
        copy
    }
}

/// Whether notes are kept. Only under the GIL can it be seen whether a list is used by anybody else.
const KEEPS: bool = cfg!(not(Py_GIL_DISABLED));

/// Returns the place for the attributes of an exception that has none yet.
fn bare(exception: &Obj) -> Option<*mut *mut ffi::PyObject> {
    // SAFETY: alive; an instance of `BaseException` begins with its members.
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
    /// Adds a line below the exception that is set. On versions without notes, nothing happens.
    #[cold]
    #[inline(never)]
    pub fn note(self, notes: &Notes, raised: Raised, line: fmt::Arguments<'_>) -> Raised {
        match line.as_str() {
            Some(fixed) => self.note_text(notes, raised, fixed),
            None => self.note_text(notes, raised, Line::of(line).as_str()),
        }
    }

    /// Adds the line that `write` writes, if any, below the exception that is set. `write` always writes one text for
    /// one `key`, so it need not run each time.
    #[cold]
    #[inline(never)]
    pub fn note_known(
        self,
        notes: &Notes,
        raised: Raised,
        key: Option<&Key>,
        write: impl FnOnce(&mut Line),
    ) -> Raised {
        if !are_shown() || key.is_some_and(|key| notes.is_quiet(self, key)) {
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
                        _ if line.is_empty() => {
                            key.into_iter().for_each(|key| notes.keep_quiet(self, key));
                            Ok(())
                        }
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

    /// Adds two lines below the exception that is set. For one `key` and the name in the first line, the lines are always
    /// the same.
    #[cold]
    pub fn note_pair(self, notes: &Notes, raised: Raised, key: (&Key, &str), lines: [&str; 2]) -> Raised {
        if !are_shown() {
            return raised;
        }
        let mut caught = Caught::new(self, raised);
        let class = caught.class();
        if let Some(exception) = caught.instance(self) {
            let added = match bare(exception) {
                Some(_) => notes
                    .known(self, key.0, key.1, class)
                    .unwrap_or_else(|| notes.pair(self, lines, key.0, class))
                    .map(|attributes| give(exception, attributes)),
                None => {
                    Below::of(self, notes, exception).and_then(|below| below.add(self, lines[0])).and_then(
                        // Looked up again, as the first line may have made the list.
                        |()| Below::of(self, notes, exception).and_then(|below| below.add(self, lines[1])),
                    )
                }
            };
            if let Err(failed) = added {
                self.err_clear(failed);
            }
        }
        caught.restore(self)
    }

    /// Sets an exception with a text that is always the same one and the note for this key, if both are known already, as
    /// two steps would do it.
    #[cold]
    pub fn raise_known(self, notes: &Notes, class: Exc, text: &'static str, key: &Key) -> Option<Raised> {
        if !are_shown() || !KEEPS {
            return None;
        }
        let attributes = notes.known(self, key, "", class.class())?;
        match attributes.and_then(|attributes| Ok((attributes, self.exception_of(class, text)?))) {
            Ok((attributes, exception)) => {
                give(&exception, attributes);
                Some(self.err_instance(class.object(self), exception))
            }
            Err(raised) => Some(raised),
        }
    }

    /// Adds a line below the exception that is set, as [`Py::note`] does, from a finished text.
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
    /// anything. Other exceptions stay as they are. `innermost` always writes one text for one `key` and the name in
    /// it.
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

/// The notes of an exception. It does the work of `BaseException.add_note()` without its look-ups.
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

    /// Returns the number of notes.
    fn len(&self) -> usize {
        self.found.as_deref().and_then(Seq::of).map_or(0, |notes| notes.len())
    }

    fn add(&self, py: Py<'_>, line: &str) -> R<()> {
        let Some(found) = &self.found else {
            return dict::set(py, &self.attributes, &self.name, &*new_list(py, line)?);
        };
        let line = text::new_str(py, line)?;
        // SAFETY: attached, all alive; fails for an object that is not a list.
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
