//! Attributes that replace a type: modes and vectors.

use cffi_types::{Prim, QualType, TypeId};

use super::Parser;
use super::attribute_set::{Attributes, Mode};

impl Parser<'_> {
    /// Returns the type that modes and vector attributes make from a base type.
    pub(crate) fn change_type(&mut self, ty: QualType, attributes: &Attributes) -> QualType {
        let mut changed = ty;
        if let Some(mode) = attributes.mode {
            let signed = self.decls.types.is_signed(ty).unwrap_or(true);
            let prim = match mode {
                Mode::Integer(size) => self.integer_of_size(size, signed),
                Mode::Word => self.integer_of_size(self.input.options.target.pointer.size, signed),
                Mode::Float(prim) | Mode::Complex(prim) => Some(prim),
                Mode::Vector(count, size) => {
                    let item = self.integer_of_size(size, signed).unwrap_or(Prim::Int);
                    changed = self.decls.types.vector(TypeId::of(item), u32::from(count)).into();
                    None
                }
            };
            if let Some(prim) = prim {
                changed = QualType::new(TypeId::of(prim), ty.quals());
            }
        }
        if let Some(bytes) = attributes.vector_size {
            let item = self.decls.types.canonical(changed).id();
            let size = self.decls.types.size(item).unwrap_or(1).max(1);
            changed = self.decls.types.vector(item, (u64::from(bytes) / size).max(1) as u32).into();
        } else if let Some(count) = attributes.vector_items {
            let item = self.decls.types.canonical(changed).id();
            changed = self.decls.types.vector(item, count).into();
        }
        changed
    }

    /// Returns the integer type with this number of bytes.
    pub(crate) fn integer_of_size(&self, size: u8, signed: bool) -> Option<Prim> {
        let target = &self.input.options.target;
        let pick = |s: Prim, u: Prim| Some(if signed { s } else { u });
        match size {
            1 => pick(Prim::SChar, Prim::UChar),
            _ if size == target.short.size => pick(Prim::Short, Prim::UShort),
            _ if size == target.int.size => pick(Prim::Int, Prim::UInt),
            _ if size == target.long.size => pick(Prim::Long, Prim::ULong),
            _ if size == target.long_long.size => pick(Prim::LongLong, Prim::ULongLong),
            16 => pick(Prim::Int128, Prim::UInt128),
            _ => None,
        }
    }
}
