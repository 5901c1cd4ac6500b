//! The location of the words that a type is made from.

use cffi_abi::Opcode;

use crate::decls::context::Context;
use crate::decls::entries::Word;
use cffi_rt::{Py, Raised};

/// The location of the words of a type.
#[derive(Clone, Copy)]
pub(crate) enum Words<'a> {
    /// The table of types of the declarations, where made types are kept.
    Table,
    /// The output of the parser.
    Parsed(&'a [Opcode]),
}

/// Makes the error for a word that does not exist.
#[cold]
pub(crate) fn bad_index(py: Py<'_>, cx: &Context, i: usize) -> Raised {
    cx.state().ffi_error(py, format_args!("type {i} does not exist in the tables of this module"))
}

/// Returns word `i`.
pub(crate) fn word<'a>(py: Py<'_>, cx: &'a Context, words: Words<'_>, i: usize) -> Option<Word<'a>> {
    match words {
        Words::Table => cx.decl().word(py, i),
        Words::Parsed(p) => p.get(i).map(|op| Word::Op(*op)),
    }
}
