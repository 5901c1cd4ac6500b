//! Real headers among the declarations of a session.
//!
//! All headers of a session make one translation unit: a file with an include guard that an earlier header has included
//! is not read again, and macros stay defined. The macros of earlier headers come from reading those again, which takes
//! less memory than keeping them.

use std::fmt::Write as _;

use cffi_types::decls::{Constant, DeclId, DeclKind, Severity};
use cffi_types::types::Shape;
use cffi_types::{Prim, Symbol};

use super::session::Session;
use crate::files::Files;
use crate::header::Unit;
use crate::intern::Atom;
use crate::lex::{Kind, Token};
use crate::parse::{Dialect, Input, Parser};
use crate::pp::{Options, Preprocessor};
use crate::problem::{Level, Problem};
use crate::source::{Loc, SourceMap};

/// The headers that a session has read.
#[derive(Default, Debug)]
pub(crate) struct Headers {
    /// The directives by which they are included.
    directives: String,
    include_dirs: Vec<String>,
    defines: Vec<(String, String)>,
    /// The names that `dir()` does not show, and the declarations that are not listed.
    hidden: Marks,
    unlisted: Marks,
}

/// A set of small numbers.
#[derive(Debug, Default)]
struct Marks(Vec<bool>);

impl Marks {
    fn set(&mut self, number: usize, present: bool) {
        if number >= self.0.len() {
            self.0.resize(number + 1, false);
        }
        self.0[number] = present;
    }

    fn has(&self, number: usize) -> bool {
        self.0.get(number).copied().unwrap_or(false)
    }
}

/// A request to read headers.
#[derive(Debug)]
pub struct HeaderRequest {
    /// The directives that include them.
    pub directives: String,
    /// The number of headers that are wanted for themselves, counted from the last one.
    pub main: usize,
    /// The options; the folders and macros of earlier requests are added.
    pub options: Options,
}

/// The result of reading headers.
#[derive(Debug)]
pub struct HeaderReport {
    /// The number of the first new declaration.
    pub first: usize,
    /// For each file of the declarations, whether it belongs to one of the headers.
    pub own: Vec<bool>,
    /// The parts that could not be understood.
    pub problems: Vec<Problem>,
    /// The texts that were read.
    pub sources: SourceMap,
}

impl Session {
    /// Adds the declarations and constants of headers. What cannot be understood is left out, with a problem.
    pub fn header(&mut self, files: &dyn Files, request: HeaderRequest) -> HeaderReport {
        let HeaderRequest { directives, main, mut options } = request;
        options.include_dirs.extend(self.headers.include_dirs.iter().cloned());
        options.defines.extend(self.headers.defines.iter().cloned());
        let first = self.decls.len();
        let first_file = self.decls.files().len();
        let mut pp = Preprocessor::new(files, &options);
        if !self.headers.directives.is_empty() {
            pp.run("<earlier headers>", self.headers.directives.as_bytes().into());
        }
        pp.problems.clear();
        pp.pragmas.clear();
        let begin = Loc::UNKNOWN.plus(pp.sources.end_of_all() as usize);
        let mut tokens = pp.run("<header>", directives.as_bytes().into());
        tokens.push(Token::new(Kind::Eof, Atom::EMPTY, Loc::UNKNOWN));
        self.decls.begin();
        let mut parser = Parser::new(
            Input {
                tokens: &tokens,
                texts: &pp.names,
                sources: &pp.sources,
                pragmas: &pp.pragmas,
                options: &options,
            },
            &mut self.decls,
            Dialect::C,
        );
        parser.cdef.standard_names = true;
        parser.cdef.file = self.scratch.cdef.file;
        parser.external_declarations();
        let mut problems = std::mem::take(&mut parser.problems);
        self.decls.types.lay_out_records();
        pp.problems.append(&mut problems);
        crate::fold::fold_macros(&mut pp, &mut self.decls, begin);
        self.note_problems(&pp, &options);
        self.decls.commit();
        self.definitions += 1;
        self.note_constants(first);
        self.note_file();
        let (problems, sources) = (std::mem::take(&mut pp.problems), std::mem::take(&mut pp.sources));
        drop(pp);
        let own = crate::own::own_files(&self.decls, &sources, first_file, main, &options);
        let _ = write!(self.headers.directives, "{directives}");
        (self.headers.include_dirs, self.headers.defines) = (options.include_dirs, options.defines);
        HeaderReport { first, own, problems, sources }
    }

