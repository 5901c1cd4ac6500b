//! The addresses of all live handles, so that an address that is none is told from one.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustc_hash::FxBuildHasher;

const SHARDS: usize = 16;

/// The registry. A shard's lock is held for a few instructions and never while Python code can run.
pub(crate) struct Handles {
    shards: [Mutex<HashSet<usize, FxBuildHasher>>; SHARDS],
}

impl Handles {
    /// An empty registry.
    pub(crate) fn new() -> Handles {
        Handles { shards: std::array::from_fn(|_| Mutex::default()) }
    }

    fn shard(&self, address: usize) -> MutexGuard<'_, HashSet<usize, FxBuildHasher>> {
        let hash = FxBuildHasher.hash_one(address);
        let shard = &self.shards[(hash >> 57) as usize % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the address of a new handle.
    pub(crate) fn insert(&self, address: usize) {
        self.shard(address).insert(address);
    }

    /// Takes a dying handle out.
    pub(crate) fn remove(&self, address: usize) {
        self.shard(address).remove(&address);
    }

    /// Runs `f`, which must not run Python code, if `address` is that of a live handle; it stays one meanwhile.
    pub(crate) fn with<T>(&self, address: usize, f: impl FnOnce() -> T) -> Option<T> {
        let shard = self.shard(address);
        shard.contains(&address).then(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_added_and_not_removed_is_known() {
        let handles = Handles::new();
        for i in 0..1000 {
            handles.insert(i * 64);
        }
        for i in (0..1000).step_by(2) {
            handles.remove(i * 64);
        }
        let known = |address: &usize| handles.with(*address, || ()).is_some();
        assert_eq!((0..64_000).filter(known).count(), 500);
        assert!(!known(&0) && known(&64) && !known(&65));
    }
}
