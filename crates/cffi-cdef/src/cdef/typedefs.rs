//! Typedefs of types that only the C compiler knows: `typedef ... name;` and `typedef int... name;`.

use cffi_types::decls::{Decl, DeclFlags, DeclKind};
use cffi_types::types::UnknownKind;
use cffi_types::{QualType, Symbol};

use crate::lex::{Kind, Token};
use crate::parse::{Parsed, Parser};
use crate::words;

impl Parser<'_> {
    /// Reads such a typedef. Returns false if the next declaration is not one.
    pub(super) fn unknown_typedef(&mut self) -> Parsed<bool> {
        if !self.peek().is_word(words::TYPEDEF) {
            return Ok(false);
        }
        let mut ahead = 1;
        let (mut integer, mut float) = (false, false);
        loop {
            let token = self.peek_at(ahead);
            match (token.kind, token.atom) {
                (
                    Kind::Ident,
                    words::INT | words::LONG | words::SHORT | words::SIGNED | words::UNSIGNED | words::CHAR,
                ) if !float => integer = true,
                (Kind::Ident, words::FLOAT | words::DOUBLE) if !integer && !float => float = true,
                (Kind::Ellipsis, _) => break,
                _ => return Ok(false),
            }
            ahead += 1;
        }
        self.at += ahead + 1;
        let kind = match (integer, float) {
            (true, _) => UnknownKind::Integer,
            (_, true) => UnknownKind::Float,
            _ => UnknownKind::Opaque,
        };
        loop {
            self.unknown_name(kind)?;
            if !self.take(Kind::Comma) {
                break;
            }
        }
        self.expect(Kind::Semi)?;
        Ok(true)
    }

    fn unknown_name(&mut self, kind: UnknownKind) -> Parsed<()> {
        let pointer = self.peek().kind == Kind::Star;
        if pointer {
            if kind != UnknownKind::Opaque {
                return Err(self.refuse(self.loc(), "unsupported usage of \"...\" in typedef"));
            }
            self.at += 1;
        }
        if !self.is_name(self.peek()) {
            return Err(self.unexpected("a name"));
        }
        let token = self.next();
        let name = self.symbol(token.atom);
        let unknown = QualType::from(self.decls.types.unknown(name, kind));
        let ty = if pointer { self.decls.types.pointer(unknown).into() } else { unknown };
        self.declare_unknown(token, name, ty)
    }

    fn declare_unknown(&mut self, token: Token, name: Symbol, ty: QualType) -> Parsed<()> {
        if let Some(id) = self.decls.ordinary(name) {
            let known = self.decls.decl(id);
            if known.kind == DeclKind::Typedef && known.ty == ty {
                return Ok(());
            }
            if !(self.cdef.options.replace && known.kind == DeclKind::Typedef) {
                let message = format!("'{}' is declared a second time with another type", self.text(token));
                return Err(self.refuse(token.loc, message));
            }
        }
        let span = self.span(token.loc);
        let decl = Decl::new(DeclKind::Typedef, name, ty, span).with(DeclFlags::ELIDED);
        self.decls.declare(decl);
        Ok(())
    }
}
