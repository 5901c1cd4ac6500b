//! Why a call cannot be laid out.

use core::fmt;

use cffi_types::Prim;
use cffi_types::target::Arch;
use cffi_types::types::{Convention, NoSize};

/// Why a call cannot be laid out.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Unsupported {
    /// No convention of this processor is known here.
    Arch(Arch),
    /// The target has no such convention, or its rules are not known here.
    Convention(Convention),
    /// A type has no size.
    NoSize {
        /// Index of the argument; `None` for the result.
        arg: Option<usize>,
        /// Why.
        reason: NoSize,
    },
    /// An array or a function, which C does not pass by value.
    NoValue {
        /// Index of the argument; `None` for the result.
        arg: Option<usize>,
    },
    /// A primitive type whose passing the convention does not define.
    Primitive(Prim),
    /// A vector whose passing depends on options of the compiler.
    Vector {
        /// Size in bytes.
        size: u64,
    },
    /// A type of which so many unions are part that it cannot be taken apart in reasonable time.
    TooComplex,
    /// The arguments take more stack than there can be.
    TooLarge,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsupported::Arch(arch) => write!(f, "no calling convention of {arch:?} is known"),
            Unsupported::Convention(convention) => {
                write!(f, "the target has no calling convention {convention:?}, or its rules are not known")
            }
            Unsupported::NoSize { arg: Some(arg), reason } => write!(f, "argument {}: {reason}", arg + 1),
            Unsupported::NoSize { arg: None, reason } => write!(f, "the result: {reason}"),
            Unsupported::NoValue { arg: Some(arg) } => {
                write!(f, "argument {} is an array or a function, which C does not pass by value", arg + 1)
            }
            Unsupported::NoValue { arg: None } => {
                f.write_str("the result is an array or a function, which C does not return")
            }
            Unsupported::Primitive(prim) => {
                write!(f, "the calling convention does not say how {} is passed", prim.spelling())
            }
            Unsupported::Vector { size } => write!(
                f,
                "how a vector of {size} bytes is passed depends on options of the compiler on this target"
            ),
            Unsupported::TooComplex => f.write_str("the type has too many members to be taken apart"),
            Unsupported::TooLarge => f.write_str("the arguments take more than the address space"),
        }
    }
}

impl core::error::Error for Unsupported {}
