//! A front end for C that is independent of Python: it turns text into declarations.
//!
//! It reads real headers as well as the dialect of `cdef()`. The crate never runs a compiler, and it opens files only
//! through the trait [`files::Files`]. Hostile text causes an error in bounded time and memory.
//!
//! * [`intern`]: a number for each identifier, number and string,
//! * [`source`]: the origin of each piece of text,
//! * [`problem`]: problems, shown with the line, a caret and a hint,
//! * [`lex`]: the lexer,
//! * [`pp`]: the preprocessor and its options ([`pp::Options`]),
//! * `parse` and `expr`: declarations and constant expressions, stored in [`cffi_types::Decls`],
//! * `fold`: macros as constants,
//! * [`cdef`]: the dialect of `cdef()`, with declarations that accumulate ([`cdef::Session`]).
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
mod own;
mod parse;
pub mod pp;
pub mod problem;
pub mod source;
mod toolchain;
mod words;

/// The message for a text that there is too little memory for.
/// The message about a comment without an end.
pub const OPEN_COMMENT: &str = "the comment is not closed";
/// The message about types and expressions with more levels than the parser follows.
pub const TOO_DEEP: &str = "this is nested too deeply";
pub(crate) const NO_MEMORY: &str = "there is not enough memory for a text of this size";

/// Sets memory aside for reading a text of so many bytes. Lists grow without a check while it is read.
///
/// # Errors
/// [`NoMemory`] if there is not enough.
pub(crate) fn room_for(bytes: usize) -> Result<Option<Fund>, NoMemory> {
    /// The largest number of bytes that one byte of text can take: a `;` or `*` becomes a token, a part of a declarator
    /// and a type.
    const EACH: usize = 96;
    /// The largest number of bytes of a text for which the reserve is enough.
    const SHORT: usize = 256;
    if bytes > SHORT { set_aside(bytes.saturating_mul(EACH)).map(Some) } else { Ok(None) }
}

use cffi_memory::NoMemory;
use cffi_memory::reserve::{Fund, set_aside};

pub use header::{Unit, parse_header, parse_text};
pub use parse::plain_comment;
