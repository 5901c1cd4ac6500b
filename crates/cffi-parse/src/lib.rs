//! C type strings to opcodes.
//!
//! [`parse`] reads a type like `"struct point *(*)[4]"` and writes the same words that a compiled cffi
//! module has in its table of types ([`cffi_abi::Opcode`]), so that what comes after does not care
//! where a type was described. Names are looked up through a [`Context`].
//!
//! ```
//! use cffi_abi::{Op, Opcode, Primitive};
//! use cffi_parse::{NoNames, Output, parse};
//!
//! let mut out = Output::new();
//! let root = parse("unsigned int *", &NoNames, &mut out).unwrap();
//! assert_eq!(
//!     out.opcodes(),
//!     [Opcode::new(Op::Primitive, Primitive::UInt.number()), Opcode::new(Op::Pointer, 0)]
//! );
//! assert_eq!(root, 1);
//! ```
//!
//! [`tables`] decodes the other source of opcodes, the byte strings in Python modules that
//! `ffi.emit_python_code()` wrote.
#![forbid(unsafe_code)]

mod commontypes;
mod context;
mod error;
mod number;
mod output;
mod parser;
mod search;
mod standard;
pub mod tables;
mod token;

pub use commontypes::{COMMON_TYPES, common_type};
pub use context::{ConstantLookup, Context, NoNames};
pub use error::{ParseError, render_error};
pub use output::Output;
pub use parser::parse;
pub use search::{search_sorted, search_sorted_by};
pub use standard::standard_typename;
