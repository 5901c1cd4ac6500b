//! The parts of declarators.

use std::ops::Range;

use cffi_types::types::{Convention, Length};
use cffi_types::{QualType, Quals, Symbol};

use crate::lex::Token;

/// One part of a declarator.
#[derive(Copy, Clone, Debug)]
pub(crate) enum Chunk {
    Pointer(Quals),
    Array(Length),
    Function(ParameterList),
    /// How the next function outwards is called.
    Convention(Convention),
}

/// Whether a declarator has a name.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Naming {
    Required,
    Optional,
    Forbidden,
}

/// A declarator and the type that it declares.
#[derive(Clone, Debug)]
pub(crate) struct Declarator {
    pub(crate) name: Option<Token>,
    pub(crate) ty: QualType,
    /// Whether it declares a function itself, not a pointer to one.
    pub(crate) is_function: bool,
    /// The names of the parameters of the innermost function.
    pub(crate) param_names: Vec<Symbol>,
    /// Whether the parameters were given in the old way, as names only.
    pub(crate) old_style: bool,
}

/// A parameter.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Param {
    pub(crate) ty: QualType,
    /// Empty where there is none.
    pub(crate) name: Symbol,
}

/// The parameters of one function: a range of the parser's list, and what there is beside.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct ParameterList {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(crate) variadic: bool,
    pub(crate) unprototyped: bool,
    /// Names without types, whose declarations follow the declarator.
    pub(crate) old_style: bool,
    pub(crate) convention: Convention,
}

impl ParameterList {
    pub(crate) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

const _: () = assert!(size_of::<Chunk>() <= 24);
