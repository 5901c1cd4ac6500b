//! Token lists that are read before the rest of the file: expansions, and the arguments in them.

use super::macros::MacroId;
use crate::lex::Token;
use crate::source::Loc;

/// A list of tokens that is read before the tokens of the file.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) tokens: Tokens,
    pub(super) at: u32,
    pub(super) end: u32,
    /// The white space flag for the first token.
    pub(super) lead: u8,
    /// The macro whose expansion this list is.
    pub(super) id: Option<MacroId>,
    pub(super) barrier: bool,
}

#[derive(Debug)]
pub(super) enum Tokens {
    /// The tokens of a macro's body, all with the place where the macro is used.
    Body(Loc),
    Owned(Vec<Token>),
}

impl Context {
    pub(super) fn next(&mut self, bodies: &[Token]) -> Option<Token> {
        if self.at >= self.end {
            return None;
        }
        let index = self.at as usize;
        self.at += 1;
        match &self.tokens {
            Tokens::Body(loc) => {
                let lead = std::mem::take(&mut self.lead);
                bodies.get(index).map(|token| Token { loc: *loc, flags: token.flags | lead, ..*token })
            }
            Tokens::Owned(tokens) => tokens.get(index).copied(),
        }
    }

    /// Returns whether reading stops at the end of this list.
    pub(super) const fn is_barrier(&self) -> bool {
        self.barrier
    }
}

/// One argument of a macro. Its expansion is computed when it is first needed.
#[derive(Debug)]
pub(super) struct Argument {
    pub(super) tokens: Vec<Token>,
    pub(super) expanded: Option<Vec<Token>>,
}
