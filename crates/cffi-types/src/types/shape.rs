//! Shapes: the structure of types.

use crate::primitive::Prim;
use crate::symbol::Symbol;

use super::{EnumId, FunctionId, QualType, RecordId};

/// The number of a type in a [`Types`](super::Types).
///
/// `void` and the primitive types have fixed numbers, equal in every arena.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct TypeId(u32);

/// The first number that is neither `void` nor a primitive type.
const FIRST: u32 = 128;

impl TypeId {
    /// `void`.
    pub const VOID: TypeId = TypeId(0);

    /// The number of the first type of an arena that is neither `void` nor a primitive type.
    pub const FIRST_IN_ARENA: usize = FIRST as usize;

    /// The largest number of types in an arena. Numbers have 28 bits, so that one word contains a number and
    /// qualifiers.
    pub(super) const MAX_IN_ARENA: u32 = (1 << 28) - FIRST;

    /// Returns the number of a primitive type.
    #[must_use]
    pub const fn of(prim: Prim) -> TypeId {
        TypeId(prim as u32)
    }

    /// Returns the primitive type with this number, if it is one.
    #[must_use]
    pub const fn primitive(self) -> Option<Prim> {
        Prim::from_number(self.0 as usize)
    }

    /// Returns the number itself, below 2²⁸.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 as usize
    }

    /// Returns the type with this number, as [`TypeId::number`] gives it. Bits above the 28th are dropped.
    #[must_use]
    pub const fn from_number(number: u32) -> TypeId {
        TypeId(number & 0x0FFF_FFFF)
    }

    pub(super) const fn in_arena(at: u32) -> TypeId {
        TypeId(at + FIRST)
    }

    pub(super) const fn arena_place(self) -> Option<usize> {
        if self.0 < FIRST { None } else { Some((self.0 - FIRST) as usize) }
    }
}

const _: () = assert!(Prim::ALL.len() < FIRST as usize);

/// The length of an array.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Length {
    /// A number of items.
    Fixed(u64),
    /// `[]`: the length is not given.
    Open,
    /// `[...]`: only the C compiler knows the length.
    Elided,
    /// `[n]`, `[*]`: the length is decided when the program runs.
    Variable,
}

/// The known part of a type that only the C compiler knows completely.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum UnknownKind {
    /// `typedef ... name;`: any type.
    Opaque,
    /// `typedef int... name;`: an integer type.
    Integer,
    /// `typedef float... name;`: a floating-point type.
    Float,
}

/// The structure of a type. Component types are given by number.
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
        /// The width in bits.
        bits: u32,
    },
    /// A pointer.
    Pointer(QualType),
    /// An array.
    Array {
        /// Type of the items.
        item: QualType,
        /// The length.
        length: Length,
    },
    /// A function.
    Function(FunctionId),
    /// A struct or union.
    Record(RecordId),
    /// An enum.
    Enum(EnumId),
    /// A vector, on which C computes as a whole.
    Vector {
        /// Type of the items: an integer or floating-point type.
        item: TypeId,
        /// The number of items.
        count: u32,
    },
    /// The use of a typedef name. [`Types::canonical`](super::Types::canonical) resolves it.
    Alias {
        /// The name.
        name: Symbol,
        /// The type that the name denotes.
        to: QualType,
        /// 0, or 1 more than the logarithm of the alignment that the typedef requests.
        align_log2: u8,
    },
    /// A type that only the C compiler knows.
    Unknown {
        /// Its name.
        name: Symbol,
        /// The known part of the type.
        kind: UnknownKind,
    },
}
