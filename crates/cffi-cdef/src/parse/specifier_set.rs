//! The specifiers before declarators.

use cffi_types::QualType;
use cffi_types::decls::DeclFlags;

use super::attribute_set::Attributes;
use crate::source::Loc;

/// The storage class of a declaration.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Storage {
    pub(crate) typedef: bool,
    pub(crate) flags: DeclFlags,
    /// Whether `register`, `auto` or `constexpr` is present.
    pub(crate) other: bool,
}

/// The specifiers of a declaration.
#[derive(Clone, Debug)]
pub(crate) struct Specifiers {
    pub(crate) ty: QualType,
    pub(crate) storage: Storage,
    pub(crate) attributes: Attributes,
    /// The place of the first specifier.
    pub(crate) loc: Loc,
    /// Whether a struct, union or enum is mentioned, so that a declarator is not required.
    pub(crate) has_tag: bool,
    /// Whether the struct, union or enum is defined here.
    pub(crate) defines: bool,
    /// Whether the type is `__auto_type`, or `auto` in C23, so that the initializer determines it.
    pub(crate) auto_type: bool,
}
