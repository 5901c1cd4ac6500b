//! A front end for C that knows nothing of Python: from text to declarations.
//!
//! It reads real headers as well as the dialect of `cdef()`. Nothing here runs a compiler or opens a file by itself:
//! files come through the trait [`files::Files`]. Hostile text gets an error in bounded time and memory.
//!
//! * [`intern`]: a number for each identifier, number and string,
//! * [`source`]: where a piece of text comes from,
//! * [`problem`]: what is wrong, with the line, a caret and a hint,
//! * [`lex`]: bytes to tokens,
//! * [`pp`]: the preprocessor, with what a person can choose ([`pp::Options`]),
//! * `parse` and `expr`: declarations and constant expressions, into [`cffi_types::Decls`],
//! * `fold`: macros as constants,
//! * [`cdef`]: the dialect of `cdef()`, with declarations that grow ([`cdef::Session`]).
//!
//! ```
//! use cffi_cdef::cdef::{CdefOptions, Session};
//! use cffi_types::Target;
//!
//! let mut session = Session::new(Target::x86_64_linux_gnu());
//! session.cdef("typedef struct { int x, y; } point;", CdefOptions::default()).unwrap();
//! let ty = session.parse_type("point[3]").unwrap();
//! assert_eq!(session.decls.types.size(ty.id()), Ok(24));
//! ```

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

/// What is said where there is too little memory for a text.
pub(crate) const NO_MEMORY: &str = "there is not enough memory for a text of this size";

/// Whether there is memory for what a text of so many bytes can become. Lists grow without asking later, so this is
/// asked before a large text is read.
pub(crate) fn has_room(bytes: usize) -> bool {
    /// The most that one byte of text takes: `;` or `*` is a token, a part of a declarator and a type.
    const EACH: usize = 96;
    bytes < 1 << 16 || Vec::<u8>::new().try_reserve_exact(bytes.saturating_mul(EACH)).is_ok()
}

pub use header::{Unit, parse_header, parse_text};
pub use parse::plain_comment;
