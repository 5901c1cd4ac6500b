//! The dialect of `cdef()`: what `cffi` adds to C, and what it refuses.

mod common;

use std::collections::HashMap;

use cffi_types::{Symbol, TypeId};
use cffi_types::decls::DeclId;

/// What a call of `cdef()` asks for.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct CdefOptions {
    /// Largest alignment of the members of its structs: 1 for `packed=True`, 0 for none.
    pub pack: u8,
    /// Whether it may declare names again with other types: `override=True`.
    pub replace: bool,
}

/// What the parser keeps beside the declarations.
#[derive(Default, Debug)]
pub(crate) struct State {
    pub(crate) options: CdefOptions,
    /// The declaration of each struct, union and enum.
    pub(crate) tag_decls: HashMap<TypeId, DeclId>,
    /// The integer constants that are known by name.
    pub(crate) constants: HashMap<Symbol, i128>,
    /// Whether `[...]` was seen in the declaration that is being read.
    pub(crate) elided: bool,
    /// The struct behind `FILE`, once it is used.
    pub(crate) file: Option<TypeId>,
    /// An enum was mentioned before its list.
    pub(crate) bare_enums: bool,
    /// How many lists of parameters are being read.
    pub(crate) parameter_depth: usize,
}
