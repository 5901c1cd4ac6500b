//! Writes declarations in the forms that Python programs load.
//!
//! The input is a [`cffi_types::Decls`], whichever reader made it. The crate is independent of Python and does no I/O:
//! it returns texts and tables.
//!
//! * [`tables()`]: the tables of an out-of-line ABI module, and what they cannot express,
//! * [`python`]: the text of such a module,
//! * [`quote`]: Python literals for texts and bytes.

#![forbid(unsafe_code)]

mod lower;
mod node;
pub mod python;
pub mod quote;
mod reason;
mod record;
mod select;
mod tables;

pub use lower::Names;
pub use reason::LeftOut;
pub use tables::{Attribute, Global, TableEnum, TableField, TableRecord, Tables, tables};
