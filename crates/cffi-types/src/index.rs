//! A hash table from contents that are stored elsewhere to their numbers.
//!
//! The contents of an arena are stored in its vectors; a second copy of them as the keys of a `HashMap` would double
//! the memory. This table keeps a hash and a number for each entry and asks the caller whether a candidate is equal.

use core::hash::{BuildHasher, Hasher};

/// Numbers by hash. An empty slot is 0; a full one contains the hash above the number plus 1.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    slots: Vec<u64>,
    used: usize,
    seed: u64,
}

impl Default for Index {
    fn default() -> Index {
        let seed = std::hash::RandomState::new().build_hasher().finish();
        Index { slots: Vec::new(), used: 0, seed }
    }
}

impl Index {
    /// Returns a new hasher for entries of this table.
    #[inline]
    pub(crate) fn hasher(&self) -> WordHasher {
        WordHasher(self.seed)
    }

    /// Finds the number of an entry with this hash that `equals` accepts.
    #[inline]
    pub(crate) fn find(&self, hash: u32, mut equals: impl FnMut(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len().wrapping_sub(1);
        if self.slots.is_empty() {
            return None;
        }
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return None;
            }
            let number = slot as u32 - 1;
            if (slot >> 32) as u32 == hash && equals(number) {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds an entry that [`Index::find`] has not found. `number` is below `u32::MAX`.
    pub(crate) fn insert(&mut self, hash: u32, number: u32) {
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        Index::place(&mut self.slots, u64::from(hash) << 32 | u64::from(number + 1));
        self.used += 1;
    }

    fn grow(&mut self) {
        let mut larger = vec![0u64; (self.slots.len() * 2).max(32)];
        for &slot in self.slots.iter().filter(|slot| **slot != 0) {
            Index::place(&mut larger, slot);
        }
        self.slots = larger;
    }

    fn place(slots: &mut [u64], entry: u64) {
        let mask = slots.len() - 1;
        let mut at = (entry >> 32) as usize & mask;
        while slots[at] != 0 {
            at = (at + 1) & mask;
        }
        slots[at] = entry;
    }
}

/// A fast hash of a few words. Each word is folded in by the two halves of a 128-bit product, from a random start, so
/// nobody can write a text in which all names collide.
#[derive(Copy, Clone, Debug)]
pub(crate) struct WordHasher(u64);

impl WordHasher {
    #[inline]
    fn word(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    /// Returns the hash, folded to the 32 bits that an [`Index`] keeps.
    #[inline]
    pub(crate) fn short(self) -> u32 {
        (self.0 >> 32) as u32 ^ self.0 as u32
    }
}

impl Hasher for WordHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
        let rest = chunks.remainder();
        if !rest.is_empty() {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            self.word(u64::from_le_bytes(word) ^ (rest.len() as u64) << 56);
        }
    }

    #[inline]
    fn write_u8(&mut self, n: u8) {
        self.word(u64::from(n));
    }

    #[inline]
    fn write_u32(&mut self, n: u32) {
        self.word(u64::from(n));
    }

    #[inline]
    fn write_u64(&mut self, n: u64) {
        self.word(n);
    }

    #[inline]
    fn write_usize(&mut self, n: usize) {
        self.word(n as u64);
    }

    #[inline]
    fn write_isize(&mut self, n: isize) {
        self.word(n as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_again() {
        let mut index = Index::default();
        // All hashes are equal, so the caller's comparison decides.
        for number in 0..1000 {
            assert_eq!(index.find(number % 7, |n| n == number), None);
            index.insert(number % 7, number);
        }
        for number in 0..1000 {
            assert_eq!(index.find(number % 7, |n| n == number), Some(number));
        }
        assert_eq!(index.find(8, |_| true), None);
    }
}
