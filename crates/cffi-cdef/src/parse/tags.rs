//! Tags of structs, unions and enums.

use cffi_types::decls::{Decl, DeclKind};
use cffi_types::types::{RecordKind, Shape};
use cffi_types::{Symbol, TypeId};

use super::{Parsed, Parser};
use crate::lex::Token;
use crate::source::Loc;

impl Parser<'_> {
    /// Returns the type of a tag. In C a tag belongs to one type; in `cdef` structs, unions and enums have separate
    /// tags.
    pub(super) fn find_tag(&mut self, kind: DeclKind, tag: Token) -> Parsed<Option<TypeId>> {
        let name = self.symbol(tag.atom);
        let Some(ty) = self.decls.tag(name) else { return Ok(None) };
        if self.tag_kind(ty) == Some(kind) {
            return Ok(Some(ty));
        }
        if self.is_c() {
            let message = format!("'{}' is the tag of another kind of type", self.text(tag));
            return Err(self.refuse(tag.loc, message));
        }
        let other = self.second_name(kind, name);
        Ok(self.decls.tag(other))
    }

    fn tag_kind(&self, ty: TypeId) -> Option<DeclKind> {
        match self.decls.types.shape(ty) {
            Shape::Record(id) => Some(record_decl(self.decls.types.record(id).kind)),
            Shape::Enum(_) => Some(DeclKind::Enum),
            _ => None,
        }
    }

    /// Returns the name under which a tag is stored that already belongs to another kind of type.
    fn second_name(&mut self, kind: DeclKind, name: Symbol) -> Symbol {
        let text = format!("{} {}", kind.name(), self.decls.types.symbols.get(name));
        self.decls.types.symbols.intern(&text)
    }

    /// Adds the declaration of a struct, union or enum.
    pub(super) fn declare_tag(&mut self, kind: DeclKind, name: Symbol, ty: TypeId, loc: Loc) {
        let known = self.decls.tag(name);
        let span = self.span(loc);
        let flags = self.file_flags(loc);
        let id = self.decls.declare(Decl::new(kind, name, ty.into(), span).with(flags));
        self.cdef.tag_decls.insert(ty, id);
        if let Some(known) = known.filter(|_| !name.is_empty()) {
            // The tag itself still denotes the type that had it first.
            let other = self.second_name(kind, name);
            self.decls.bind_tag(other, ty);
            self.decls.bind_tag(name, known);
        }
    }
}

pub(super) const fn record_decl(kind: RecordKind) -> DeclKind {
    match kind {
        RecordKind::Struct => DeclKind::Struct,
        RecordKind::Union => DeclKind::Union,
    }
}
