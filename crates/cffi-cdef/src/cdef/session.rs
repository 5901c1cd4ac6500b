//! The declarations of one `FFI` object, which grow with each `cdef()`.

use std::sync::Arc;

use cffi_types::decls::FileId;
use cffi_types::target::Target;
use cffi_types::{Decls, QualType};

use super::header::Headers;
use super::include::{Foreign, SessionId};
use super::state::{CdefOptions, Warning};
use super::text::{self, Text};
use crate::intern::Interner;
use crate::lex::Kind;
use crate::parse::{Dialect, Input, Naming, Parser, Scratch};
use crate::pp::Options;
use crate::problem::{Level, Problem};
use crate::source::{Loc, SourceMap};

/// The accumulated declarations of one or more texts.
#[derive(Debug)]
pub struct Session {
    /// All declarations so far.
    pub decls: Decls,
    /// The number of texts that defined a struct, union or enum. It tells whether such definitions are new.
    pub definitions: usize,
    /// The identity of this session, and the types that others declared.
    pub(super) id: SessionId,
    pub(super) foreign: Foreign,
    pub(super) headers: Headers,
    options: Options,
    names: Interner,
    pub(super) scratch: Scratch,
    tokens: Vec<crate::lex::Token>,
    /// The file name of the texts in messages, shared by all of them.
    path: Arc<str>,
}

/// The reason why a text is refused. None of its declarations were added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The error message.
    pub message: String,
    /// The file name, as line directives give it.
    pub file: String,
    /// The line number, from 1.
    pub line: u32,
    /// The column number, from 1.
    pub column: u32,
    /// The message with the source line, a caret and a hint.
    pub rendered: String,
}

/// The result of a text that was accepted.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Report {
    /// The number of the first new declaration; all later ones are new, too.
    pub first: usize,
    /// Warnings that the stock front end gives as well.
    pub warnings: Vec<Warning>,
    /// Other warnings, as text for the user.
    pub notes: Vec<String>,
}

/// The file name that messages give to texts of `cdef()`.
const NAME: &str = "<cdef source string>";

/// The largest number of tokens for which a session keeps room.
const KEPT_TOKENS: usize = 1 << 14;

impl Session {
    /// Makes a session without declarations.
    #[must_use]
    pub fn new(target: Target) -> Session {
        Session {
            decls: Decls::new(target),
            definitions: 0,
            id: SessionId::next(),
            foreign: Foreign::default(),
            headers: Headers::default(),
            options: Options::new(target),
            names: Interner::new(),
            scratch: Scratch::default(),
            tokens: Vec::new(),
            path: NAME.into(),
        }
    }

    /// Adds the declarations of a text.
    ///
    /// # Errors
    /// Returns a refusal if the text is not understood, or if it has a construct that the stock front end refuses.
    /// Nothing is declared then.
    pub fn cdef(&mut self, source: &str, options: CdefOptions) -> Result<Report, Refusal> {
        self.read(source, options, true, |parser, text| {
            for define in &text.defines {
                parser.declare_define(define)?;
            }
            parser.cdef_declarations()?;
            Ok(())
        })
        .map(|((), report)| report)
    }

    /// Returns the type that a type string means. Structs in the string are declared.
    ///
    /// # Errors
    /// Returns a refusal if the string is not understood.
    pub fn parse_type(&mut self, source: &str) -> Result<QualType, Refusal> {
        self.read(source, CdefOptions::default(), false, |parser, text| {
            if let Some(warning) = text.warnings.first() {
                return Err(parser.refuse(warning.loc, "a type string cannot have strings or pragmas"));
            }
            if !text.defines.is_empty() {
                return Err(parser.refuse(Loc::UNKNOWN, "a type string cannot have directives"));
            }
            parser.cdef.first_enum = parser.decls.types.enum_ids().len();
            let ty = parser.named_type(Naming::Optional)?;
            if parser.peek().kind != Kind::Eof {
                return Err(parser.unexpected("the end of the type"));
            }
            if parser.cdef.elided || !parser.cdef.nameless.is_empty() {
                return Err(parser.refuse(Loc::UNKNOWN, "'...' has no meaning here"));
            }
            Ok(ty)
        })
        .map(|(ty, _)| ty)
    }

    /// Returns the file that included declarations come from.
    pub(super) fn include_file(&mut self) -> FileId {
        const NAME: &str = "<included declarations>";
        let last = self.decls.files().len().checked_sub(1);
        match last.filter(|last| self.decls.files()[*last].name == NAME) {
            Some(last) => FileId::from_number(last),
            None => self.decls.add_file(NAME),
        }
    }

