//! The seams by which the `cffi` package that people have gets the C front end of this project.
//!
//! `cffi.FFI` makes an object `cffi.cparser.Parser` and then calls `set_ffi` of its backend, if there is one. That
//! function puts a parser of this project in the place of the other. Texts that it refuses are read by the genuine
//! parser, which is imported only then, so exceptions are the genuine ones.

pub(crate) mod calls;
pub(crate) mod counts;
mod deferred;
mod genuine;
mod graph;
mod libraries;
mod listed;
mod methods;
mod options;
pub(crate) mod parser;
mod property;
mod receiver;
pub(crate) mod seam;
pub(crate) mod switch;
mod texts;
mod warnings;
mod withheld;
