//! The parser: one grammar for real C and for the text of `cdef()`.
//!
//! The parser holds the state that all its parts need. Nesting is counted ([`Parser::deeper`]), so that no text can
//! exhaust the stack.

mod attribute_set;
mod attributes;
mod basic;
mod cdef_decl;
mod declarator;
mod doc;
mod enums;
mod external;
mod initializer;
mod modes;
mod names;
mod pack;
mod pack_stack;
mod params;
mod parts;
mod record;
mod skip;
mod specifier_set;
mod specifiers;
mod tags;
#[cfg(test)]
mod tests;
mod type_names;

use cffi_types::decls::{FileId, Span};
use cffi_types::{Decls, Symbol};

use crate::intern::{Atom, Interner};
use crate::lex::{Kind, Token};
use crate::pp::{Options, Pragma};
use crate::problem::{Level, Problem};
use crate::source::{EntryId, Loc, SourceMap};

pub(crate) use attribute_set::Attributes;
pub use doc::plain_comment;
pub(crate) use parts::{Chunk, Declarator, Naming};
pub(crate) use specifier_set::Specifiers;

/// The reason why a declaration is refused.
pub(crate) type Refused = Box<Problem>;

/// The result of parsing something.
pub(crate) type Parsed<T> = Result<T, Refused>;

/// The language of the text.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Dialect {
    /// C as compilers accept it.
    C,
    /// The language of `cdef()`, with the additions of `cffi`.
    Cdef,
}

/// The input of the parser, which does not change while the parser runs.
#[derive(Copy, Clone)]
pub(crate) struct Input<'p> {
    /// The tokens; the last one is [`Kind::Eof`].
    pub(crate) tokens: &'p [Token],
    pub(crate) texts: &'p Interner,
    pub(crate) sources: &'p SourceMap,
    pub(crate) pragmas: &'p [Pragma],
    pub(crate) options: &'p Options,
}

/// The parser and its state.
pub(crate) struct Parser<'p> {
    pub(crate) input: Input<'p>,
    pub(crate) at: usize,
    pub(crate) decls: &'p mut Decls,
    pub(crate) dialect: Dialect,
    /// The parts of the declarators that are being read, from the name outwards.
    pub(crate) chunks: Vec<Chunk>,
    /// The parameters of the functions in `chunks`.
    pub(crate) params: Vec<parts::Param>,
    /// The members of the records that are being read.
    pub(crate) fields: Vec<cffi_types::types::Field>,
    pub(crate) pack: pack_stack::PackStack,
    /// The symbol of each atom; `Symbol::EMPTY` until it is first needed.
    symbols: Vec<Symbol>,
    /// The number of each inclusion among the declarations' files.
    files: Vec<Option<FileId>>,
    /// The range and the number of the file that was looked up last.
    last_file: Option<(u32, u32, FileId)>,
    /// The inclusion of `last_file`, and the number of a physical line in it.
    last_entry: EntryId,
    last_line: u32,
    depth: usize,
    /// Above 0 inside an operand that is not evaluated, so that `0 && 1 / 0` is not an error.
    pub(crate) unevaluated: usize,
    /// The problems found so far.
    pub(crate) problems: Vec<Problem>,
    /// The additional state of `cdef`.
    pub(crate) cdef: crate::cdef::state::State,
}

/// The token that look-ahead beyond the end of the text returns.
const END: Token = Token::new(Kind::Eof, Atom::EMPTY, Loc::UNKNOWN);

/// The buffers and the state that one parser passes to the next, so that short texts need no new allocations.
#[derive(Default, Debug)]
pub(crate) struct Scratch {
    pub(crate) cdef: crate::cdef::state::State,
    chunks: Vec<Chunk>,
    params: Vec<parts::Param>,
    fields: Vec<cffi_types::types::Field>,
    symbols: Vec<Symbol>,
}

/// The state that one parser passes to the next, which reads another part of the same text.
#[derive(Default, Debug)]
pub(crate) struct Carried {
    pack: pack_stack::PackStack,
    files: Vec<Option<FileId>>,
    /// The problems found so far.
    pub(crate) problems: Vec<Problem>,
}

