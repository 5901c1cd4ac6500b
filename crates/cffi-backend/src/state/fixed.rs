//! Interned types that are never freed, which threads find without a lock.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicPtr, Ordering};

use rustc_hash::FxBuildHasher;

use super::Key;
use cffi_rt::{Obj, Owned, refcount};

const PLACES: usize = 1024;

/// A type and its key.
struct Entry {
    key: Key,
    /// Immortal (see `cffi_rt::shared`).
    ct: *mut Obj,
}

/// A table with one place for each hash; a second type with that hash is found in the table with the locks. Places are
/// filled once, with a release store, and never emptied before the table is freed.
pub(super) struct Fixed {
    places: Box<[AtomicPtr<Entry>]>,
}

impl Fixed {
    /// Makes an empty table.
    pub(super) fn new() -> Fixed {
        Fixed { places: (0..PLACES).map(|_| AtomicPtr::default()).collect() }
    }

    fn place(&self, key: &Key) -> &AtomicPtr<Entry> {
        let hash = FxBuildHasher.hash_one(key);
        &self.places[(hash >> 48) as usize % PLACES]
    }

    /// Returns the type with that key, if it is here.
    #[inline]
    pub(super) fn find(&self, key: &Key) -> Option<Owned> {
        // SAFETY: null, or a box that lives as long as the table; its type is never freed.
        unsafe {
            let entry = self.place(key).load(Ordering::Acquire).as_ref()?;
            (entry.key == *key).then(|| Owned::from_borrowed(entry.ct.cast()))
        }
    }

    /// Adds an immortal type, if its place is free.
    #[cold]
    pub(super) fn add(&self, key: &Key, ct: &Obj) {
        let place = self.place(key);
        if !place.load(Ordering::Relaxed).is_null() {
            return;
        }
        let Ok(fresh) = cffi_memory::boxed(Entry { key: key.clone(), ct: ct.as_ptr().cast() }) else {
            return;
        };
        // The owner of the type may overwrite the mark of immortality (see `refcount::make_immortal`), but no longer
        // frees the type.
        refcount::make_immortal(ct);
        let fresh = Box::into_raw(fresh);
        let free = std::ptr::null_mut();
        if place.compare_exchange(free, fresh, Ordering::Release, Ordering::Relaxed).is_err() {
            // SAFETY: made above, and seen by nobody.
            drop(unsafe { Box::from_raw(fresh) });
        }
    }
}

impl Drop for Fixed {
    fn drop(&mut self) {
        for place in &mut self.places {
            let entry = std::mem::replace(place.get_mut(), std::ptr::null_mut());
            if !entry.is_null() {
                // SAFETY: from a box, and owned by this table.
                drop(unsafe { Box::from_raw(entry) });
            }
        }
    }
}
