//! The words that the parser writes.

use cffi_abi::Opcode;

/// Words that need no heap; enough for what programs usually write in a type string.
const INLINE: usize = 24;

/// The words that describe a parsed type. It can be used again for the next type.
#[derive(Debug)]
pub struct Output {
    len: usize,
    inline: [Opcode; INLINE],
    /// Takes over all the words, once there are more than `INLINE`; empty until then.
    spill: Vec<Opcode>,
}

impl Output {
    /// No type needs more words than this, or it is refused as too complex.
    pub const LIMIT: usize = 1200;

    /// Makes an empty output. Does not allocate.
    pub const fn new() -> Output {
        Output { len: 0, inline: [Opcode::from_raw(0); INLINE], spill: Vec::new() }
    }

    /// Returns the words that were written.
    #[inline]
    pub fn opcodes(&self) -> &[Opcode] {
        if self.spill.is_empty() { &self.inline[..self.len] } else { &self.spill }
    }

    /// Forgets all words, keeping the memory.
    pub fn clear(&mut self) {
        self.len = 0;
        self.spill.clear();
    }

    /// Returns how many words were written.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Appends a word and returns its index; None if [`Self::LIMIT`] words are there already.
    #[inline]
    pub(crate) fn push(&mut self, word: Opcode) -> Option<usize> {
        let index = self.len;
        match self.inline.get_mut(index) {
            Some(place) => *place = word,
            None => self.push_on_heap(word)?,
        }
        self.len = index + 1;
        Some(index)
    }

    #[cold]
    fn push_on_heap(&mut self, word: Opcode) -> Option<()> {
        if self.len >= Self::LIMIT {
            return None;
        }
        if self.spill.is_empty() {
            self.spill.extend_from_slice(&self.inline);
        }
        self.spill.push(word);
        Some(())
    }

    /// Returns the word at `index`, if that was written.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<Opcode> {
        self.opcodes().get(index).copied()
    }

    /// Replaces the word at `index`, if that was written.
    #[inline]
    pub(crate) fn set(&mut self, index: usize, word: Opcode) {
        let place = if self.spill.is_empty() {
            self.inline[..self.len].get_mut(index)
        } else {
            self.spill.get_mut(index)
        };
        if let Some(place) = place {
            *place = word;
        }
    }
}

impl Default for Output {
    fn default() -> Output {
        Output::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_in_place_when_they_move_to_the_heap() {
        let mut out = Output::new();
        for round in 0..2 {
            for word in 0..Output::LIMIT {
                assert_eq!(out.push(Opcode::from_raw(word)), Some(word), "round {round}");
                out.set(word / 2, Opcode::from_raw(7));
                assert_eq!(out.opcodes().len(), word + 1);
            }
            assert_eq!(out.push(Opcode::from_raw(0)), None);
            assert_eq!(out.get(Output::LIMIT - 1), Some(Opcode::from_raw(Output::LIMIT - 1)));
            assert_eq!(out.get(3), Some(Opcode::from_raw(7)));
            assert_eq!(out.get(Output::LIMIT), None);
            out.clear();
            assert!(out.opcodes().is_empty());
        }
    }
}
