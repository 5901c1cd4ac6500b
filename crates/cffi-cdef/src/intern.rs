//! Interned text: each distinct identifier, number or string of the source is stored once and has a number.

use std::ops::Range;

/// The number of an interned text. Two atoms of one [`Interner`] are equal exactly if their texts are.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Atom(pub(crate) u32);

impl Atom {
    /// The atom of the empty text; every interner has it.
    pub const EMPTY: Atom = Atom(0);

    /// Returns the number, for tables that are indexed by atoms.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A set of texts, each with a number.
#[derive(Clone, Debug)]
pub struct Interner {
    text: String,
    entries: Vec<Entry>,
    /// A hash table with open addressing over `entries`: 0 is a free slot, any other value is an atom's number plus
    /// one.
    table: Vec<u32>,
}

#[derive(Copy, Clone, Debug)]
struct Entry {
    start: u32,
    len: u32,
    hash: u32,
}

impl Default for Interner {
    fn default() -> Interner {
        Interner::new()
    }
}

impl Interner {
    /// Makes an interner that contains the words of the front end at fixed numbers (`words.rs`).
    #[must_use]
    pub fn new() -> Interner {
        let mut interner =
            Interner { text: String::with_capacity(1 << 13), entries: Vec::new(), table: vec![0; 1 << 11] };
        for word in crate::words::ALL {
            interner.intern(word);
        }
        interner
    }

    /// Returns the atom of a text, which is stored if it is new.
    pub fn intern(&mut self, text: &str) -> Atom {
        self.intern_bytes(text.as_bytes())
    }

    /// Returns the atom of a text in UTF-8. Invalid bytes are replaced.
    pub(crate) fn intern_bytes(&mut self, text: &[u8]) -> Atom {
        let hash = hash(text);
        match self.look_up(text, hash) {
            Ok(atom) => atom,
            Err(slot) => self.insert(slot, text, hash),
        }
    }

    /// Returns the atom of a text, if the text has been interned.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Atom> {
        self.look_up(text.as_bytes(), hash(text.as_bytes())).ok()
    }

    /// Returns the atom, or the free slot where the text belongs.
    #[inline]
    fn look_up(&self, text: &[u8], hash: u32) -> Result<Atom, usize> {
        let mask = self.table.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let place = self.table[slot];
            if place == 0 {
                return Err(slot);
            }
            let entry = self.entries[place as usize - 1];
            if entry.hash == hash && self.text.as_bytes()[range(entry)] == *text {
                return Ok(Atom(place - 1));
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Returns the text of an atom. For an atom of another interner the result is some text or the empty one.
    #[must_use]
    pub fn text(&self, atom: Atom) -> &str {
        self.entries.get(atom.index()).map_or("", |entry| &self.text[range(*entry)])
    }

    /// Returns the number of atoms.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no atoms, which is always false.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    #[cold]
    fn grow(&mut self) {
        let size = self.table.len() * 2;
        self.table = vec![0; size];
        for (number, entry) in self.entries.iter().enumerate() {
            let mut slot = entry.hash as usize & (size - 1);
            while self.table[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            self.table[slot] = number as u32 + 1;
        }
    }

    fn insert(&mut self, slot: usize, text: &[u8], hash: u32) -> Atom {
        let start = self.text.len();
        match std::str::from_utf8(text) {
            Ok(text) => self.text.push_str(text),
            Err(_) => self.text.push_str(&String::from_utf8_lossy(text)),
        }
        let len = (self.text.len() - start) as u32;
        self.entries.push(Entry { start: start as u32, len, hash });
        let number = self.entries.len() as u32;
        self.table[slot] = number;
        if self.entries.len() * 2 > self.table.len() {
            self.grow();
        }
        Atom(number - 1)
    }
}

fn range(entry: Entry) -> Range<usize> {
    entry.start as usize..entry.start as usize + entry.len as usize
}

/// Hashes eight bytes at a time with a multiplication whose halves are mixed, as every bit of the text has to reach the
/// low bits, which select the slot. Short rests are read as words that overlap.
#[inline]
fn hash(bytes: &[u8]) -> u32 {
    const K: u64 = 0x517c_c1b7_2722_0a95;
    let step = |state: u64, word: u64| {
        let wide = u128::from(state.rotate_left(5) ^ word) * u128::from(K);
        wide as u64 ^ (wide >> 64) as u64
    };
    let mut state = bytes.len() as u64;
    if let Some(last) = bytes.last_chunk::<8>() {
        for chunk in bytes.chunks_exact(8) {
            state = step(state, u64::from_le_bytes(chunk.try_into().unwrap_or_default()));
        }
        state = step(state, u64::from_le_bytes(*last));
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        state = step(state, u64::from(last) << 32 | u64::from(first));
    } else if let [first, .., last] = bytes {
        let middle = bytes[bytes.len() / 2];
        state = step(state, u64::from(*first) | u64::from(middle) << 8 | u64::from(*last) << 16);
    } else if let [only] = bytes {
        state = step(state, u64::from(*only));
    }
    (state ^ state >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_symbol() {
        let mut interner = Interner::new();
        let atoms: Vec<Atom> = (0..5000).map(|n| interner.intern(&format!("name{n}"))).collect();
        for (n, atom) in atoms.iter().enumerate() {
            let text = format!("name{n}");
            assert_eq!(interner.text(*atom), text);
            assert_eq!(interner.intern(&text), *atom);
            assert_eq!(interner.find(&text), Some(*atom));
        }
        assert_eq!(interner.find("name5000"), None);
    }

    #[test]
    fn known_words_have_their_numbers() {
        let mut interner = Interner::new();
        assert_eq!(interner.intern(""), Atom::EMPTY);
        assert_eq!(interner.intern("int"), crate::words::INT);
        assert_eq!(interner.intern("__VA_OPT__"), crate::words::VA_OPT);
    }
}
