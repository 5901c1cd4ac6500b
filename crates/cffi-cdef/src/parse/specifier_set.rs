//! What stands before declarators.

use cffi_types::QualType;
use cffi_types::decls::DeclFlags;

use super::attribute_set::Attributes;
use crate::source::Loc;

/// Where something is kept, as far as declarations tell.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Storage {
    pub(crate) typedef: bool,
    pub(crate) flags: DeclFlags,
    /// `register`, `auto` or `constexpr` was there.
    pub(crate) other: bool,
}

/// What stands before the declarators.
#[derive(Clone, Debug)]
pub(crate) struct Specifiers {
    pub(crate) ty: QualType,
    pub(crate) storage: Storage,
    pub(crate) attributes: Attributes,
    /// Where they begin.
    pub(crate) loc: Loc,
    /// Whether a struct, union or enum was mentioned, so that no declarator has to follow.
    pub(crate) has_tag: bool,
    /// Whether the struct, union or enum was defined here.
    pub(crate) defines: bool,
    /// `__auto_type`, or `auto` in C23: the initializer tells.
    pub(crate) auto_type: bool,
}
