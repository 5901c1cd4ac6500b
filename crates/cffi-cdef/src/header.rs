//! Reading real headers.

use std::sync::Arc;

use cffi_types::Decls;
use cffi_types::decls::Severity;

use crate::files::Files;
use crate::intern::Atom;
use crate::lex::{Kind, Token};
use crate::parse::{Dialect, Input, Parser};
use crate::pp::{Options, Preprocessor};
use crate::problem::{Level, Problem};
use crate::source::{Loc, SourceMap};

/// The result of reading a header.
#[derive(Debug)]
pub struct Unit {
    /// The declarations, including the ones that could not be understood.
    pub decls: Decls,
    /// All source text that was read.
    pub sources: SourceMap,
    /// All problems, with places in [`Unit::sources`]. The declarations contain these problems, too.
    pub problems: Vec<Problem>,
}

/// Reads a header by the name that an `#include <…>` would give, or by its path.
#[must_use]
pub fn parse_header(files: &dyn Files, name: &str, options: &Options) -> Unit {
    let text = if name.starts_with('/') || name.starts_with("./") {
        format!("#include \"{name}\"\n")
    } else {
        format!("#include <{name}>\n")
    };
    parse_text(files, "<header>", text.into_bytes().into(), options)
}

/// Reads a text and all files that it includes.
#[must_use]
pub fn parse_text(files: &dyn Files, path: &str, text: Arc<[u8]>, options: &Options) -> Unit {
    let mut pp = Preprocessor::new(files, options);
    let mut tokens = pp.run(path, text);
    tokens.push(Token::new(Kind::Eof, Atom::EMPTY, Loc::UNKNOWN));
    let mut decls = Decls::new(options.target);
    let input =
        Input { tokens: &tokens, texts: &pp.names, sources: &pp.sources, pragmas: &pp.pragmas, options };
    let mut parser = Parser::new(input, &mut decls, Dialect::C);
    parser.translation_unit();
    let mut problems = std::mem::take(&mut parser.problems);
    pp.problems.append(&mut problems);
    crate::fold::fold_macros(&mut pp, &mut decls, Loc::UNKNOWN);
    let input = Input { tokens: &[], texts: &pp.names, sources: &pp.sources, pragmas: &[], options };
    let mut parser = Parser::new(input, &mut decls, Dialect::C);
    for problem in &pp.problems {
        let span = parser.span(problem.loc);
        let severity = match problem.level {
            Level::Warning => Severity::Warning,
            Level::Error => Severity::Error,
        };
        let hint = problem.hint.as_deref().unwrap_or("");
        parser.decls.add_problem(severity, span, &problem.message, hint);
    }
    Unit { decls, sources: pp.sources, problems: pp.problems }
}
