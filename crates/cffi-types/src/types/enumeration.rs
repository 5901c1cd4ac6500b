//! Enums and their enumerators.

use crate::primitive::Prim;
use crate::symbol::Symbol;

use super::qualified::QualType;
use super::shape::TypeId;

/// An enumerator with its value.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Enumerator {
    /// The name.
    pub name: Symbol,
    negative: bool,
    known: bool,
    bits: u64,
}

impl Enumerator {
    /// Makes an enumerator with a value, or `None` if only the C compiler knows it (`= ...`). Values that do not fit
    /// into 64 bits, signed or unsigned, are kept modulo 2⁶⁴.
    #[must_use]
    pub const fn new(name: Symbol, value: Option<i128>) -> Enumerator {
        match value {
            Some(value) => Enumerator { name, negative: value < 0, known: true, bits: value as u64 },
            None => Enumerator { name, negative: false, known: false, bits: 0 },
        }
    }

    /// Returns the enumerator with another name.
    #[must_use]
    pub const fn renamed(self, name: Symbol) -> Enumerator {
        Enumerator { name, ..self }
    }

    /// Returns the value; `None` if only the C compiler knows it.
    #[must_use]
    pub const fn value(&self) -> Option<i128> {
        match (self.known, self.negative) {
            (false, _) => None,
            (true, true) => Some(self.bits as i64 as i128),
            (true, false) => Some(self.bits as i128),
        }
    }
}

/// The properties of an enum that attributes and C23 define.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct EnumAttributes {
    /// The type in the declaration, as in `enum e : unsigned char`.
    pub fixed: Option<QualType>,
    /// `__attribute__((packed))`: the enum has the smallest type that holds all values.
    pub packed: bool,
    /// Whether the list of enumerators is incomplete (`...`).
    pub partial: bool,
}

/// An enum.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Enum {
    /// Its tag; empty for an enum without one.
    pub tag: Symbol,
    /// The typedef name by which the enum is known; empty if there is none. In C, only enums without a tag have one.
    pub alias: Symbol,
    /// Its type.
    pub ty: TypeId,
    /// Whether it is defined.
    pub defined: bool,
    /// The properties that attributes and C23 define.
    pub attributes: EnumAttributes,
    /// The integer type that its values have, once it is defined.
    pub underlying: TypeId,
    pub(super) start: u32,
    pub(super) count: u32,
}

impl Enum {
    /// Makes an enum that is not defined.
    pub(super) fn declared(tag: Symbol, ty: TypeId) -> Enum {
        Enum {
            tag,
            alias: Symbol::EMPTY,
            ty,
            defined: false,
            attributes: EnumAttributes::default(),
            underlying: TypeId::of(Prim::UInt),
            start: 0,
            count: 0,
        }
    }
}
