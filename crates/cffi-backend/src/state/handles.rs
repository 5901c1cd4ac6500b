//! The addresses of all live handles, so that an address that is none is told from one.

use std::collections::HashSet;
#[cfg(Py_GIL_DISABLED)]
use std::hash::BuildHasher;

use cffi_memory::NoMemory;
use rustc_hash::FxBuildHasher;

use cffi_rt::Py;
use cffi_rt::guarded::InTurn;

/// As many as threads may want at a time.
const SHARDS: usize = if cfg!(Py_GIL_DISABLED) { 16 } else { 1 };

type Addresses = HashSet<usize, FxBuildHasher>;

/// The registry. A shard is held for a few instructions and never while Python code can run.
pub(crate) struct Handles {
    shards: [InTurn<Addresses>; SHARDS],
}

impl Handles {
    /// An empty registry.
    pub(crate) fn new() -> Handles {
        Handles { shards: std::array::from_fn(|_| InTurn::new(Addresses::default())) }
    }

    #[inline]
    fn shard(&self, address: usize) -> &InTurn<Addresses> {
        #[cfg(Py_GIL_DISABLED)]
        return &self.shards[(FxBuildHasher.hash_one(address) >> 57) as usize % SHARDS];
        #[cfg(not(Py_GIL_DISABLED))]
        {
            let _ = address;
            &self.shards[0]
        }
    }

    /// Adds the address of a new handle.
    ///
    /// # Errors
    /// There is no memory for one more.
    pub(crate) fn insert(&self, py: Py<'_>, address: usize) -> Result<(), NoMemory> {
        // SAFETY: attached to the interpreter that the registry belongs to; no other code runs.
        unsafe {
            self.shard(address).with(py, |addresses| {
                addresses.try_reserve(1)?;
                addresses.insert(address);
                Ok(())
            })
        }
    }

    /// Takes a dying handle out.
    pub(crate) fn remove(&self, py: Py<'_>, address: usize) {
        // SAFETY: as above.
        unsafe { self.shard(address).with(py, |addresses| addresses.remove(&address)) };
    }

    /// Runs `f`, which must not run Python code, if `address` is that of a live handle; it stays one meanwhile.
    pub(crate) fn with<T>(&self, py: Py<'_>, address: usize, f: impl FnOnce() -> T) -> Option<T> {
        // SAFETY: as above; `f` by the caller.
        unsafe { self.shard(address).with(py, |addresses| addresses.contains(&address).then(f)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_added_and_not_removed_is_known() {
        let handles = Handles::new();
        // SAFETY: a token only; the registry asks no interpreter for anything, and is seen by this thread alone.
        let py = unsafe { Py::assume() };
        for i in 0..1000 {
            assert_eq!(handles.insert(py, i * 64), Ok(()));
        }
        for i in (0..1000).step_by(2) {
            handles.remove(py, i * 64);
        }
        let known = |address: &usize| handles.with(py, *address, || ()).is_some();
        assert_eq!((0..64_000).filter(known).count(), 500);
        assert!(!known(&0) && known(&64) && !known(&65));
    }
}
