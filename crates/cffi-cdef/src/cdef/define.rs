//! `#define NAME number` and `#define NAME ...`.

use cffi_types::decls::{Constant, Decl, DeclFlags, DeclKind};
use cffi_types::{Prim, QualType, Symbol, TypeId};

use crate::lex::{Token, literal};
use crate::parse::{Parsed, Parser};

/// A constant that a text defines with `#define`.
#[derive(Copy, Clone, Debug)]
pub(super) struct Define {
    name: Token,
    /// The value; `None` where only the C compiler knows it.
    value: Option<i128>,
}

impl Define {
    /// Returns the constant, if the body is one that `cdef` accepts.
    pub(super) fn new(name: Token, body: &str) -> Option<Define> {
        if !body.bytes().any(|byte| matches!(byte, b'/' | b'\\')) {
            return Define::of(name, body);
        }
        // The stock front end deletes a backslash and the end of its line wherever they are, even inside comments.
        let body = strip_comments(&body.replace("\\\n", ""));
        Define::of(name, body.trim())
    }

    /// Returns the constant of a plain number.
    pub(super) const fn plain(name: Token, value: i128) -> Define {
        Define { name, value: Some(value) }
    }

    fn of(name: Token, body: &str) -> Option<Define> {
        if body == "..." {
            return Some(Define { name, value: None });
        }
        literal::plain_integer(body).map(|value| Define { name, value: Some(value) })
    }
}

/// Returns the text up to a line comment, with each block comment replaced by a space. A block comment that continues
/// on another line ends the text.
fn strip_comments(body: &str) -> String {
    let mut out = String::new();
    let mut rest = body;
    loop {
        let (line, block) = (rest.find("//"), rest.find("/*"));
        match (line, block) {
            (Some(line), block) if block.is_none_or(|block| line < block) => {
                out.push_str(&rest[..line]);
                return out;
            }
            (_, Some(block)) => {
                out.push_str(&rest[..block]);
                out.push(' ');
                match rest[block + 2..].find("*/") {
                    Some(end) => rest = &rest[block + 2 + end + 2..],
                    None => return out,
                }
            }
            _ => {
                out.push_str(rest);
                return out;
            }
        }
    }
}

impl Parser<'_> {
    /// Adds the constant of a `#define`.
    pub(super) fn declare_define(&mut self, define: &Define) -> Parsed<()> {
        let name = self.symbol(define.name.atom);
        let flags = if define.value.is_none() { DeclFlags::ELIDED } else { DeclFlags::NONE };
        if let Some(known) = self.decls.macro_named(name) {
            let known = self.decls.decl(known).value.map(|value| *self.decls.constant(value));
            let same = match (known, define.value) {
                (Some(Constant::Int { value, .. }), Some(other)) => value == other,
                (Some(Constant::Elided), None) => true,
                _ => false,
            };
            if same {
                return Ok(());
            }
            let message = format!("'{}' is defined a second time with another value", self.text(define.name));
            return Err(self.refuse(define.name.loc, message));
        }
        let constant = match define.value {
            Some(value) => {
                self.set_constant(define.name, name, value)?;
                Constant::Int { value, ty: TypeId::of(Prim::Int).into() }
            }
            None => Constant::Elided,
        };
        let span = self.span(define.name.loc);
        let constant = self.decls.add_constant(constant);
        let decl = Decl::new(DeclKind::Macro, name, QualType::VOID, span).valued(constant).with(flags);
        self.decls.declare(decl);
        Ok(())
    }

    /// Records the value of an integer constant. A name cannot get a second, different value.
    pub(crate) fn set_constant(&mut self, token: Token, name: Symbol, value: i128) -> Parsed<()> {
        match self.cdef.constants.insert(name, value.into()) {
            Some(known) if known != value.into() => {
                self.cdef.constants_before.push((name, Some(known)));
                let message = format!("'{}' is a constant of another value already", self.text(token));
                Err(self.refuse(token.loc, message))
            }
            known => {
                if known.is_none() {
                    self.cdef.constants_before.push((name, None));
                }
                Ok(())
            }
        }
    }
}
