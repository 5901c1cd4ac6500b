//! Reasons why a type has no size, and why a struct cannot be laid out.

use core::fmt;

use crate::primitive::Prim;
use crate::symbol::Symbol;

use super::{EnumId, RecordId};

/// The reason why a type has no size or alignment.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum NoSize {
    /// The type is `void`.
    Void,
    /// The type is a function.
    Function,
    /// The type is an array without a length.
    OpenArray,
    /// The type is an array whose length only the C compiler knows.
    ElidedLength,
    /// The type is an array whose length is decided when the program runs.
    VariableLength,
    /// The type is a struct or union that is declared but not defined.
    Opaque(RecordId),
    /// The type is a struct or union some of whose members only the C compiler knows.
    Partial(RecordId),
    /// The type is a struct or union that breaks a rule; see [`Types::layout_problem`](super::Types::layout_problem).
    Broken(RecordId),
    /// The type is an enum that is declared but not defined.
    OpaqueEnum(EnumId),
    /// The type is an enum some of whose values only the C compiler knows.
    PartialEnum(EnumId),
    /// The type is a typedef name that only the C compiler knows.
    Unknown(Symbol),
    /// The type is a primitive type that the target lacks.
    Missing(Prim),
    /// The type is larger than the target's address space allows.
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

/// The rule that a struct or union breaks.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum LayoutProblem {
    /// The type of a member has no size.
    NoSize {
        /// Index of the member.
        field: usize,
        /// The reason.
        reason: NoSize,
    },
    /// A member without an array length is not the last one.
    OpenArrayNotLast {
        /// Index of the member.
        field: usize,
    },
    /// The type of a bit-field is not an integer.
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
    /// Returns the index of the member that breaks the rule.
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

/// The error that a struct, union or enum is defined already.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Redefinition;

impl fmt::Display for Redefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the type is defined already")
    }
}

impl core::error::Error for Redefinition {}
