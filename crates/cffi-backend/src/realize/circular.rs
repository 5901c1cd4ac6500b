//! The reasons why a type nests too deeply: it does so in C, or its words in a module's tables form a cycle.

use std::collections::HashSet;

use cffi_memory::NoMemory;

use cffi_abi::Op;

use crate::decls::context::Context;
use crate::decls::declarations::Declarations;
use crate::decls::entries::Word;
use crate::realize::words::Words;
use cffi_rt::{Py, Raised};

/// Returns the error for word `i`, at which the types nest too deeply: `raised`, or `ffi.error` if the word refers to
/// itself without a struct between.
#[cold]
pub(crate) fn explain(py: Py<'_>, cx: &Context, words: Words<'_>, i: usize, raised: Raised) -> Raised {
    if matches!(words, Words::Parsed(_)) || !leads_back(py, cx.decl(), i).unwrap_or(false) {
        return raised;
    }
    py.err_clear(raised);
    cx.state().ffi_error(py, format_args!("type {i} refers to itself in the tables of this module"))
}

fn leads_back(py: Py<'_>, decl: &Declarations, start: usize) -> Result<bool, NoMemory> {
    let mut seen = HashSet::new();
    let mut open = Vec::new();
    add_references(py, decl, start, &mut open)?;
    while let Some(at) = open.pop() {
        if at == start {
            return Ok(true);
        }
        seen.try_reserve(1)?;
        if seen.insert(at) {
            add_references(py, decl, at, &mut open)?;
        }
    }
    Ok(false)
}

/// Adds the words that a word refers to; for a function, the result and the parameters.
fn add_references(py: Py<'_>, decl: &Declarations, i: usize, open: &mut Vec<usize>) -> Result<(), NoMemory> {
    let Some(Word::Op(word)) = decl.word(py, i) else { return Ok(()) };
    let first = match word.op() {
        Ok(Op::Pointer | Op::Array | Op::OpenArray | Op::Noop | Op::Function) => word.index(),
        Ok(Op::Typename) => word.index().and_then(|i| decl.typename(i)).map(|(_, type_index)| type_index),
        _ => None,
    };
    let is_parameter =
        |at: &usize| !matches!(decl.word(py, *at), Some(Word::Op(op)) if op.op() == Ok(Op::FunctionEnd));
    let in_table = |at: &usize| decl.word(py, *at).is_some();
    let parameters = (i + 1..).take_while(in_table).take_while(is_parameter);
    let parameters = parameters.take(if word.op() == Ok(Op::Function) { usize::MAX } else { 0 });
    first.into_iter().chain(parameters).try_for_each(|at| cffi_memory::push(open, at))
}
