//! Skipping text that declares nothing: bodies, initializers and refused declarations.

use super::Parser;
use crate::lex::{Kind, Token};

impl<'p> Parser<'p> {
    /// Skips a balanced group, whose opening token comes next. Returns false if the group is not closed.
    pub(crate) fn skip_group(&mut self) -> bool {
        let mut open = 0usize;
        loop {
            let token = self.next();
            match token.kind {
                Kind::LParen | Kind::LBracket | Kind::LBrace => open += 1,
                Kind::RParen | Kind::RBracket | Kind::RBrace => {
                    open = open.saturating_sub(1);
                    if open == 0 {
                        return true;
                    }
                }
                Kind::Pragma => self.apply_pragma(token),
                Kind::Eof => return false,
                _ => {}
            }
            if open == 0 {
                return true;
            }
        }
    }

    /// Skips an initializer, after the `=`, up to the `,` or `;` that ends it.
    pub(crate) fn skip_initializer(&mut self) {
        loop {
            match self.peek().kind {
                Kind::Comma | Kind::Semi | Kind::Eof | Kind::RParen | Kind::RBrace => return,
                Kind::LParen | Kind::LBracket | Kind::LBrace => {
                    self.skip_group();
                }
                _ => self.at += 1,
            }
        }
    }

    /// Continues after a refused declaration, which began at the token `start`. The declaration ends at a `;` outside
    /// all braces, or at the `}` of a body.
    pub(crate) fn recover(&mut self, start: usize) {
        self.reset();
        self.at = start;
        let mut after_parens = false;
        loop {
            let token = self.peek();
            match token.kind {
                Kind::Eof => return,
                Kind::Semi => {
                    self.at += 1;
                    return;
                }
                // A brace after parentheses opens a function body, which ends the declaration.
                Kind::LBrace if after_parens => {
                    self.skip_group();
                    return;
                }
                Kind::LParen | Kind::LBracket | Kind::LBrace => {
                    after_parens = token.kind == Kind::LParen;
                    self.skip_group();
                    continue;
                }
                Kind::Pragma => self.apply_pragma(token),
                Kind::Ident => {}
                _ => after_parens = false,
            }
            self.at += 1;
        }
    }

    /// Returns the name that a refused declaration probably declares: the last one before parentheses, brackets, an
    /// initializer or the end.
    pub(crate) fn probable_name(&self, start: usize) -> Option<&'p str> {
        let mut name: Option<Token> = None;
        let mut open = 0usize;
        for token in self.input.tokens.get(start..)?.iter().take(2_000) {
            match token.kind {
                Kind::Ident if open == 0 => name = Some(*token),
                Kind::LParen | Kind::Assign | Kind::Semi | Kind::LBracket | Kind::Eof if open == 0 => {
                    let attribute = name.is_some_and(|name| self.text(name).starts_with("__attribute"));
                    if token.kind != Kind::LParen || !attribute && name.is_some() {
                        break;
                    }
                    open += 1;
                }
                Kind::LParen | Kind::LBrace | Kind::LBracket => open += 1,
                Kind::RParen | Kind::RBrace | Kind::RBracket => open = open.saturating_sub(1),
                _ => {}
            }
        }
        name.map(|name| self.text(name))
    }
}
