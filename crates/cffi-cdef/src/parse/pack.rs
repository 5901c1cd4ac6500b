//! `#pragma pack`: the largest alignment of members, and the stack of saved values.

use super::Parser;
use crate::intern::Atom;
use crate::lex::Token;
use crate::pp::{PackAction, Pragma};

/// A bound on the stack, larger than any header needs.
const MOST: usize = 10_000;

impl Parser<'_> {
    /// Carries out a pragma.
    pub(crate) fn apply_pragma(&mut self, token: Token) {
        let Some(Pragma::Pack(action)) = self.input.pragmas.get(token.atom.index()) else { return };
        match *action {
            PackAction::Set(size) => self.pack.current = size,
            PackAction::Push(label, size) => {
                if self.pack.pushed.len() < MOST {
                    self.pack.pushed.push((label, self.pack.current));
                }
                self.pack.current = size.unwrap_or(self.pack.current);
            }
            PackAction::Pop(label, size) => {
                let found = if label == Atom::EMPTY {
                    self.pack.pushed.len().checked_sub(1)
                } else {
                    self.pack.pushed.iter().rposition(|(pushed, _)| *pushed == label)
                };
                match found {
                    Some(index) => {
                        self.pack.current = self.pack.pushed[index].1;
                        self.pack.pushed.truncate(index);
                    }
                    None => self.warn(token.loc, "'#pragma pack(pop)' without a push"),
                }
                self.pack.current = size.unwrap_or(self.pack.current);
            }
        }
    }
}
