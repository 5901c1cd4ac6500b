//! A front end for C that knows nothing of Python: from text to declarations.
//!
//! It reads real headers as well as the dialect of `cdef()`. Nothing here runs a compiler or opens a file by itself:
//! files come through the trait [`files::Files`]. Hostile text gets an error in bounded time and memory.
//!
//! * [`intern`]: a number for each identifier, number and string,
//! * [`source`]: where a piece of text comes from,
//! * [`problem`]: what is wrong, with the line, a caret and a hint,
//! * [`lex`]: bytes to tokens,

#![forbid(unsafe_code)]

pub mod cdef;
mod expr;
pub mod files;
mod fold;
mod header;
pub mod intern;
pub mod lex;

mod parse;
pub mod pp;
pub mod problem;
pub mod source;
mod toolchain;
mod words;

pub use header::{Unit, parse_header, parse_text};
pub use parse::plain_comment;
