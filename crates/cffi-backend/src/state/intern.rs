//! The table of interned ctypes: one object for each distinct type, found without keeping it alive.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cffi_memory::NoMemory;
use rustc_hash::FxBuildHasher;

#[cfg(Py_GIL_DISABLED)]
use cffi_rt::shared;
use cffi_rt::{Obj, Owned, refcount};

#[cfg(Py_GIL_DISABLED)]
#[path = "fixed.rs"]
mod fixed;

/// The properties that identify a type. Addresses are those of live ctypes that the new type will hold.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Void,
    /// A primitive type, by its number.
    Primitive(u8),
    /// A `_BitInt`, by signedness and width.
    BitInt(bool, u32),
    /// A pointer type, by its item.
    Pointer(usize),
    /// An array type, by pointer type and length (-1 open).
    Array(usize, isize),
    /// A vector type, by pointer type of its items and their number.
    Vector(usize, isize),
    /// A function type, by result, convention and ellipsis, and arguments.
    Function(Box<[usize]>),
}

/// The address of a ctype, not counted.
#[derive(Clone, Copy)]
struct Weak(*mut Obj);

// SAFETY: only an address; it is turned into a reference under the shard's lock and an attached thread.
unsafe impl Send for Weak {}

const SHARDS: usize = 16;

/// The table of interned types. A shard's lock is held for a few instructions and never while Python code can run.
pub(crate) struct Table {
    shards: [Mutex<HashMap<Key, Weak, FxBuildHasher>>; SHARDS],
    /// Types that are never freed, found without a lock.
    #[cfg(Py_GIL_DISABLED)]
    fixed: fixed::Fixed,
}

impl Table {
    /// Makes an empty table.
    pub(crate) fn new() -> Table {
        Table {
            shards: std::array::from_fn(|_| Mutex::default()),
            #[cfg(Py_GIL_DISABLED)]
            fixed: fixed::Fixed::new(),
        }
    }

    fn shard(&self, key: &Key) -> MutexGuard<'_, HashMap<Key, Weak, FxBuildHasher>> {
        let hash = FxBuildHasher.hash_one(key);
        let shard = &self.shards[(hash >> 57) as usize % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the live type with that key.
    pub(crate) fn find(&self, key: &Key) -> Option<Owned> {
        #[cfg(Py_GIL_DISABLED)]
        if let Some(found) = self.fixed.find(key) {
            return Some(found);
        }
        let found = Self::upgrade(*self.shard(key).get(key)?)?;
        #[cfg(Py_GIL_DISABLED)]
        {
            shared::used(&found);
            if refcount::is_immortal(&found) {
                self.fixed.add(key, &found);
            }
        }
        Some(found)
    }

    fn upgrade(weak: Weak) -> Option<Owned> {
        let p = weak.0;
        // SAFETY: under the lock: an entry is removed, under this lock too, before its object's memory is freed.
        unsafe { if refcount::try_incref(p.cast()) { Some(Owned::from_raw(p)) } else { None } }
    }

    /// Publishes `fresh` under `key`, unless another thread has published one meanwhile. Returns the published type.
    ///
    /// # Safety
    /// `fresh` is a ctype, whose deallocation calls [`Table::forget`] with this key, or [`Table::forget_without_key`].
    ///
    /// # Errors
    /// There is no memory for one more entry.
    pub(crate) unsafe fn publish(&self, key: Key, fresh: Owned) -> Result<Owned, NoMemory> {
        refcount::allow_try_incref(&fresh);
        let first = {
            let mut shard = self.shard(&key);
            let first = shard.get(&key).copied().and_then(Self::upgrade);
            if first.is_none() {
                shard.try_reserve(1).map(|()| shard.insert(key, Weak(fresh.raw()))).map(|_| None)
            } else {
                Ok(first)
            }
        };
        // A type that lost the race is dropped here, outside of the lock that its deallocation takes.
        Ok(first?.unwrap_or(fresh))
    }

    /// Removes a dying type, unless the place has been given to a newer one.
    pub(crate) fn forget(&self, key: &Key, dying: *mut Obj) {
        let mut shard = self.shard(key);
        if shard.get(key).is_some_and(|w| w.0 == dying) {
            shard.remove(key);
        }
    }
}

impl Table {
    /// Removes a dying type for whose key there is no memory, by comparing all entries.
    #[cold]
    pub(crate) fn forget_without_key(&self, dying: *mut Obj) {
        for shard in &self.shards {
            shard.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, weak| weak.0 != dying);
        }
    }
}

/// Returns the address of a type as part of a key.
pub(crate) fn addr(ct: &Obj) -> usize {
    ct.as_ptr() as usize
}
