//! The preprocessor: it turns files into one list of tokens.
//!
//! A macro is not expanded again while the tokens of its own expansion are being read, and an identifier that is found
//! in that state is never expanded later. GCC reads the rule of the standard in this way, too.

mod builtin;
mod cond;
mod context;
mod define;
mod directive;
mod expand;
mod include;
mod macros;
mod open_file;
mod options;
mod pragma;
mod pragma_kind;
mod predefined;
mod substitute;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use cffi_memory::reserve::Fund;

use crate::files::Files;
use crate::intern::{Atom, Interner};
use crate::lex::{Kind, Token, flags};
use crate::problem::Problem;
use crate::source::{EntryId, Loc, SourceMap};

use context::Context;
pub(crate) use macros::Macros;
use open_file::{FileTable, OpenFile};
pub use options::{Compiler, Edition, Limits, Options, Standard};
pub use pragma_kind::{PackAction, Pragma};

/// The preprocessor and its state.
pub struct Preprocessor<'a> {
    files: &'a dyn Files,
    options: &'a Options,
    /// The texts of all tokens.
    pub names: Interner,
    /// All source text that was read.
    pub sources: SourceMap,
    /// The problems found so far.
    pub problems: Vec<Problem>,
    /// The pragmas that [`Kind::Pragma`] tokens refer to.
    pub pragmas: Vec<Pragma>,
    pub(crate) macros: Macros,
    table: FileTable,
    /// The open files; the last one is the current file.
    open: Vec<OpenFile>,
    /// The expansions that are being read; the last one is the innermost.
    contexts: Vec<Context>,
    /// A token that was read and put back.
    pushed: Option<Token>,
    /// Unused token lists, kept so that their memory can be reused.
    spare: Vec<Vec<Token>>,
    /// Above 0 while the arguments of a macro are read; they cannot continue past the end of a file.
    reading_arguments: u32,
    /// The nesting depth of macros inside arguments of macros.
    depth: usize,
    expanded: usize,
    includes: usize,
    bytes: usize,
    /// The number of bytes that memory is set aside for, and that memory.
    room: (usize, Option<Fund>),
    counter: u32,
    /// Whether a macro was used whose expansion depends on the place of use.
    place_matters: bool,
    /// Whether a bound was exceeded, so that nothing more is read.
    stopped: bool,
}

