//! Types with qualifiers.

use core::fmt;
use core::ops::BitOr;

use super::TypeId;

/// A set of type qualifiers.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Quals(u8);

impl Quals {
    /// No qualifier.
    pub const NONE: Quals = Quals(0);
    /// `const`.
    pub const CONST: Quals = Quals(1);
    /// `volatile`.
    pub const VOLATILE: Quals = Quals(2);
    /// `restrict`.
    pub const RESTRICT: Quals = Quals(4);
    /// `_Atomic`.
    pub const ATOMIC: Quals = Quals(8);

    const NAMES: [(Quals, &'static str); 4] = [
        (Quals::CONST, "const"),
        (Quals::VOLATILE, "volatile"),
        (Quals::RESTRICT, "restrict"),
        (Quals::ATOMIC, "_Atomic"),
    ];

    /// Returns whether all qualifiers of another set are in this one.
    #[must_use]
    pub const fn contains(self, other: Quals) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns whether there is no qualifier.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the set without the qualifiers of another one.
    #[must_use]
    pub const fn without(self, other: Quals) -> Quals {
        Quals(self.0 & !other.0)
    }

    /// Returns the C names of the qualifiers, in a fixed order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Quals::NAMES.into_iter().filter(move |(qual, _)| self.contains(*qual)).map(|(_, name)| name)
    }
}

impl BitOr for Quals {
    type Output = Quals;

    fn bitor(self, other: Quals) -> Quals {
        Quals(self.0 | other.0)
    }
}

impl fmt::Debug for Quals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// A type with its qualifiers, in one word.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualType(u32);

impl QualType {
    /// `void` without qualifiers.
    pub const VOID: QualType = QualType::new(TypeId::VOID, Quals::NONE);

    /// Makes a type with these qualifiers.
    #[must_use]
    pub const fn new(id: TypeId, quals: Quals) -> QualType {
        QualType((id.number() as u32) << 4 | quals.0 as u32)
    }

    /// Returns the number of the type.
    #[must_use]
    pub const fn id(self) -> TypeId {
        TypeId::from_number(self.0 >> 4)
    }

    /// Returns the qualifiers.
    #[must_use]
    pub const fn quals(self) -> Quals {
        Quals((self.0 & 15) as u8)
    }

    /// Returns the type with further qualifiers.
    #[must_use]
    pub const fn with(self, quals: Quals) -> QualType {
        QualType(self.0 | quals.0 as u32)
    }

    /// Returns the type without qualifiers.
    #[must_use]
    pub const fn unqualified(self) -> QualType {
        QualType(self.0 & !15)
    }
}

impl From<TypeId> for QualType {
    fn from(id: TypeId) -> QualType {
        QualType::new(id, Quals::NONE)
    }
}

impl fmt::Debug for QualType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QualType({}, {:?})", self.id().number(), self.quals())
    }
}
