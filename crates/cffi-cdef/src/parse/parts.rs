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
    /// The calling convention of the next function outwards.
    Convention(Convention),
}

/// Whether a declarator must, may or must not have a name.
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
    /// Whether the parameters are only names, as in C before 1989.
    pub(crate) old_style: bool,
}

/// A parameter.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Param {
    pub(crate) ty: QualType,
    /// The name; empty for a parameter without one.
    pub(crate) name: Symbol,
}

/// The parameters of one function: a range of the parser's list, and the properties of the list.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct ParameterList {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(crate) variadic: bool,
    pub(crate) unprototyped: bool,
    /// Whether the parameters are names without types, whose declarations follow the declarator.
    pub(crate) old_style: bool,
    pub(crate) convention: Convention,
}

impl ParameterList {
    pub(crate) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

const _: () = assert!(size_of::<Chunk>() <= 24);
