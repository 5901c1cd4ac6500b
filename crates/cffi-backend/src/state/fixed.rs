//! Interned types that are never freed, which threads find without a lock.

use std::hash::BuildHasher;
use std::sync::OnceLock;

use rustc_hash::FxBuildHasher;

use super::Key;
use cffi_rt::{Obj, Owned, refcount};

const PLACES: usize = 1024;

/// A type and its key.
struct Entry {
    key: Key,
    /// Immortal (see `cffi_rt::shared`).
    ct: Owned,
}

/// A table with one place for each hash; a second type with that hash is found in the table with the locks. Places are
/// filled once, and never emptied before the table is freed.
pub(super) struct Fixed {
    places: Box<[OnceLock<Box<Entry>>]>,
}

impl Fixed {
    /// Makes an empty table.
    pub(super) fn new() -> Fixed {
        Fixed { places: (0..PLACES).map(|_| OnceLock::new()).collect() }
    }

    fn place(&self, key: &Key) -> &OnceLock<Box<Entry>> {
        let hash = FxBuildHasher.hash_one(key);
        &self.places[(hash >> 48) as usize % PLACES]
    }

    /// Returns the type with that key, if it is here.
    #[inline]
    pub(super) fn find(&self, key: &Key) -> Option<Owned> {
        let entry = self.place(key).get()?;
        (entry.key == *key).then(|| entry.ct.new_ref())
    }

    /// Adds an immortal type, if its place is free.
    #[cold]
    pub(super) fn add(&self, key: &Key, ct: &Obj) {
        let place = self.place(key);
        if place.get().is_some() {
            return;
        }
        let Ok(fresh) = cffi_memory::boxed(Entry { key: key.clone(), ct: ct.new_ref() }) else { return };
        // The owner of the type may overwrite the mark of immortality (see `refcount::make_immortal`), but no longer
        // frees the type.
        refcount::make_immortal(ct);
        // Another thread may have filled the place meanwhile.
        let _ = place.set(fresh);
    }
}
