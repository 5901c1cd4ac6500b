//! Enums.

use crate::primitive::{Class, Prim};
use crate::symbol::Symbol;

use super::{QualType, Redefinition, Shape, TypeId, Types};

/// The number of an enum in a [`Types`].
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct EnumId(u32);

impl EnumId {
    /// The number itself: enums are numbered from 0 in the order in which they were declared.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 as usize
    }
}

/// A name in an enum with its value.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Enumerator {
    /// The name.
    pub name: Symbol,
    negative: bool,
    known: bool,
    bits: u64,
}

impl Enumerator {
    /// An enumerator with a value, or `None` if only the C compiler knows it (`= ...`). Values outside of what 64
    /// bits can hold, signed or unsigned, are kept modulo 2⁶⁴.
    #[must_use]
    pub const fn new(name: Symbol, value: Option<i128>) -> Enumerator {
        match value {
            Some(value) => Enumerator { name, negative: value < 0, known: true, bits: value as u64 },
            None => Enumerator { name, negative: false, known: false, bits: 0 },
        }
    }

    /// The value, unless only the C compiler knows it.
    #[must_use]
    pub const fn value(&self) -> Option<i128> {
        match (self.known, self.negative) {
            (false, _) => None,
            (true, true) => Some(self.bits as i64 as i128),
            (true, false) => Some(self.bits as i128),
        }
    }
}

/// What attributes and C23 say of an enum.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct EnumAttributes {
    /// The type that the declaration fixes: `enum e : unsigned char`.
    pub fixed: Option<QualType>,
    /// `__attribute__((packed))`: the smallest type that holds all values.
    pub packed: bool,
    /// Whether the list of enumerators is not complete (`...`).
    pub partial: bool,
}

/// An enum.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Enum {
    /// Its tag; empty for an enum without one.
    pub tag: Symbol,
    /// The typedef name by which an enum without a tag is known; empty if there is none.
    pub alias: Symbol,
    /// Its type.
    pub ty: TypeId,
    /// Whether it is defined.
    pub defined: bool,
    /// What attributes and C23 say of it.
    pub attributes: EnumAttributes,
    /// The integer type that its values have, once it is defined.
    pub underlying: TypeId,
    start: u32,
    count: u32,
}

impl Types {
    /// Declares an enum without defining it. Each call makes a new one.
    pub fn declare_enum(&mut self, tag: Symbol) -> EnumId {
        let id = EnumId(self.enums.len() as u32);
        let ty = self.intern(Shape::Enum(id));
        self.enums.push(Enum {
            tag,
            alias: Symbol::EMPTY,
            ty,
            defined: false,
            attributes: EnumAttributes::default(),
            underlying: TypeId::of(Prim::UInt),
            start: 0,
            count: 0,
        });
        id
    }

    /// Defines an enum.
    ///
    /// # Errors
    /// It is defined already.
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

    /// Gives an enum without a tag the typedef name by which it is known.
    pub fn name_enum(&mut self, id: EnumId, alias: Symbol) {
        self.enum_mut(id).alias = alias;
    }

    /// An enum.
    ///
    /// # Panics
    /// If the number comes from another arena that has more enums.
    #[must_use]
    pub fn enum_of(&self, id: EnumId) -> &Enum {
        &self.enums[id.0 as usize]
    }

    /// An enum, to be changed; notes what it was if the source may be refused.
    fn enum_mut(&mut self, id: EnumId) -> &mut Enum {
        let e = &mut self.enums[id.0 as usize];
        if let Some(journal) = &mut self.journal {
            journal.note_enum(id, e);
        }
        e
    }

    /// The names and values of an enum; empty while it is not defined.
    #[must_use]
    pub fn enumerators(&self, id: EnumId) -> &[Enumerator] {
        let e = &self.enums[id.0 as usize];
        self.enumerators.get(e.start as usize..(e.start + e.count) as usize).unwrap_or_default()
    }

    /// All enums, in the order in which they were declared.
    pub fn enum_ids(&self) -> impl Iterator<Item = EnumId> + use<> {
        (0..self.enums.len() as u32).map(EnumId)
    }

    /// The integer type that a compiler takes for these values: `int` always on Windows with Visual C++, elsewhere
    /// the first of `unsigned int`, `int`, `unsigned long`, `long`, … that holds them all.
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

/// For [`Types::roll_back`].
pub(super) fn restore(types: &mut Types, id: EnumId, e: Enum) {
    types.enums[id.0 as usize] = e;
}
