//! What is asked.

use cffi_types::types::Convention;
use cffi_types::{QualType, Types};

/// The signature of one call.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Signature<'a> {
    /// Type of the result.
    pub result: QualType,
    /// Types of the arguments; for a variadic function, those of this one call, already promoted as C promotes them.
    pub args: &'a [QualType],
    /// `Some(n)` for a variadic function whose first `n` arguments are declared.
    pub fixed: Option<usize>,
    /// The convention that the function's type names.
    pub convention: Convention,
}

impl<'a> Signature<'a> {
    /// A signature that is not variadic, in the platform's C convention.
    #[must_use]
    pub const fn new(result: QualType, args: &'a [QualType]) -> Signature<'a> {
        Signature { result, args, fixed: None, convention: Convention::C }
    }

    /// The call of a variadic function whose first `fixed` arguments are declared.
    #[must_use]
    pub const fn variadic(result: QualType, args: &'a [QualType], fixed: usize) -> Signature<'a> {
        Signature { fixed: Some(fixed), ..Signature::new(result, args) }
    }

    /// The signature of a function type, whose parameters are its arguments; `None` if the type is no function and no
    /// pointer to one. The further arguments of a variadic function have to be added by the caller.
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

    /// Whether argument `index` is one of those that `...` stands for.
    pub(crate) fn is_variable(&self, index: usize) -> bool {
        self.fixed.is_some_and(|fixed| index >= fixed)
    }
}
