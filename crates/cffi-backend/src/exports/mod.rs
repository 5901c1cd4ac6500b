//! The interface for compiled modules: a table of C functions, and the function that makes the Python objects of a
//! module when it is imported.
//!
//! The table is a binary contract: places, C types and error values are those of the C backend (see
//! [`cffi_abi::module::slot`]). A module copies it, as far as the version that it was generated for has it.

mod chars;
#[allow(unsafe_code, reason = "is called by compiled modules")]
mod guarded;
mod import;
mod integers;
#[allow(unsafe_code, reason = "reads the tables of compiled modules")]
pub(crate) mod module;
#[allow(unsafe_code, reason = "is called by the interpreter")]
mod phases;
#[allow(unsafe_code, reason = "is called by compiled modules")]
mod pointers;
#[allow(unsafe_code, reason = "keeps the tables of compiled modules")]
mod registry;
mod table;
mod values;

pub(crate) use table::capsule;
