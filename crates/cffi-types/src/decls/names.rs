//! Tables from names to numbers.

use crate::symbol::Symbol;

/// The numbers of the names in one name space, by symbol. The number 0 means that there is none.
#[derive(Clone, Debug, Default)]
pub(super) struct NameTable {
    numbers: Vec<u32>,
}

impl NameTable {
    #[inline]
    pub(super) fn get(&self, name: Symbol) -> Option<u32> {
        self.numbers.get(name.number()).copied().filter(|n| *n != 0)
    }

    /// Sets the number of a name, and returns the old one.
    pub(super) fn set(&mut self, name: Symbol, number: u32) -> u32 {
        let at = name.number();
        if at >= self.numbers.len() {
            self.numbers.resize(at + 1, 0);
        }
        std::mem::replace(&mut self.numbers[at], number)
    }
}
