//! Signatures of calls and closures.

use cffi_types::{QualType, Types};

/// A calling convention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Abi {
    /// The platform's C convention.
    #[default]
    Default,
    /// One of libffi's numbers.
    Other(u32),
}

/// Everything that decides how a function is called. A plan keeps nothing of it.
#[derive(Clone, Copy, Debug)]
pub struct Signature<'a> {
    /// The arena that the types are in.
    pub types: &'a Types,
    /// The types of the arguments and of the result.
    pub call: cffi_callconv::Signature<'a>,
    /// The calling convention, by libffi's numbers.
    pub abi: Abi,
}

impl<'a> Signature<'a> {
    /// Makes a signature that is not variadic, in the platform's convention.
    #[must_use]
    pub const fn new(types: &'a Types, result: QualType, args: &'a [QualType]) -> Signature<'a> {
        Signature { types, call: cffi_callconv::Signature::new(result, args), abi: Abi::Default }
    }
}
