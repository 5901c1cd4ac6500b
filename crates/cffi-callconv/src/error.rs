//! Reasons why a call cannot be laid out.

use core::fmt;

use cffi_types::Prim;
use cffi_types::target::Arch;
use cffi_types::types::{Convention, NoSize};

/// The reason why a call cannot be laid out.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Unsupported {
    /// A processor none of whose conventions this crate implements.
    Arch(Arch),
    /// A convention that the target lacks, or that this crate does not implement.
    Convention(Convention),
    /// A type that has no size.
    NoSize {
        /// Index of the argument; `None` for the result.
        arg: Option<usize>,
        /// The reason.
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
    /// A type with so many nested unions that it cannot be analysed in reasonable time.
    TooComplex,
    /// Arguments that take more stack than can exist.
    TooLarge,
    /// No memory is left for the layout.
    NoMemory,
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
            Unsupported::NoMemory => f.write_str("no memory is left"),
        }
    }
}

impl core::error::Error for Unsupported {}
