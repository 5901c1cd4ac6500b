//! Names, represented by numbers.

use core::hash::Hasher;

use crate::index::Index;

/// A name in a [`Symbols`]. Two symbols of one table are equal exactly if their names are.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Default)]
pub struct Symbol(pub(crate) u32);

impl Symbol {
    /// The empty name, which an unnamed struct, member or parameter has.
    pub const EMPTY: Symbol = Symbol(0);

    /// Returns the symbol's number: symbols are numbered from 0 in the order in which they were made.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 as usize
    }

    /// Returns whether the name is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The names of a set of declarations, each stored once, in one buffer.
#[derive(Clone, Debug)]
pub struct Symbols {
    text: String,
    /// The end of each name in `text`; a name starts at the end of the one before.
    ends: Vec<u32>,
    index: Index,
}

impl Default for Symbols {
    fn default() -> Symbols {
        Symbols::new()
    }
}

impl Symbols {
    /// Makes a table that contains the empty name only.
    #[must_use]
    pub fn new() -> Symbols {
        Symbols { text: String::new(), ends: vec![0], index: Index::default() }
    }

    /// Returns the symbol of a name, and makes one if there is none.
    ///
    /// The buffer holds at most 4 GB. A name that no longer fits becomes [`Symbol::EMPTY`]; sources of that size are
    /// rejected before they are read.
    pub fn intern(&mut self, name: &str) -> Symbol {
        if name.is_empty() {
            return Symbol::EMPTY;
        }
        let hash = self.hash(name);
        if let Some(number) = self.index.find(hash, |n| self.get(Symbol(n)) == name) {
            return Symbol(number);
        }
        let Ok(end) = u32::try_from(self.text.len() + name.len()) else { return Symbol::EMPTY };
        let number = self.ends.len() as u32;
        self.text.push_str(name);
        self.ends.push(end);
        self.index.insert(hash, number);
        Symbol(number)
    }

    /// Returns the symbol of a name, if there is one.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Symbol> {
        if name.is_empty() {
            return Some(Symbol::EMPTY);
        }
        self.index.find(self.hash(name), |n| self.get(Symbol(n)) == name).map(Symbol)
    }

    /// Returns the name of a symbol of this table, or an empty name if the table does not have the symbol.
    #[must_use]
    pub fn get(&self, symbol: Symbol) -> &str {
        let at = symbol.0 as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    #[inline]
    fn hash(&self, name: &str) -> u32 {
        let mut hasher = self.index.hasher();
        hasher.write(name.as_bytes());
        hasher.short()
    }

    /// Returns the number of names, including the empty one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns false: the empty name is always in the table.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_one_symbol() {
        let mut symbols = Symbols::new();
        let names: Vec<String> = (0..5000).map(|i| format!("name_{i}")).collect();
        let made: Vec<Symbol> = names.iter().map(|n| symbols.intern(n)).collect();
        for (name, symbol) in names.iter().zip(&made) {
            assert_eq!(symbols.intern(name), *symbol);
            assert_eq!(symbols.find(name), Some(*symbol));
            assert_eq!(symbols.get(*symbol), name);
        }
        assert_eq!(symbols.len(), 5001);
        assert_eq!(symbols.find("name_5000"), None);
    }

    #[test]
    fn the_empty_name_is_number_0() {
        let mut symbols = Symbols::new();
        assert_eq!(symbols.intern(""), Symbol::EMPTY);
        assert_eq!(symbols.get(Symbol::EMPTY), "");
        assert_eq!(symbols.find(""), Some(Symbol::EMPTY));
        assert_eq!(symbols.get(Symbol(77)), "");
    }
}
