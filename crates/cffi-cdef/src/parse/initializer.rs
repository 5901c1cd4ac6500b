//! Initializers of `cdef()`, which are checked and skipped: only C code gives them a meaning.

use super::{Parsed, Parser};
use crate::lex::{Kind, Token};

impl Parser<'_> {
    /// Skips an initializer: an expression, or a list in braces with designators.
    pub(super) fn check_initializer(&mut self) -> Parsed<()> {
        if !self.take(Kind::LBrace) {
            return self.check_assignment();
        }
        self.deeper()?;
        while !self.take(Kind::RBrace) {
            if matches!(self.peek().kind, Kind::Dot | Kind::LBracket) {
                self.check_designators()?;
            }
            self.check_initializer()?;
            if !self.take(Kind::Comma) {
                self.expected(Kind::RBrace)?;
                break;
            }
        }
        self.shallower();
        Ok(())
    }

    fn check_designators(&mut self) -> Parsed<()> {
        loop {
            if self.take(Kind::Dot) {
                self.expected(Kind::Ident)?;
            } else if self.take(Kind::LBracket) {
                self.check_assignment()?;
                self.expected(Kind::RBracket)?;
            } else {
                return self.expected(Kind::Assign);
            }
        }
    }

    /// Skips expressions with commas between them.
    fn check_list(&mut self) -> Parsed<()> {
        self.check_assignment()?;
        while self.take(Kind::Comma) {
            self.check_assignment()?;
        }
        Ok(())
    }

    /// Skips an expression without commas. Like the stock front end, it lets every expression be assigned to.
    fn check_assignment(&mut self) -> Parsed<()> {
        self.deeper()?;
        loop {
            self.check_operand()?;
            let kind = self.peek().kind;
            if kind == Kind::Question {
                self.at += 1;
                self.check_list()?;
                self.expected(Kind::Colon)?;
            } else if super::cdef_decl::is_binary_operator(kind) || is_assignment(kind) {
                self.at += 1;
            } else {
                break;
            }
        }
        self.shallower();
        Ok(())
    }

    /// Skips an operand with the operators in front of it and behind it.
    fn check_operand(&mut self) -> Parsed<()> {
        loop {
            let token = self.peek();
            match token.kind {
                Kind::Plus
                | Kind::Minus
                | Kind::Tilde
                | Kind::Bang
                | Kind::Amp
                | Kind::Star
                | Kind::PlusPlus
                | Kind::MinusMinus => self.at += 1,
                Kind::Ident if self.is_size_operator(token) => {
                    self.at += 1;
                    if self.peek().kind == Kind::LParen && self.type_comes_next(1) {
                        self.skip_group();
                        return Ok(());
                    }
                }
                Kind::LParen if self.type_comes_next(1) => {
                    self.skip_group();
                    if self.peek().kind == Kind::LBrace {
                        self.check_initializer()?;
                        return self.check_postfix();
                    }
                }
                Kind::LParen => {
                    self.at += 1;
                    self.check_list()?;
                    self.expected(Kind::RParen)?;
                    return self.check_postfix();
                }
                Kind::Str => {
                    while self.take(Kind::Str) {}
                    return self.check_postfix();
                }
                Kind::Char if !self.text(token).ends_with("''") => {
                    self.at += 1;
                    return self.check_postfix();
                }
                _ if self.is_plain_operand(token) => {
                    self.at += 1;
                    return self.check_postfix();
                }
                _ => return Err(self.refuse(token.loc, "cdef() does not know this initializer")),
            }
        }
    }

    fn check_postfix(&mut self) -> Parsed<()> {
        loop {
            match self.peek().kind {
                Kind::PlusPlus | Kind::MinusMinus => self.at += 1,
                Kind::Dot | Kind::Arrow => {
                    self.at += 1;
                    self.expected(Kind::Ident)?;
                }
                Kind::LBracket => {
                    self.at += 1;
                    self.check_list()?;
                    self.expected(Kind::RBracket)?;
                }
                Kind::LParen => {
                    self.at += 1;
                    if !self.take(Kind::RParen) {
                        self.check_list()?;
                        self.expected(Kind::RParen)?;
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    fn is_size_operator(&self, token: Token) -> bool {
        matches!(self.text(token), "sizeof" | "_Alignof" | "alignof")
    }

    /// Returns whether the token so many places further begins the name of a type.
    fn type_comes_next(&mut self, ahead: usize) -> bool {
        let token = self.peek_at(ahead);
        token.kind == Kind::Ident && self.is_type_start(token)
    }

    fn expected(&mut self, kind: Kind) -> Parsed<()> {
        if self.take(kind) {
            return Ok(());
        }
        let token = self.peek();
        Err(self.refuse(token.loc, "cdef() does not know this initializer"))
    }
}

/// Returns whether a token stores the value of what follows it.
const fn is_assignment(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Assign
            | Kind::StarAssign
            | Kind::SlashAssign
            | Kind::PercentAssign
            | Kind::PlusAssign
            | Kind::MinusAssign
            | Kind::ShlAssign
            | Kind::ShrAssign
            | Kind::AmpAssign
            | Kind::CaretAssign
            | Kind::PipeAssign
    )
}
