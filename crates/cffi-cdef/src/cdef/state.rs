//! What `cdef()` keeps beside the declarations.

use std::collections::HashMap;

use cffi_types::decls::DeclId;
use cffi_types::{Symbol, TypeId};

use crate::source::Loc;

/// What a call of `cdef()` asks for.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct CdefOptions {
    /// Largest alignment of the members of its structs: 1 for `packed=True`, 0 for none.
    pub pack: u8,
    /// Whether it may declare names again with other types: `override=True`.
    pub replace: bool,
}

/// Whose function an `extern "Python"` declares.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum ExternPython {
    /// Only C code of the module calls it.
    Static,
    /// `extern "Python+C"`: other C code may call it, too.
    PlusC,
}

/// What the parser keeps beside the declarations.
#[derive(Default, Debug)]
pub(crate) struct State {
    pub(crate) options: CdefOptions,
    /// The declaration of each struct, union and enum.
    pub(crate) tag_decls: HashMap<TypeId, DeclId>,
    /// The integer constants that are known by name.
    pub(crate) constants: HashMap<Symbol, i128>,
    /// Constants that the text that is being read has added or changed, with their value before.
    pub(crate) constants_before: Vec<(Symbol, Option<i128>)>,
    /// Whether `[...]` was seen in the declaration that is being read.
    pub(crate) elided: bool,
    /// The struct behind `FILE`, once it is used.
    pub(crate) file: Option<TypeId>,
    /// How many lists of parameters are being read.
    pub(crate) parameter_depth: usize,
    /// The `extern "Python"` that is being read.
    pub(crate) python: Option<ExternPython>,
    /// Structs and unions without a tag that are partial: they need a name before the declaration ends.
    pub(crate) nameless: Vec<TypeId>,
    /// What the text is warned of.
    pub(crate) warnings: Vec<Warning>,
}

/// What a text is warned of.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// What it is.
    pub kind: WarningKind,
    /// Where.
    pub loc: Loc,
}

/// What a text can be warned of. The stock front end has the texts of the first three.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum WarningKind {
    /// A string.
    StringLiteral,
    /// A variable without a storage class: the declaration with this number.
    GlobalVariable(DeclId),
    /// A `#pragma`.
    Pragma,
}
