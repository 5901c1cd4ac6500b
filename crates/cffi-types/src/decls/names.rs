//! Name to number.

use crate::symbol::Symbol;

/// What each name of one name space stands for: a number by symbol, 0 for nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct NameTable {
    numbers: Vec<u32>,
}

impl NameTable {
    #[inline]
    pub(super) fn get(&self, name: Symbol) -> Option<u32> {
        self.numbers.get(name.number()).copied().filter(|n| *n != 0)
    }

    /// Gives the number that was there before.
    pub(super) fn set(&mut self, name: Symbol, number: u32) -> u32 {
        let at = name.number();
        if at >= self.numbers.len() {
            self.numbers.resize(at + 1, 0);
        }
        std::mem::replace(&mut self.numbers[at], number)
    }
}
