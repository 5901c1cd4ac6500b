//! The reasons why a signature cannot be called.
#![forbid(unsafe_code)]

use std::fmt;

use cffi_callconv::Unsupported;
use cffi_memory::NoMemory;

/// The reason why there is no plan for a signature. `argument` is an index, `None` for the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// The calling convention does not cover the signature.
    Unsupported(Unsupported),
    /// `void` as an argument, or a type without a size.
    Incomplete {
        /// Index of the argument.
        argument: Option<usize>,
    },
    /// A type of size 0, which libffi cannot be told about.
    ZeroSize {
        /// Index of the argument.
        argument: Option<usize>,
    },
    /// A struct by value that only libffi could pass, in a layout that libffi cannot be told (packed, a union,
    /// over-aligned).
    UnsupportedLayout {
        /// Index of the argument.
        argument: Option<usize>,
    },
    /// An argument in the variadic part that C would have promoted: `float` or an integer below `int`.
    Unpromoted {
        /// Index of the argument.
        argument: usize,
    },
    /// More fixed arguments than arguments.
    BadFixedCount,
    /// Argument sizes that add up to more than half the address space.
    TooLarge,
    /// libffi refused, for instance because of the ABI's number.
    Refused,
    /// No memory is left for the plan.
    NoMemory,
}

impl From<NoMemory> for PlanError {
    fn from(_: NoMemory) -> PlanError {
        PlanError::NoMemory
    }
}

impl From<Unsupported> for PlanError {
    fn from(reason: Unsupported) -> PlanError {
        match reason {
            Unsupported::NoMemory => PlanError::NoMemory,
            Unsupported::TooLarge => PlanError::TooLarge,
            Unsupported::NoValue { arg } | Unsupported::NoSize { arg, .. } => {
                PlanError::Incomplete { argument: arg }
            }
            reason => PlanError::Unsupported(reason),
        }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, argument) = match self {
            PlanError::Incomplete { argument } => ("incomplete type", *argument),
            PlanError::ZeroSize { argument } => ("type of size 0", *argument),
            PlanError::Unsupported(reason) => return reason.fmt(f),
            PlanError::UnsupportedLayout { argument } => ("struct layout unknown to libffi", *argument),
            PlanError::Unpromoted { argument } => ("unpromoted variadic type", Some(*argument)),
            PlanError::BadFixedCount => return f.write_str("more fixed arguments than arguments"),
            PlanError::NoMemory => return NoMemory.fmt(f),
            PlanError::TooLarge => return f.write_str("the arguments are too large"),
            PlanError::Refused => return f.write_str("libffi failed to build this function type"),
        };
        match argument {
            Some(i) => write!(f, "{text} as argument {i}"),
            None => write!(f, "{text} as result"),
        }
    }
}

impl std::error::Error for PlanError {}