    /// Keeps the names of declarations out of `dir()` of a library.
    pub fn hide(&mut self, ids: impl IntoIterator<Item = DeclId>) {
        for id in ids {
            self.headers.hidden.set(self.decls.decl(id).name.number(), true);
            self.headers.unlisted.set(id.number(), true);
        }
    }

    /// Shows names again.
    pub fn show(&mut self, ids: impl IntoIterator<Item = DeclId>) {
        for id in ids {
            self.headers.hidden.set(self.decls.decl(id).name.number(), false);
            self.headers.unlisted.set(id.number(), false);
        }
    }

    /// Returns whether declarations come from headers.
    #[must_use]
    pub fn has_headers(&self) -> bool {
        !self.headers.directives.is_empty()
    }

    /// Returns whether a declaration is listed: it was selected, or it comes from a `cdef()`.
    #[must_use]
    pub fn is_listed(&self, id: DeclId) -> bool {
        !self.headers.unlisted.has(id.number())
    }

    /// Returns whether `dir()` of a library leaves a name out.
    #[must_use]
    pub fn is_hidden(&self, name: Symbol) -> bool {
        self.headers.hidden.has(name.number())
    }

    fn note_problems(&mut self, pp: &Preprocessor<'_>, options: &Options) {
        let input = Input { tokens: &[], texts: &pp.names, sources: &pp.sources, pragmas: &[], options };
        let mut parser = Parser::new(input, &mut self.decls, Dialect::C);
        for problem in &pp.problems {
            let span = parser.span(problem.loc);
            let severity = match problem.level {
                Level::Warning => Severity::Warning,
                Level::Error => Severity::Error,
            };
            parser.decls.add_problem(severity, span, &problem.message, problem.hint.as_deref().unwrap_or(""));
        }
    }

    /// Makes the integers among the new declarations known as constants.
    fn note_constants(&mut self, first: usize) {
        for (_, decl) in self.decls.iter().skip(first) {
            let Some(Constant::Int { value, ty }) = decl.value.map(|value| *self.decls.constant(value))
            else {
                continue;
            };
            let pointer = matches!(self.decls.types.resolve(ty).0, Shape::Pointer(_));
            // A macro may have the name of an enumerator, which it hides, or of a function or variable.
            let other = self.decls.ordinary(decl.name).map(|id| self.decls.decl(id).kind);
            let taken =
                decl.kind == DeclKind::Macro && other.is_some_and(|kind| kind != DeclKind::Enumerator);
            if !pointer && !taken {
                self.scratch.cdef.constants.insert(decl.name, value.into());
            }
        }
        let types = &self.decls.types;
        let enumerators = types.enum_ids().flat_map(|id| types.enumerators(id));
        for one in enumerators {
            if let Some(value) = one.value() {
                self.scratch.cdef.constants.entry(one.name).or_insert(value.into());
            }
        }
    }

    /// Makes the struct that the headers call `FILE` the one of `cdef()`.
    fn note_file(&mut self) {
        let Some(name) = self.decls.types.symbols.find("FILE") else { return };
        let Some(typedef) = self.decls.ordinary(name).map(|id| *self.decls.decl(id)) else { return };
        if typedef.kind == DeclKind::Typedef && self.scratch.cdef.file.is_none() {
            let ty = self.decls.types.canonical(typedef.ty).id();
            if matches!(self.decls.types.shape(ty), Shape::Record(_)) {
                self.scratch.cdef.file = Some(ty);
            }
        }
    }
}

impl Unit {
    /// Returns, for each file of the declarations, whether it belongs to one of the headers that the text includes
    /// itself. `main` is the number of those headers, counted from the last one; earlier ones are only needed.
    #[must_use]
    pub fn own_files(&self, main: usize, options: &Options) -> Vec<bool> {
        crate::own::own_files(&self.decls, &self.sources, 0, main, options)
    }
}

/// Returns the type of cffi that a typedef name of C's own libraries denotes, if the name has one of that size.
pub(crate) fn standard_type(types: &cffi_types::Types, name: &str, ty: cffi_types::QualType) -> Option<Prim> {
    use cffi_types::primitive::Class;
    let prim = Prim::from_number(cffi_types::primitive::by_name(name)?.number.into())?;
    let Shape::Primitive(declared) = types.resolve(ty).0 else { return None };
    let target = types.target();
    let signed = |prim: Prim| match prim.class(target) {
        Class::Integer { signed } | Class::Char { signed } => Some(signed),
        _ => None,
    };
    let agree = declared.is_integer()
        && declared.scalar(target) == prim.scalar(target)
        && (signed(declared) == signed(prim) || prim == Prim::WChar);
    agree.then_some(prim)
}
