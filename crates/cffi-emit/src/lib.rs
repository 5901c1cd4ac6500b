//! Writes declarations in the forms that Python programs load.
//!
//! The input is a [`cffi_types::Decls`], whichever reader made it. The crate is independent of Python and does no I/O:
//! it returns texts and tables.
//!
//! * [`tables()`]: the tables of an out-of-line ABI module, and what they cannot express,
//! * [`python`]: the text of such a module,
//! * [`binding()`]: the text of a module with constants, comments and a library that is opened when it is needed,
//! * [`c_source`]: the C source of an API module,
//! * [`quote`]: Python literals for texts and bytes.

#![forbid(unsafe_code)]

mod abi;
mod backend_layout;
mod binding;
mod c;
mod lower;
mod maker;
mod node;
mod only;
pub mod python;
pub mod quote;
mod reason;
mod record;
mod select;
mod signature;
mod stock;
mod tables;
mod type_names;
mod write;

pub use abi::abi_refusal;
pub use binding::{Binding, binding};
pub use c::{CModule, CSource, EmitError, ErrorKind, c_source, c_types};
pub use lower::Names;
pub use only::Only;
pub use reason::LeftOut;
pub use signature::{signature, type_text};
pub use tables::{Attribute, Global, TableEnum, TableField, TableRecord, Tables, tables};