    /// Reads a text with `parse`. A long text of `declarations` goes on after what that reads.
    fn read<T>(
        &mut self,
        source: &str,
        options: CdefOptions,
        declarations: bool,
        parse: impl FnOnce(&mut Parser<'_>, &Text) -> Result<T, Box<Problem>>,
    ) -> Result<(T, Report), Refusal> {
        let mut sources = SourceMap::default();
        let first = self.decls.len();
        let Ok(_room) = crate::room_for(source.len()) else {
            return Err(Refusal::new(&Problem::error(Loc::UNKNOWN, crate::NO_MEMORY), &sources));
        };
        let Some(entry) = sources.add(self.path.clone(), source.as_bytes().into(), Loc::UNKNOWN, false)
        else {
            return Err(Refusal::new(&Problem::error(Loc::UNKNOWN, "the text is too large"), &sources));
        };
        let mut text = Text { tokens: std::mem::take(&mut self.tokens), ..Text::default() };
        if let Err(problem) = text::read(&mut self.names, &mut sources, entry, declarations, &mut text) {
            self.tokens = text.tokens;
            return Err(Refusal::new(&problem, &sources));
        }
        self.decls.begin();
        let mut warnings = std::mem::take(&mut text.warnings);
        let input = input_of(&text, &self.names, &sources, &self.options);
        let scratch = std::mem::take(&mut self.scratch);
        let file = scratch.cdef.file;
        let mut parser = Parser::resume(input, &mut self.decls, Dialect::Cdef, scratch);
        parser.cdef.options = options;
        parser.cdef.warnings.append(&mut warnings);
        let mut outcome = parse(&mut parser, &text);
        let (mut scratch, mut carried) = parser.pause();
        while outcome.is_ok() && text::read_on(&mut self.names, &sources, entry, &mut text) {
            let input = input_of(&text, &self.names, &sources, &self.options);
            let mut parser = Parser::resume(input, &mut self.decls, Dialect::Cdef, scratch);
            parser.go_on(carried);
            outcome = outcome.and_then(|value| parser.cdef_declarations().map(|()| value));
            (scratch, carried) = parser.pause();
        }
        let problems = carried.problems;
        let warnings = std::mem::take(&mut scratch.cdef.warnings);
        self.tokens = text.tokens;
        // The buffers serve the next text, which is seldom as long as a header.
        if self.tokens.capacity() > KEPT_TOKENS {
            self.tokens = Vec::new();
        }
        let outcome = match outcome {
            Ok(_) if self.decls.types.is_exhausted() => {
                Err(Box::new(Problem::error(Loc::UNKNOWN, "the declarations have too many types")))
            }
            other => other,
        };
        let result = match outcome {
            Ok(value) => {
                scratch.cdef.constants_before.clear();
                scratch.cdef.constants_before.shrink_to(KEPT_TOKENS / 16);
                if self.decls.types.has_changes() {
                    self.decls.types.lay_out_records();
                    self.definitions += 1;
                }
                self.decls.commit();
                let notes = problems
                    .iter()
                    .filter(|problem| problem.level == Level::Warning)
                    .map(|problem| problem.render(&sources))
                    .collect();
                Ok((value, Report { first, warnings, notes }))
            }
            Err(problem) => {
                self.decls.roll_back();
                scratch.cdef.file = file;
                scratch.take_back(self.decls.len());
                Err(Refusal::new(&problem, &sources))
            }
        };
        self.scratch = scratch;
        result
    }
}

impl Scratch {
    /// Removes everything that a refused text has added.
    fn take_back(&mut self, decls: usize) {
        let state = &mut self.cdef;
        for (name, before) in state.constants_before.drain(..).rev() {
            match before {
                Some(value) => state.constants.insert(name, value),
                None => state.constants.remove(&name),
            };
        }
        state.tag_decls.retain(|_, decl| decl.number() < decls);
        state.nameless.clear();
        state.python = None;
    }
}

/// Returns what a parser reads: the tokens of a text, with the names and places that they refer to.
fn input_of<'p>(
    text: &'p Text,
    names: &'p Interner,
    sources: &'p SourceMap,
    options: &'p Options,
) -> Input<'p> {
    Input { tokens: &text.tokens, texts: names, sources, pragmas: &text.pragmas, options }
}

impl Refusal {
    /// Makes a refusal that concerns no place in a text.
    pub(super) fn without_place(message: String) -> Refusal {
        let rendered = format!("error: {message}\n");
        Refusal { message, file: String::new(), line: 0, column: 0, rendered }
    }

    fn new(problem: &Problem, sources: &SourceMap) -> Refusal {
        let place = sources.place(problem.loc);
        Refusal {
            message: problem.message.clone(),
            file: place.as_ref().map_or_else(|| NAME.to_owned(), |place| place.file.to_owned()),
            line: place.as_ref().map_or(0, |place| place.line),
            column: place.as_ref().map_or(0, |place| place.column),
            rendered: problem.render(sources),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.rendered.trim_end())
    }
}

impl std::error::Error for Refusal {}
