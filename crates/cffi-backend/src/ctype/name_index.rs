//! Lookup of the members of large structs by name.

use cffi_memory::NoMemory;
use cffi_rt::version::{known_str_hash, str_hash};
use cffi_rt::{Obj, Py, text};

/// A hash table of indices into the list of members, by the hash of the name that the interpreter keeps in each `str`.
pub(super) struct NameIndex {
    /// The slots. Their number is a power of two, and at least a third of them is free.
    slots: Box<[u32]>,
}

/// A slot without member.
const FREE: u32 = u32::MAX;

impl NameIndex {
    /// Makes the table for members whose names are distinct.
    pub(super) fn new<T>(list: &[T], name: impl Fn(&T) -> &Obj) -> Result<NameIndex, NoMemory> {
        let size = list.len().saturating_add(list.len() / 2 + 1).next_power_of_two();
        let mut slots = cffi_memory::repeated(FREE, size)?;
        for (i, item) in list.iter().enumerate() {
            let mut at = str_hash(name(item)) & (size - 1);
            while slots[at] != FREE {
                at = (at + 1) & (size - 1);
            }
            slots[at] = u32::try_from(i).unwrap_or(FREE);
        }
        Ok(NameIndex { slots: slots.into_boxed_slice() })
    }

    /// Returns the member whose name is this very object, if its hash is known.
    #[inline(always)]
    pub(super) fn find_same<'a, T>(
        &self,
        list: &'a [T],
        name_of: impl Fn(&T) -> &Obj,
        name: &Obj,
    ) -> Option<&'a T> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = known_str_hash(name)? & mask;
        // There is a free slot, which ends the search.
        loop {
            let item = self.slots.get(at).and_then(|i| list.get(*i as usize))?;
            if name_of(item).is(name) {
                return Some(item);
            }
            at = (at + 1) & mask;
        }
    }

    /// Returns the member with the name `name`, which is a `str`.
    #[inline]
    pub(super) fn find<'a, T>(
        &self,
        py: Py<'_>,
        list: &'a [T],
        name_of: impl Fn(&T) -> &Obj,
        name: &Obj,
    ) -> Option<&'a T> {
        let hash = str_hash(name);
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash & mask;
        // There is a free slot, which ends the search, since no list is that long.
        while let Some(item) = self.slots.get(at).and_then(|i| list.get(*i as usize)) {
            if name_of(item).is(name) || has_text(py, name_of(item), hash, name) {
                return Some(item);
            }
            at = (at + 1) & mask;
        }
        None
    }
}

/// Returns whether the text of `own` is that of `name`, whose hash is `hash`.
#[inline]
pub(super) fn has_text(py: Py<'_>, own: &Obj, hash: usize, name: &Obj) -> bool {
    str_hash(own) == hash && text::equal(py, own, name)
}
