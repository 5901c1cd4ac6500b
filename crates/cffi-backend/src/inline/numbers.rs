//! The numbers of structs, unions and enums without a name: `struct $1`, `enum $2`.

use cffi_cdef::cdef::Session;
use cffi_memory::NoMemory;
use cffi_types::TypeId;
use cffi_types::decls::{DeclFlags, DeclId, DeclKind};
use cffi_types::types::Shape;

/// The types without a name, in the order in which the texts mention them.
#[derive(Default)]
pub(super) struct Numbers {
    /// The number of declarations that have been looked at.
    seen: usize,
    /// In ascending order: types are numbered in the order of the texts.
    list: Vec<TypeId>,
}

impl Numbers {
    /// Returns the number of a type without a name, counted from 1.
    pub(super) fn of(&mut self, session: &Session, ty: TypeId) -> Result<Option<usize>, NoMemory> {
        let from = self.list.len();
        let new = session.decls.iter().rev().take(session.decls.len().saturating_sub(self.seen));
        for (id, _) in new {
            if let Some(ty) = nameless(session, id) {
                cffi_memory::push(&mut self.list, ty)?;
            }
        }
        self.seen = session.decls.len();
        self.list[from..].sort_unstable();
        Ok(self.list.binary_search(&ty).ok().map(|at| at + 1))
    }
}

/// Returns the type of a declaration that declares a struct, union or enum without a name.
fn nameless(session: &Session, id: DeclId) -> Option<TypeId> {
    let decl = session.decls.decl(id);
    let own = matches!(decl.kind, DeclKind::Struct | DeclKind::Union | DeclKind::Enum)
        && decl.name.is_empty()
        && !decl.flags.contains(DeclFlags::INCLUDED);
    let types = &session.decls.types;
    let alias = match types.shape(decl.ty.id()) {
        Shape::Record(id) => types.record(id).alias,
        Shape::Enum(id) => types.enum_of(id).alias,
        _ => return None,
    };
    (own && alias.is_empty()).then_some(decl.ty.id())
}
