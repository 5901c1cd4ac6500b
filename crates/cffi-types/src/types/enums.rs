//! Declaring and defining enums.

use crate::primitive::{Class, Prim};
use crate::symbol::Symbol;

use super::arena::Types;
use super::enumeration::{Enum, EnumAttributes, Enumerator};
use super::error::Redefinition;
use super::ids::EnumId;
use super::shape::{Shape, TypeId};

impl Types {
    /// Declares an enum without defining it. Each call makes a new one.
    pub fn declare_enum(&mut self, tag: Symbol) -> EnumId {
        let id = EnumId(self.enums.len() as u32);
        let ty = self.intern(Shape::Enum(id));
        self.enums.push(Enum::declared(tag, ty));
        id
    }

    /// Defines an enum.
    ///
    /// # Errors
    /// The enum is defined already.
    pub fn define_enum(
        &mut self,
        id: EnumId,
        enumerators: &[Enumerator],
        attributes: EnumAttributes,
    ) -> Result<(), Redefinition> {
        if self.enums[id.0 as usize].defined {
            return Err(Redefinition);
        }
        let underlying = match attributes.fixed {
            Some(fixed) => self.canonical(fixed).id(),
            None => TypeId::of(self.underlying_of(enumerators, attributes.packed)),
        };
        let start = self.enumerators.len() as u32;
        self.enumerators.extend_from_slice(enumerators);
        let e = self.enum_mut(id);
        (e.start, e.count) = (start, enumerators.len() as u32);
        (e.defined, e.attributes, e.underlying) = (true, attributes, underlying);
        Ok(())
    }

    /// Gives an enum the typedef name by which it is known.
    pub fn name_enum(&mut self, id: EnumId, alias: Symbol) {
        self.enum_mut(id).alias = alias;
    }

    /// Returns the enum with this number.
    ///
    /// # Panics
    /// If the number comes from another arena that has more enums.
    #[must_use]
    pub fn enum_of(&self, id: EnumId) -> &Enum {
        &self.enums[id.0 as usize]
    }

    /// Returns an enum that can be changed; records its old state if the source may be rejected.
    fn enum_mut(&mut self, id: EnumId) -> &mut Enum {
        let e = &mut self.enums[id.0 as usize];
        if let Some(journal) = &mut self.journal {
            journal.note_enum(id, e);
        }
        e
    }

    /// Returns the names and values of an enum; empty while it is not defined.
    #[must_use]
    pub fn enumerators(&self, id: EnumId) -> &[Enumerator] {
        let e = &self.enums[id.0 as usize];
        self.enumerators.get(e.start as usize..(e.start + e.count) as usize).unwrap_or_default()
    }

    /// Returns all enums, in the order in which they were declared.
    pub fn enum_ids(&self) -> impl ExactSizeIterator<Item = EnumId> + use<> {
        (0..self.enums.len() as u32).map(EnumId)
    }

    /// Returns the integer type that a compiler chooses for these values: `int` always on Windows with Visual C++,
    /// elsewhere the first of `unsigned int`, `int`, `unsigned long`, `long`, … that holds them all.
    fn underlying_of(&self, enumerators: &[Enumerator], packed: bool) -> Prim {
        let values = || enumerators.iter().filter_map(Enumerator::value);
        let low = values().min().unwrap_or(0);
        let high = values().max().unwrap_or(0);
        let fits = |prim: &Prim| {
            let bits = prim.scalar(&self.target).map_or(0, |scalar| u32::from(scalar.size) * 8);
            match prim.class(&self.target) {
                Class::Integer { signed: true } => {
                    low >= -(1i128 << (bits - 1)) && high < 1i128 << (bits - 1)
                }
                _ => low >= 0 && high < 1i128 << bits,
            }
        };
        let small: &[Prim] = &[Prim::UChar, Prim::SChar, Prim::UShort, Prim::Short];
        let large: &[Prim] = if self.target.is_msvc() {
            &[Prim::Int, Prim::UInt, Prim::ULongLong, Prim::LongLong]
        } else {
            &[Prim::UInt, Prim::Int, Prim::ULong, Prim::Long, Prim::ULongLong, Prim::LongLong]
        };
        let small = if packed { small } else { &[] };
        small.iter().chain(large).copied().find(fits).unwrap_or(Prim::LongLong)
    }
}
