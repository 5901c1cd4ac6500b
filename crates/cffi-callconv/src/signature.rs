//! Signatures of calls: the questions that [`classify`](crate::classify) answers.

use cffi_types::types::Convention;
use cffi_types::{QualType, Types};

/// The signature of one call.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Signature<'a> {
    /// Type of the result.
    pub result: QualType,
    /// Types of the arguments. For a variadic function they are those of this call, after C's default argument
    /// promotions.
    pub args: &'a [QualType],
    /// `Some(n)` for a variadic function whose first `n` arguments are declared.
    pub fixed: Option<usize>,
    /// The convention in the function's type.
    pub convention: Convention,
}

impl<'a> Signature<'a> {
    /// Makes a signature that is not variadic, in the platform's C convention.
    #[must_use]
    pub const fn new(result: QualType, args: &'a [QualType]) -> Signature<'a> {
        Signature { result, args, fixed: None, convention: Convention::C }
    }

    /// Makes the signature of a call to a variadic function whose first `fixed` arguments are declared.
    #[must_use]
    pub const fn variadic(result: QualType, args: &'a [QualType], fixed: usize) -> Signature<'a> {
        Signature { fixed: Some(fixed), ..Signature::new(result, args) }
    }

    /// Returns the signature of a function type or of a pointer to one, with its parameters as the arguments; `None`
    /// for other types. The caller has to add the further arguments of a variadic function.
    #[must_use]
    pub fn of(types: &'a Types, ty: QualType) -> Option<Signature<'a>> {
        let (_, function) = types.as_function(ty)?;
        let args = types.params(function);
        Some(Signature {
            result: function.result,
            args,
            fixed: function.variadic.then_some(args.len()),
            convention: function.convention,
        })
    }

    /// Returns whether argument `index` is one of those that `...` represents.
    pub(crate) fn is_variable(&self, index: usize) -> bool {
        self.fixed.is_some_and(|fixed| index >= fixed)
    }
}
