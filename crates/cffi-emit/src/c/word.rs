//! The words of the table of types.

use super::put::put;

/// A word of the table of types.
#[derive(Clone, Debug)]
pub(super) enum Word {
    /// A place that nothing was written to.
    Missing,
    /// An operation with its argument.
    Op(&'static str, u32),
    /// A C expression.
    Text(String),
}

impl Word {
    /// Appends the C expression of the word.
    pub(super) fn push(&self, out: &mut String) {
        match self {
            Word::Missing => {}
            Word::Op(op, argument) => put!(out, "_CFFI_OP(", *op, ", ", *argument, ")"),
            Word::Text(text) => out.push_str(text),
        }
    }
}
