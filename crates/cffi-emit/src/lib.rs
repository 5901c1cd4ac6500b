//! Writes declarations in the forms that Python programs load.
//!
//! The input is a [`cffi_types::Decls`], whichever reader made it. The crate is independent of Python and does no I/O:
//! it returns texts and tables.
//!
//! * [`quote`]: Python literals for texts and bytes.

#![forbid(unsafe_code)]

pub mod quote;
