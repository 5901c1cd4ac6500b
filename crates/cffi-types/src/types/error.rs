//! Why a type has no size, and why a struct cannot be laid out.

use core::fmt;

use crate::primitive::Prim;
use crate::symbol::Symbol;

use super::{EnumId, RecordId};

/// Why a type has no size or alignment.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum NoSize {
    /// It is `void`.
    Void,
    /// It is a function.
    Function,
    /// It is an array whose length is not stated.
    OpenArray,
    /// It is an array whose length only the C compiler knows.
    ElidedLength,
    /// It is an array whose length is decided when the program runs.
    VariableLength,
    /// It is a struct or union that is declared but not defined.
    Opaque(RecordId),
    /// It is a struct or union some of whose members only the C compiler knows.
    Partial(RecordId),
    /// It is a struct or union that breaks a rule, see [`Types::layout_problem`](super::Types::layout_problem).
    Broken(RecordId),
    /// It is an enum that is declared but not defined.
    OpaqueEnum(EnumId),
    /// It is an enum some of whose values only the C compiler knows.
    PartialEnum(EnumId),
    /// It is a typedef name that only the C compiler knows.
    Unknown(Symbol),
    /// It is a primitive type that the target lacks.
    Missing(Prim),
    /// It is larger than the target's address space allows.
    TooLarge,
}

impl fmt::Display for NoSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoSize::Void => "void has no size",
            NoSize::Function => "a function has no size",
            NoSize::OpenArray => "the length of the array is not stated",
            NoSize::ElidedLength => "only the C compiler knows the length of the array",
            NoSize::VariableLength => "the length of the array is decided at run time",
            NoSize::Opaque(_) => "the struct or union is not defined",
            NoSize::Partial(_) => "only the C compiler knows the layout of the struct or union",
            NoSize::Broken(_) => "the struct or union is not valid",
            NoSize::OpaqueEnum(_) => "the enum is not defined",
            NoSize::PartialEnum(_) => "only the C compiler knows the values of the enum",
            NoSize::Unknown(_) => "only the C compiler knows the type",
            NoSize::Missing(prim) => return write!(f, "the target has no type {}", prim.spelling()),
            NoSize::TooLarge => "the type is larger than the address space",
        })
    }
}

impl core::error::Error for NoSize {}

/// Which rule a struct or union breaks.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum LayoutProblem {
    /// The type of a member has no size.
    NoSize {
        /// Index of the member.
        field: usize,
        /// Why.
        reason: NoSize,
    },
    /// A member of open array type is not the last.
    OpenArrayNotLast {
        /// Index of the member.
        field: usize,
    },
    /// A bit-field has a type that is no integer.
    BitFieldType {
        /// Index of the member.
        field: usize,
    },
    /// A bit-field is wider than its type.
    BitFieldWidth {
        /// Index of the member.
        field: usize,
    },
    /// A bit-field of width 0 has a name.
    NamedZeroWidth {
        /// Index of the member.
        field: usize,
    },
    /// The struct or union is larger than the target's address space allows.
    TooLarge,
}

impl LayoutProblem {
    /// The index of the member that breaks the rule.
    #[must_use]
    pub const fn field(self) -> Option<usize> {
        match self {
            LayoutProblem::NoSize { field, .. }
            | LayoutProblem::OpenArrayNotLast { field }
            | LayoutProblem::BitFieldType { field }
            | LayoutProblem::BitFieldWidth { field }
            | LayoutProblem::NamedZeroWidth { field } => Some(field),
            LayoutProblem::TooLarge => None,
        }
    }
}

impl fmt::Display for LayoutProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LayoutProblem::NoSize { reason, .. } => return write!(f, "a member has no size: {reason}"),
            LayoutProblem::OpenArrayNotLast { .. } => "an array without a length is not the last member",
            LayoutProblem::BitFieldType { .. } => "a bit-field has a type that is no integer",
            LayoutProblem::BitFieldWidth { .. } => "a bit-field is wider than its type",
            LayoutProblem::NamedZeroWidth { .. } => "a bit-field of width 0 has a name",
            LayoutProblem::TooLarge => "the struct or union is larger than the address space",
        })
    }
}

impl core::error::Error for LayoutProblem {}

/// A struct, union or enum is defined already.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Redefinition;

impl fmt::Display for Redefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the type is defined already")
    }
}

impl core::error::Error for Redefinition {}
