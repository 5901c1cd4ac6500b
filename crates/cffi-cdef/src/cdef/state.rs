//! The state of `cdef()` besides the declarations.

use cffi_types::decls::DeclId;
use cffi_types::{Symbol, TypeId};
use rustc_hash::FxHashMap;

use crate::source::Loc;

/// The options of a call of `cdef()`.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct CdefOptions {
    /// The largest alignment of struct members: 1 for `packed=True`, 0 for no limit.
    pub pack: u8,
    /// Whether names may be declared again with other types: `override=True`.
    pub replace: bool,
    /// Whether the functions are those that a library with Python inside exports: `embedding_api()`.
    pub dllexport: bool,
}

/// The C code that may call the function of an `extern "Python"` declaration.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum ExternPython {
    /// `extern "Python"`: only C code of the module calls the function.
    Static,
    /// `extern "Python+C"`: other C code may call the function, too.
    PlusC,
}

/// An integer in tables, where an `i128` would be aligned to 16 bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Whole([u32; 4]);

impl From<i128> for Whole {
    fn from(value: i128) -> Whole {
        Whole([0, 32, 64, 96].map(|shift| (value >> shift) as u32))
    }
}

impl From<Whole> for i128 {
    fn from(whole: Whole) -> i128 {
        whole.0.iter().rev().fold(0, |value: u128, part| value << 32 | u128::from(*part)) as i128
    }
}

/// The state that the parser keeps besides the declarations.
#[derive(Default, Debug)]
pub(crate) struct State {
    pub(crate) options: CdefOptions,
    /// The declaration of each struct, union and enum.
    pub(crate) tag_decls: FxHashMap<TypeId, DeclId>,
    /// The values of named integer constants.
    pub(crate) constants: FxHashMap<Symbol, Whole>,
    /// The constants that the current text has added or changed, with their previous values.
    pub(crate) constants_before: Vec<(Symbol, Option<Whole>)>,
    /// The number of constants before the body of an enum, of which no expression of the declarator can make use: the
    /// stock front end reads the body after them. It counts `constants_before`.
    pub(crate) known_constants: Option<usize>,
    /// Whether the current declaration contains `[...]`.
    pub(crate) elided: bool,
    /// Whether a calling convention follows directly the type of the declaration that is being read.
    pub(crate) base_convention: bool,
    /// Whether the array lengths that were read last in the body of a struct contain `[...]`.
    pub(crate) last_elided: bool,
    /// Whether the declarator that is being read is the first one of its declaration.
    pub(crate) first_declarator: bool,
    /// The number of enums before the declaration that is being read.
    pub(crate) first_enum: usize,
    /// Whether typedefs of cffi's own names, such as `uint32_t`, give cffi's types.
    pub(crate) standard_names: bool,
    /// The struct behind `FILE`, once it is used.
    pub(crate) file: Option<TypeId>,
    /// The number of nested parameter lists that are being read.
    pub(crate) parameter_depth: usize,
    /// The `extern "Python"` block that is being read.
    pub(crate) python: Option<ExternPython>,
    /// Partial structs and unions without a tag: each needs a name before the declaration ends.
    pub(crate) nameless: Vec<TypeId>,
    /// The warnings about the current text.
    pub(crate) warnings: Vec<Warning>,
}

/// A warning about a text of `cdef()`.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// The kind of the warning.
    pub kind: WarningKind,
    /// The place in the text.
    pub loc: Loc,
}

/// The kinds of warnings. The stock front end has the messages of the first three.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum WarningKind {
    /// A string literal.
    StringLiteral,
    /// A variable without a storage class; the number is that of its declaration.
    GlobalVariable(DeclId),
    /// A `#pragma` directive.
    Pragma,
}
