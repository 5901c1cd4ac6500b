//! What a type is.

use crate::primitive::Prim;
use crate::symbol::Symbol;

use super::{EnumId, FunctionId, QualType, RecordId};

/// The number of a type in a [`Types`](super::Types).
///
/// `void` and the primitive types have fixed numbers, equal in every arena.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct TypeId(u32);

/// Numbers below are `void` and the primitive types.
const FIRST_IN_ARENA: u32 = 128;

impl TypeId {
    /// `void`.
    pub const VOID: TypeId = TypeId(0);

    /// Numbers have 28 bits, so that qualifiers go with them into one word.
    pub(super) const MAX_IN_ARENA: u32 = (1 << 28) - FIRST_IN_ARENA;

    /// The number of a primitive type.
    #[must_use]
    pub const fn of(prim: Prim) -> TypeId {
        TypeId(prim as u32)
    }

    /// The primitive type with this number, if it is one.
    #[must_use]
    pub const fn primitive(self) -> Option<Prim> {
        Prim::from_number(self.0 as usize)
    }

    /// The number itself, below 2²⁸.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 as usize
    }

    /// The type with this number, as [`TypeId::number`] gives it. Bits above the 28th are dropped.
    #[must_use]
    pub const fn from_number(number: u32) -> TypeId {
        TypeId(number & 0x0FFF_FFFF)
    }

    pub(super) const fn in_arena(at: u32) -> TypeId {
        TypeId(at + FIRST_IN_ARENA)
    }

    pub(super) const fn arena_place(self) -> Option<usize> {
        if self.0 < FIRST_IN_ARENA { None } else { Some((self.0 - FIRST_IN_ARENA) as usize) }
    }
}

const _: () = assert!(Prim::ALL.len() < FIRST_IN_ARENA as usize);

/// How many items an array has.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Length {
    /// So many.
    Fixed(u64),
    /// `[]`: not stated.
    Open,
    /// `[...]`: the C compiler knows.
    Elided,
    /// `[n]`, `[*]`: decided when the program runs.
    Variable,
}

/// What is known of a type that only the C compiler knows.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum UnknownKind {
    /// `typedef ... name;`: any type.
    Opaque,
    /// `typedef int... name;`: an integer type.
    Integer,
    /// `typedef float... name;`: a floating-point type.
    Float,
}

/// What a type is. Component types are given by number.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Shape {
    /// `void`.
    Void,
    /// A primitive type, complex types included.
    Primitive(Prim),
    /// `_BitInt(bits)`.
    BitInt {
        /// Whether it is signed.
        signed: bool,
        /// Its width.
        bits: u32,
    },
    /// A pointer.
    Pointer(QualType),
    /// An array.
    Array {
        /// Type of the items.
        item: QualType,
        /// How many there are.
        length: Length,
    },
    /// A function.
    Function(FunctionId),
    /// A struct or union.
    Record(RecordId),
    /// An enum.
    Enum(EnumId),
    /// A vector that is computed with as a whole.
    Vector {
        /// Type of the items: an integer or floating-point type.
        item: TypeId,
        /// How many there are.
        count: u32,
    },
    /// A typedef name in use. [`Types::canonical`](super::Types::canonical) resolves it.
    Alias {
        /// The name.
        name: Symbol,
        /// The type that it stands for.
        to: QualType,
        /// 0, or 1 more than the logarithm of the alignment that the typedef asks for.
        align_log2: u8,
    },
    /// A type that only the C compiler knows.
    Unknown {
        /// Its name.
        name: Symbol,
        /// What is known of it.
        kind: UnknownKind,
    },
}
