//! The C source of API modules.
//!
//! A source consists of what each module needs (`support.h`), the text of the user, a function for each declaration,
//! and the tables. Behind the text of the user, the source uses no name that does not begin with `_cffi_` or
//! `_CFFI_`, so declarations may have any name.

mod argument;
mod constant;
mod embedding;
mod emitter;
mod error;
mod external;
mod function;
mod item;
mod member;
mod module;
mod parts;
mod put;
mod pypy;
mod record;
mod spell;
mod table;
mod text;
mod word;

use cffi_types::decls::{DeclId, Decls};

pub use error::{EmitError, ErrorKind};
pub use module::{CModule, CSource};

use crate::lower::Names;
use emitter::Emitter;
use word::Word;

/// Writes the C source of an API module.
///
/// # Errors
/// Returns the reason why a declaration cannot be written, if the names are [`Names::Declared`]. Of a header, such
/// declarations are left out.
pub fn c_source(
    decls: &Decls,
    selected: &[DeclId],
    names: Names,
    module: &CModule,
) -> Result<CSource, EmitError> {
    let mut emitter = Emitter::new(decls, names, module);
    let items = emitter.items(selected)?;
    emitter.collect(&items)?;
    emitter.begin(items.len());
    emitter.write(&items)?;
    let text = emitter.finish();
    let names = emitter.globals.keys().cloned().collect();
    Ok(CSource { text, names, left_out: emitter.maker.tables.left_out })
}

/// Returns the words of the table of types, as stock cffi's generator prints them: `(POINTER 5)`.
///
/// # Errors
/// Returns the reason why a declaration cannot be written.
pub fn c_types(decls: &Decls, selected: &[DeclId], names: Names) -> Result<Vec<String>, EmitError> {
    let module = CModule::default();
    let mut emitter = Emitter::new(decls, names, &module);
    let items = emitter.items(selected)?;
    emitter.collect(&items)?;
    let shown = |word: &Word| {
        let mut text = String::new();
        word.push(&mut text);
        match text.split_once('(') {
            Some(("_CFFI_LENGTH", rest)) => format!("(None {rest}"),
            Some((_, rest)) => format!("({}", rest.replacen(", ", " ", 1)),
            None => text,
        }
    };
    Ok(emitter.type_words().iter().map(|(word, _)| shown(word)).collect())
}