impl<'a> Preprocessor<'a> {
    /// Makes a preprocessor with the predefined macros of the options.
    #[must_use]
    pub fn new(files: &'a dyn Files, options: &'a Options) -> Preprocessor<'a> {
        let mut pp = Preprocessor {
            files,
            options,
            names: Interner::new(),
            sources: SourceMap::default(),
            problems: Vec::new(),
            pragmas: Vec::new(),
            macros: Macros::default(),
            table: FileTable::default(),
            open: Vec::new(),
            contexts: Vec::new(),
            pushed: None,
            spare: Vec::new(),
            reading_arguments: 0,
            depth: 0,
            expanded: 0,
            includes: 0,
            bytes: 0,
            room: (0, None),
            counter: 0,
            place_matters: false,
            stopped: false,
        };
        pp.define_builtins();
        let text = predefined::text(options);
        if pp.open_text("<built-in>", text.into_bytes().into()) {
            let mut none = Vec::new();
            pp.run_into(&mut none);
        }
        pp
    }

    /// Reads a text and all files that it includes.
    pub fn run(&mut self, path: &str, text: Arc<[u8]>) -> Vec<Token> {
        // The capacity is an estimate of the number of tokens.
        let mut out = Vec::with_capacity(text.len() / 8);
        if self.open_text(path, text) {
            self.run_into(&mut out);
        }
        out
    }

    fn run_into(&mut self, out: &mut Vec<Token>) {
        loop {
            let token = self.next_expanded();
            if token.kind == Kind::Eof {
                return;
            }
            if out.len() >= self.options.limits.tokens {
                self.stop(token.loc, "the text has too many tokens");
                return;
            }
            out.push(token);
        }
    }

    /// Returns the next token after expansion.
    fn next_expanded(&mut self) -> Token {
        loop {
            let mut token = self.next_raw();
            if token.kind != Kind::Ident {
                return token;
            }
            let Some(id) = self.macros.find(token.atom) else { return token };
            if token.has(flags::NO_EXPAND) {
                return token;
            }
            if self.macros.get(id).disabled {
                token.flags |= flags::NO_EXPAND;
                return token;
            }
            if !self.enter(token, id) {
                return token;
            }
        }
    }

    /// Returns the next token of the innermost expansion, or of the file.
    fn next_raw(&mut self) -> Token {
        if let Some(token) = self.pushed.take() {
            return token;
        }
        while let Some(context) = self.contexts.last_mut() {
            if let Some(mut token) = context.next(&self.macros.bodies) {
                self.expanded += 1;
                if self.expanded > self.options.limits.expanded {
                    return self.stop(token.loc, "macros expand to too many tokens");
                }
                if token.kind == Kind::Ident
                    && let Some(id) = self.macros.find(token.atom)
                    && self.macros.get(id).disabled
                {
                    token.flags |= flags::NO_EXPAND;
                }
                return token;
            }
            if context.is_barrier() {
                return Token::new(Kind::Eof, Atom::EMPTY, Loc::UNKNOWN);
            }
            self.leave();
        }
        self.next_from_file()
    }

    /// Returns the next token of the current file, and carries out directives on the way.
    fn next_from_file(&mut self) -> Token {
        loop {
            let Some(file) = self.open.last_mut() else {
                return Token::new(Kind::Eof, Atom::EMPTY, Loc::UNKNOWN);
            };
            if self.stopped {
                self.open.clear();
                continue;
            }
            let token = file.lexer.next(&mut self.names);
            match token.kind {
                Kind::Hash if token.has(flags::LINE_START) && !file.lexer.in_directive => {
                    if let Some(pragma) = self.directive(token.loc) {
                        return pragma;
                    }
                }
                Kind::Eof => {
                    if self.reading_arguments > 0 {
                        return token;
                    }
                    if !self.close() {
                        return token;
                    }
                }
                _ => {
                    if file.conditions.is_empty() {
                        file.no_guard();
                    }
                    return token;
                }
            }
        }
    }

    /// Records a problem. After a large number of problems, further ones are dropped.
    pub(crate) fn report(&mut self, problem: Problem) {
        if self.problems.len() < self.options.limits.problems {
            self.problems.push(problem);
        }
    }

    fn error(&mut self, loc: Loc, message: impl Into<String>) {
        self.report(Problem::error(loc, message));
    }

    fn warning(&mut self, loc: Loc, message: impl Into<String>) {
        self.report(Problem::warning(loc, message));
    }

    /// Ends all reading because a bound is exceeded.
    fn stop(&mut self, loc: Loc, message: &str) -> Token {
        if !self.stopped {
            self.stopped = true;
            let hint =
                "this is more than any header needs; is one included by itself, or a macro by many others?";
            self.problems.push(Problem::error(loc, message).with_hint(hint));
        }
        self.pushed = None;
        while !self.contexts.is_empty() {
            self.leave();
        }
        Token::new(Kind::Eof, Atom::EMPTY, loc)
    }

    /// Returns the options.
    pub(crate) fn options(&self) -> &'a Options {
        self.options
    }

    /// Returns the name and place of each macro without parameters that a file defines.
    pub(crate) fn object_macros(&self) -> Vec<(Atom, Loc)> {
        // The first text in the source map is that of the predefined macros.
        let predefined = self.sources.range(EntryId(0)).1;
        let own = |loc: Loc| loc.is_known() && loc.number() >= predefined;
        let macros = self.macros.defined();
        macros.filter(|m| m.parameters.is_none() && own(m.loc)).map(|m| (m.name, m.loc)).collect()
    }

    /// Appends the expansion of a macro, as if its name came at the end of the text. Returns false if the expansion
    /// depends on where the macro is used.
    pub(crate) fn expand_name(&mut self, name: Atom, loc: Loc, out: &mut Vec<Token>) -> bool {
        if self.stopped {
            return true;
        }
        self.place_matters = false;
        let before = self.problems.len();
        self.pushed = Some(Token::new(Kind::Ident, name, loc));
        loop {
            let token = self.next_expanded();
            if token.kind == Kind::Eof {
                break;
            }
            out.push(token);
        }
        // A macro that cannot be expanded on its own is not an error in the header.
        if !self.stopped {
            self.problems.truncate(before);
        }
        !self.place_matters
    }

    /// Returns the text of a token.
    #[must_use]
    pub fn text(&self, token: Token) -> &str {
        if token.kind.is_punctuator() { token.kind.spelling() } else { self.names.text(token.atom) }
    }

    /// Appends the text of a token.
    pub(crate) fn spell(&self, token: Token, out: &mut String) {
        if token.kind.is_punctuator() {
            out.push_str(token.kind.spelling());
        } else if token.kind != Kind::Pragma {
            out.push_str(self.names.text(token.atom));
        }
    }
}
