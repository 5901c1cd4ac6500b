//! Types that `cdef` knows without a declaration.

use cffi_types::types::RecordKind;
use cffi_types::{Prim, QualType, Symbol, TypeId};

use crate::lex::Token;
use crate::parse::Parser;

impl Parser<'_> {
    /// Returns the common type of this name, if there is one. The name is not a typedef of the text.
    pub(crate) fn common_type(&mut self, token: Token, name: Symbol) -> Option<QualType> {
        let text = self.text(token);
        match text {
            "bool" => return Some(TypeId::of(Prim::Bool).into()),
            "va_list" | "__gnuc_va_list" => return Some(self.decls.types.va_list()),
            "FILE" => return Some(self.file_type(name).into()),
            _ => {}
        }
        if !text.ends_with("_t") {
            return None;
        }
        let prim = Prim::ALL.iter().find(|prim| prim.name() == text && is_stock(**prim))?;
        Some(TypeId::of(*prim).into())
    }

    /// Returns the opaque struct behind `FILE`, and declares it at the first use.
    fn file_type(&mut self, alias: Symbol) -> TypeId {
        if let Some(ty) = self.cdef.file {
            return ty;
        }
        // Some C libraries give this struct a tag. To the stock front end a struct with that tag would be another one.
        let id = self.decls.types.declare_record(RecordKind::Struct, Symbol::EMPTY);
        self.decls.types.name_record(id, alias);
        let ty = self.decls.types.record(id).ty;
        self.cdef.file = Some(ty);
        ty
    }
}

/// Returns whether the stock cffi has the type.
fn is_stock(prim: Prim) -> bool {
    (prim as u8) <= 51
}
