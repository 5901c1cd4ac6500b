//! `#define NAME number` and `#define NAME ...`.

use cffi_types::decls::{Constant, Decl, DeclFlags, DeclKind};
use cffi_types::{Prim, QualType, Symbol, TypeId};

use crate::lex::{Token, literal};
use crate::parse::{Parsed, Parser};

/// A constant that a text defines.
#[derive(Copy, Clone, Debug)]
pub(super) struct Define {
    name: Token,
    /// Nothing where only the C compiler knows the value.
    value: Option<i128>,
}

impl Define {
    /// The constant, if the body is one that `cdef` takes.
    pub(super) fn new(name: Token, body: &str) -> Option<Define> {
        // The stock front end deletes the end of a line that goes on, whatever is around it.
        let body = strip_comments(&body.replace("\\\n", ""));
        let body = body.trim();
        if body == "..." {
            return Some(Define { name, value: None });
        }
        literal::plain_integer(body).map(|value| Define { name, value: Some(value) })
    }
}

/// The text without comments; those in a line that goes on in the next are left for the stock parser.
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
    /// Adds a constant that `#define` gives.
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

    /// Makes an integer known by name. One name has one value.
    pub(crate) fn set_constant(&mut self, token: Token, name: Symbol, value: i128) -> Parsed<()> {
        match self.cdef.constants.insert(name, value) {
            Some(known) if known != value => {
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
