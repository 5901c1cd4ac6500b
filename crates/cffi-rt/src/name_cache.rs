//! A cache of attributes by the addresses of their names.
//!
//! The names of attributes in compiled Python code are interned, so that each place that loads an attribute passes the
//! very same object. Comparing addresses takes less time than a look-up in a dict, which computes with the hash.

use std::cell::Cell;

use super::class::{Trace, Visit};
use super::obj::{Obj, Owned};
use super::token::Py;

/// The number of places, each for the names with certain addresses.
const PLACES: usize = 64;

/// Whether the cache is used. Without a GIL, several threads would use the places at the same time.
const USED: bool = cfg!(not(Py_GIL_DISABLED));

/// Some attributes of an object that always have the same values. It owns references to names and values.
pub struct NameCache(Cell<Option<Box<[Place; PLACES]>>>);

type Place = Option<(Owned, Owned)>;

impl NameCache {
    /// Makes an empty cache, which takes no memory until something is put into it.
    pub const fn new() -> NameCache {
        NameCache(Cell::new(None))
    }

    /// Returns the places.
    ///
    /// # Safety
    /// Nothing else of the cache is used while the result lives.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "the caller promises that it is the only one")]
    unsafe fn places(&self) -> &mut Option<Box<[Place; PLACES]>> {
        // SAFETY: the caller promises that this is the only use; the GIL keeps other threads away.
        unsafe { &mut *self.0.as_ptr() }
    }

    /// Returns the value for a name that was put in as this very object.
    #[inline(always)]
    pub fn get(&self, _py: Py<'_>, name: &Obj) -> Option<Owned> {
        if !USED {
            return None;
        }
        // SAFETY: the thread is attached, and nothing of Python runs until the value has its new reference.
        let places = unsafe { self.places() };
        match &places.as_deref()?[place(name)] {
            Some((key, value)) if key.is(name) => Some(value.new_ref()),
            _ => None,
        }
    }

    /// Keeps the value of a name. Does nothing for names that Python code does not share, and without memory.
    #[inline(never)]
    pub fn put(&self, _py: Py<'_>, name: &Obj, value: &Obj) {
        if USED && name.is_exact_str() && super::version::is_interned(name) {
            self.keep(name, value);
        }
    }

    /// Keeps the value of a text. Does nothing for texts that nobody else refers to, and without memory.
    #[inline(never)]
    pub fn put_text(&self, _py: Py<'_>, text: &Obj, value: &Obj) {
        if USED && text.is_exact_str() && super::refcount::is_shared(text) {
            self.keep(text, value);
        }
    }

    fn keep(&self, name: &Obj, value: &Obj) {
        // SAFETY: the thread is attached, and nothing of Python runs meanwhile: the old references are dropped later.
        let places = unsafe { self.places() };
        if places.is_none() {
            *places = cffi_memory::boxed([const { None }; PLACES]).ok();
        }
        if let Some(places) = places.as_deref_mut() {
            let old = places[place(name)].replace((name.new_ref(), value.new_ref()));
            drop(old);
        }
    }

    /// Removes everything.
    pub fn empty(&self, _py: Py<'_>) {
        drop(self.0.take());
    }
}

/// Returns the index of the place for a name.
#[inline(always)]
fn place(name: &Obj) -> usize {
    let address = name.as_ptr().addr();
    (address >> 4 ^ address >> 10) % PLACES
}

impl Trace for NameCache {
    fn trace(&self, visit: &mut Visit) {
        // SAFETY: the garbage collector runs on an attached thread, and only reads.
        if let Some(places) = unsafe { self.places() } {
            for (key, value) in places.iter().flatten() {
                visit.object(key);
                visit.object(value);
            }
        }
    }

    unsafe fn clear(&self) {
        // SAFETY: the garbage collector runs on an attached thread.
        self.empty(unsafe { Py::assume() });
    }
}
