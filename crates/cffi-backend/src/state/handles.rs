//! The addresses of all live handles, to distinguish them from other addresses.

use std::collections::HashMap;
#[cfg(Py_GIL_DISABLED)]
use std::hash::BuildHasher;

use cffi_memory::NoMemory;
use rustc_hash::FxBuildHasher;

use cffi_rt::Py;
use cffi_rt::guarded::InTurn;

/// The number of shards: as many as threads may use simultaneously.
const SHARDS: usize = if cfg!(Py_GIL_DISABLED) { 16 } else { 1 };

/// `PAGE`: bits of an address that give the offset in its page. `ZERO`: the lowest bits, which are zero for all
/// objects.
const PAGE: u32 = 12;
const ZERO: u32 = 3;

/// A bit for each place of a page where an object can begin. Handles made one after the other are neighbors in memory,
/// so fifty of them share such an entry.
type Page = [u64; 1 << (PAGE - ZERO - 6)];

type Pages = HashMap<usize, Page, FxBuildHasher>;

/// The registry. A shard is held for a few instructions and never while Python code can run.
pub(crate) struct Handles {
    shards: [InTurn<Pages>; SHARDS],
}

/// The position of the bit of an address.
struct Bit {
    page: usize,
    word: usize,
    mask: u64,
}

impl Bit {
    /// Returns the position, or `None` where no object begins.
    #[inline]
    fn of(address: usize) -> Option<Bit> {
        let place = (address & ((1 << PAGE) - 1)) >> ZERO;
        let aligned = address & ((1 << ZERO) - 1) == 0;
        aligned.then_some(Bit { page: address >> PAGE, word: place / 64, mask: 1 << (place % 64) })
    }
}

impl Handles {
    /// Makes an empty registry.
    pub(crate) fn new() -> Handles {
        Handles { shards: std::array::from_fn(|_| InTurn::new(Pages::default())) }
    }

    #[inline]
    fn shard(&self, page: usize) -> &InTurn<Pages> {
        #[cfg(Py_GIL_DISABLED)]
        return &self.shards[(FxBuildHasher.hash_one(page) >> 57) as usize % SHARDS];
        #[cfg(not(Py_GIL_DISABLED))]
        {
            let _ = page;
            &self.shards[0]
        }
    }

    /// Adds the address of a new handle.
    ///
    /// # Errors
    /// There is no memory for one more.
    pub(crate) fn insert(&self, py: Py<'_>, address: usize) -> Result<(), NoMemory> {
        let Some(bit) = Bit::of(address) else { return Err(NoMemory) };
        // SAFETY: attached to the interpreter that the registry belongs to; no other code runs.
        unsafe {
            self.shard(bit.page).with(py, |pages| {
                pages.try_reserve(1)?;
                pages.entry(bit.page).or_default()[bit.word] |= bit.mask;
                Ok(())
            })
        }
    }

    /// Removes a dying handle.
    pub(crate) fn remove(&self, py: Py<'_>, address: usize) {
        let Some(bit) = Bit::of(address) else { return };
        // SAFETY: attached to the interpreter that the registry belongs to; no other code runs.
        unsafe {
            self.shard(bit.page).with(py, |pages| {
                if let Some(page) = pages.get_mut(&bit.page) {
                    page[bit.word] &= !bit.mask;
                    if *page == Page::default() {
                        pages.remove(&bit.page);
                    }
                }
            });
        }
    }

    /// Runs `f`, which must not run Python code, if `address` is that of a live handle. The handle stays alive
    /// meanwhile.
    pub(crate) fn with<T>(&self, py: Py<'_>, address: usize, f: impl FnOnce() -> T) -> Option<T> {
        let bit = Bit::of(address)?;
        // SAFETY: attached to the interpreter that the registry belongs to; `f` runs no Python code.
        unsafe {
            self.shard(bit.page).with(py, |pages| {
                let known = pages.get(&bit.page).is_some_and(|page| page[bit.word] & bit.mask != 0);
                known.then(f)
            })
        }
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
        assert!(!known(&0) && known(&64) && !known(&65) && !known(&72));
        for i in (1..1000).step_by(2) {
            handles.remove(py, i * 64);
        }
        assert_eq!((0..64_000).filter(known).count(), 0);
        // SAFETY: as for `py` above: seen by this thread alone.
        assert!(handles.shards.iter().all(|shard| unsafe { shard.with(py, |pages| pages.is_empty()) }));
    }
}