impl<'p> Parser<'p> {
    pub(crate) fn new(input: Input<'p>, decls: &'p mut Decls, dialect: Dialect) -> Parser<'p> {
        Parser::resume(input, decls, dialect, Scratch::default())
    }

    /// Makes a parser that continues after another one. The interner must still contain all texts of that parser.
    pub(crate) fn resume(
        input: Input<'p>,
        decls: &'p mut Decls,
        dialect: Dialect,
        mut scratch: Scratch,
    ) -> Parser<'p> {
        if scratch.symbols.len() < input.texts.len() {
            scratch.symbols.resize(input.texts.len(), Symbol::EMPTY);
        }
        Parser {
            input,
            at: 0,
            decls,
            dialect,
            chunks: scratch.chunks,
            params: scratch.params,
            fields: scratch.fields,
            pack: pack_stack::PackStack::default(),
            symbols: scratch.symbols,
            files: Vec::new(),
            last_file: None,
            last_entry: EntryId(0),
            last_line: 0,
            depth: 0,
            unevaluated: 0,
            problems: Vec::new(),
            cdef: scratch.cdef,
        }
    }

    /// Ends the parser between two parts of one text.
    pub(crate) fn pause(mut self) -> (Scratch, Carried) {
        let (pack, files) = (std::mem::take(&mut self.pack), std::mem::take(&mut self.files));
        let problems = std::mem::take(&mut self.problems);
        (self.leave(), Carried { pack, files, problems })
    }

    /// Continues with the next part of the text that another parser was paused in.
    pub(crate) fn go_on(&mut self, carried: Carried) {
        (self.pack, self.files, self.problems) = (carried.pack, carried.files, carried.problems);
    }

    /// Ends the parser and returns its buffers and state.
    pub(crate) fn leave(mut self) -> Scratch {
        self.reset();
        let (cdef, chunks, params, fields) = (self.cdef, self.chunks, self.params, self.fields);
        Scratch { cdef, chunks, params, fields, symbols: self.symbols }
    }

    /// Returns the next token without taking it.
    #[inline]
    pub(crate) fn peek(&self) -> Token {
        self.input.tokens.get(self.at).copied().unwrap_or(END)
    }

    /// Returns the token that comes `ahead` tokens after the next one.
    pub(crate) fn peek_at(&self, ahead: usize) -> Token {
        self.input.tokens.get(self.at + ahead).copied().unwrap_or(END)
    }

    /// Takes and returns the next token.
    #[inline]
    pub(crate) fn next(&mut self) -> Token {
        let token = self.peek();
        if token.kind != Kind::Eof {
            self.at += 1;
        }
        token
    }

    /// Takes the next token if it is of this kind, and returns whether it was.
    #[inline]
    pub(crate) fn take(&mut self, kind: Kind) -> bool {
        let yes = self.peek().kind == kind;
        self.at += usize::from(yes);
        yes
    }

    pub(crate) fn take_word(&mut self, word: Atom) -> bool {
        let yes = self.peek().is_word(word);
        self.at += usize::from(yes);
        yes
    }

    /// Takes the next token, which must be of this kind.
    pub(crate) fn expect(&mut self, kind: Kind) -> Parsed<Token> {
        if self.peek().kind == kind {
            return Ok(self.next());
        }
        Err(self.unexpected(&format!("'{}'", kind.spelling())))
    }

    /// Returns the error for an unexpected next token.
    #[cold]
    pub(crate) fn unexpected(&self, wanted: &str) -> Refused {
        let token = self.peek();
        let found = match token.kind {
            Kind::Eof => "the end of the text".to_owned(),
            kind if kind.is_punctuator() => format!("'{}'", kind.spelling()),
            _ => format!("'{}'", self.input.texts.text(token.atom)),
        };
        self.refuse(self.loc(), format!("expected {wanted} before {found}"))
    }

    #[cold]
    pub(crate) fn refuse(&self, loc: Loc, message: impl Into<String>) -> Refused {
        Box::new(Problem::error(loc, message))
    }

    #[cold]
    pub(crate) fn warn(&mut self, loc: Loc, message: impl Into<String>) {
        self.note(Problem { level: Level::Warning, ..Problem::error(loc, message) });
    }

    /// Records a problem, unless there are too many.
    #[cold]
    pub(crate) fn note(&mut self, problem: Problem) {
        if self.problems.len() < self.input.options.limits.problems {
            self.problems.push(problem);
        }
    }

    /// Returns the place of the next token, or at the end of the text that of the last token.
    pub(crate) fn loc(&self) -> Loc {
        let token = self.peek();
        if token.loc.is_known() || self.at == 0 {
            return token.loc;
        }
        self.input
            .tokens
            .get(self.at.min(self.input.tokens.len()) - 1)
            .map_or(Loc::UNKNOWN, |token| token.loc)
    }

    /// Returns the place after the last token that was taken.
    pub(crate) fn last_end(&self) -> Loc {
        let last = self.at.checked_sub(1).and_then(|at| self.input.tokens.get(at));
        last.map_or(Loc::UNKNOWN, |token| token.loc.plus(self.text(*token).len()))
    }

    /// Counts one more level of nesting. [`Parser::shallower`] must follow, unless the declaration is refused.
    #[inline]
    pub(crate) fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > self.input.options.limits.depth {
            return Err(self.refuse(self.loc(), crate::TOO_DEEP));
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn shallower(&mut self) {
        self.depth -= 1;
    }

    /// Counts levels whose limit the next [`Parser::deeper`] checks.
    #[inline]
    pub(crate) fn count_levels(&mut self, levels: usize) {
        self.depth += levels;
    }

    /// Ends the levels of [`Parser::count_levels`].
    #[inline]
    pub(crate) fn uncount_levels(&mut self, levels: usize) {
        self.depth -= levels;
    }

    /// Tries to read something. If it is refused, the state is restored, except that the tokens stay taken.
    pub(crate) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let (depth, unevaluated) = (self.depth, self.unevaluated);
        let (parameters, elided) = (self.cdef.parameter_depth, self.cdef.elided);
        let lengths = (self.chunks.len(), self.params.len(), self.fields.len());
        let outcome = read(self);
        if outcome.is_err() {
            (self.depth, self.unevaluated) = (depth, unevaluated);
            (self.cdef.parameter_depth, self.cdef.elided) = (parameters, elided);
            self.chunks.truncate(lengths.0);
            self.params.truncate(lengths.1);
            self.fields.truncate(lengths.2);
        }
        outcome
    }

    /// Discards the partial state of a refused declaration.
    pub(crate) fn reset(&mut self) {
        self.depth = 0;
        self.unevaluated = 0;
        self.cdef.parameter_depth = 0;
        self.cdef.elided = false;
        self.cdef.last_elided = false;
        self.cdef.base_convention = false;
        self.cdef.known_constants = None;
        self.chunks.clear();
        self.params.clear();
        self.fields.clear();
    }

    /// Returns the text of a token.
    pub(crate) fn text(&self, token: Token) -> &'p str {
        if token.kind.is_punctuator() { token.kind.spelling() } else { self.input.texts.text(token.atom) }
    }

    pub(crate) fn is_c(&self) -> bool {
        self.dialect == Dialect::C
    }

    /// Returns the symbol of a name among the declarations.
    #[inline]
    pub(crate) fn symbol(&mut self, atom: Atom) -> Symbol {
        let known = self.symbols[atom.index()];
        if known != Symbol::EMPTY || atom == Atom::EMPTY {
            return known;
        }
        let symbol = self.decls.types.symbols.intern(self.input.texts.text(atom));
        self.symbols[atom.index()] = symbol;
        symbol
    }

    /// Converts a place to the form that the declarations store.
    pub(crate) fn span(&mut self, loc: Loc) -> Span {
        let Some((start, _, file)) = self.file_of(loc) else {
            return Span::new(self.file(None), 0, 0);
        };
        let line = self.input.sources.line_near(self.last_entry, loc, &mut self.last_line);
        Span::new(file, loc.offset_from(start), line)
    }
}
