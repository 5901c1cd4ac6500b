//! For an object of another project, the object of this one that belongs to it, noted by each thread for the last that it
//! has used.
//!
//! The note is one pair for each thread. It holds no references: an object that can be noted has a member [`Noted`], which
//! ends all notes before the object's memory is given back.

use std::sync::atomic::{AtomicU32, Ordering};

use super::class::{Trace, Visit};
use super::obj::{Obj, Owned, PyLayout};
use super::token::Py;

/// Whether threads note objects. Without a GIL, another thread may give up an object while this one looks at it.
const USED: bool = cfg!(not(Py_GIL_DISABLED));

/// One more than the number of objects that were given up. Notes hold as long as it does not change. At the largest
/// number, nothing is noted any more.
static GENERATION: AtomicU32 = AtomicU32::new(1);

/// A member of each object that can be noted.
pub struct Noted {
    /// Gives the member an address inside of its object.
    _address: u8,
}

impl Noted {
    /// Makes the member.
    pub const fn new() -> Noted {
        Noted { _address: 0 }
    }

    /// Ends all notes.
    fn end() {
        let more = |generation: u32| Some(generation.saturating_add(1));
        let _ = GENERATION.fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
    }
}

impl Default for Noted {
    fn default() -> Noted {
        Noted::new()
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        Noted::end();
    }
}

impl Trace for Noted {
    fn trace(&self, _: &mut Visit) {}

    unsafe fn clear(&self) {
        Noted::end();
    }
}

/// Returns whether this thread has noted something for an object.
#[inline(always)]
pub fn is_known(_py: Py<'_>, object: &Obj) -> bool {
    USED && cffi_local::with(|own| own.recent[0].get() == object.as_ptr().cast() && holds(own))
}

/// Returns whether the note of a thread holds.
#[inline(always)]
fn holds(own: &cffi_local::Local) -> bool {
    own.generation.get() == GENERATION.load(Ordering::Acquire)
}

/// Returns what this thread has noted for an object.
#[inline(always)]
pub fn of<T: PyLayout>(_py: Py<'_>, object: &Obj) -> Option<Owned<T>> {
    if !USED {
        return None;
    }
    let noted = cffi_local::with(|own| {
        let known = own.recent[0].get() == object.as_ptr().cast() && holds(own);
        known.then(|| own.recent[1].get())
    })?;
    // SAFETY: the object was noted for this very object, and nothing that can be noted was given up since, so both are
    // alive. They belong to one interpreter, whose lock this thread holds.
    unsafe { Obj::from_ptr(noted.cast()) }.owned_as()
}

/// Notes an object for another one, of the same interpreter, to which it has a reference. `member` is its [`Noted`].
pub fn note<T: PyLayout>(_py: Py<'_>, object: &Obj, value: &T, member: &Noted) {
    let (start, at) = (std::ptr::from_ref(value).addr(), std::ptr::from_ref(member).addr());
    let generation = GENERATION.load(Ordering::Acquire);
    let inside = at >= start && at < start + size_of::<T>();
    if !USED || !inside || generation == u32::MAX {
        return;
    }
    cffi_local::with(|own| {
        own.recent[0].set(object.as_ptr().cast());
        own.recent[1].set(value.as_ptr().cast());
        own.generation.set(generation);
    });
}
