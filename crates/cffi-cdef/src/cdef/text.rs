//! The tokens of a text for `cdef()`. The dialect has no macros, and only a few directives.

use std::sync::Arc;

use super::define::Define;
use super::state::{Warning, WarningKind};
use crate::intern::{Atom, Interner};
use crate::lex::{Kind, Lexer, Token, flags};
use crate::pp::{PackAction, Pragma};
use crate::problem::Problem;
use crate::source::{EntryId, Loc, SourceMap};
use crate::words;

/// A text split into its parts.
#[derive(Default)]
pub(super) struct Text {
    /// The tokens, or the next ones of a long text, which is split again for the others.
    pub(super) tokens: Vec<Token>,
    /// The place in a long text where the tokens go on, behind a declaration.
    pub(super) rest: Option<usize>,
    /// The tokens that stand for the pragmas from `rest` on, in reverse order.
    pub(super) rest_pragmas: Vec<Token>,
    pub(super) pragmas: Vec<Pragma>,
    pub(super) defines: Vec<Define>,
    pub(super) warnings: Vec<Warning>,
}

/// The error of a text that is refused.
type Refused = Box<Problem>;

/// A bound on the number of tokens, larger than any real text needs.
const MOST: usize = 8_000_000;

/// The number of tokens after which a text of declarations is split at the end of a declaration, so that their list
/// stays short.
const PIECE: usize = 1 << 15;

/// The list of tokens that is being filled.
struct Piece<'a> {
    tokens: &'a mut Vec<Token>,
    /// Whether the list may end before the text does.
    may_end: bool,
    /// The number of brackets that are open.
    open: usize,
}

impl Piece<'_> {
    /// Adds a token. Returns true if the list is long enough and ends a declaration.
    #[inline]
    fn add(&mut self, token: Token) -> bool {
        self.tokens.push(token);
        match token.kind {
            Kind::LParen | Kind::LBracket | Kind::LBrace => self.open += 1,
            Kind::RParen | Kind::RBracket | Kind::RBrace => self.open = self.open.saturating_sub(1),
            Kind::Semi => return self.may_end && self.open == 0 && self.tokens.len() >= PIECE,
            _ => {}
        }
        false
    }

    /// Ends the list.
    fn end(&mut self, loc: Loc) {
        self.tokens.push(Token::new(Kind::Eof, Atom::EMPTY, loc));
    }
}

/// Puts the next tokens of a long text into its list, which [`read`] has checked. Returns whether there are any.
pub(super) fn read_on(names: &mut Interner, sources: &SourceMap, entry: EntryId, text: &mut Text) -> bool {
    let Some(rest) = text.rest.take() else { return false };
    let mut lexer = Lexer::new(sources.entry(entry).text.clone(), sources.entry(entry).loc(0));
    lexer.go_on(rest);
    text.tokens.clear();
    let mut piece = Piece { tokens: &mut text.tokens, may_end: true, open: 0 };
    loop {
        let token = lexer.next(names);
        match token.kind {
            Kind::Eof => {
                piece.end(token.loc);
                return true;
            }
            Kind::Hash if token.has(flags::LINE_START) => {
                lexer.in_directive = true;
                if lexer.next(names).is_word(words::PRAGMA) {
                    piece.tokens.extend(text.rest_pragmas.pop());
                }
                lexer.in_directive = false;
                lexer.skip_line();
            }
            _ if piece.add(token) => {
                piece.end(token.loc);
                text.rest = Some(lexer.offset());
                return true;
            }
            _ => {}
        }
    }
}

/// Splits a text into tokens and carries out its directives. The token list of `text` is reused, which saves memory. In a
/// text of declarations it may be the first part of the tokens; [`read_on`] gives the others.
pub(super) fn read(
    names: &mut Interner,
    sources: &mut SourceMap,
    entry: EntryId,
    declarations: bool,
    text: &mut Text,
) -> Result<(), Refused> {
    let source: Arc<[u8]> = sources.entry(entry).text.clone();
    let mut lexer = Lexer::new(source.clone(), sources.entry(entry).loc(0));
    text.tokens.clear();
    let (mut count, mut open, mut after_extern) = (0, 0, false);
    loop {
        let token = lexer.next(names);
        let was_extern = std::mem::replace(&mut after_extern, token.is_word(words::EXTERN));
        match token.kind {
            Kind::Eof => {
                if text.rest.is_none() {
                    text.tokens.push(token);
                }
                break;
            }
            Kind::Hash if token.has(flags::LINE_START) => {
                let mut line = Directive { names, sources, entry, lexer: &mut lexer, text };
                line.read(token.loc)?;
            }
            Kind::Ident if is_foreign(token.atom) => {
                let message = format!("cdef() does not know the word '{}'", names.text(token.atom));
                return Err(refuse(token.loc, message));
            }
            // The stock parser supports neither digraphs nor characters outside ASCII.
            Kind::LBracket | Kind::RBracket | Kind::LBrace | Kind::RBrace
                if token.kind.spelling().as_bytes().first()
                    != source.get(sources.entry(entry).offset(token.loc)) =>
            {
                return Err(refuse(token.loc, "cdef() does not know digraphs"));
            }
            // The stock front end inserts such names into the text itself and gives them a meaning.
            Kind::Ident if is_reserved(names.text(token.atom)) => {
                return Err(refuse(token.loc, "this name is reserved"));
            }
            Kind::Ident if !names.text(token.atom).is_ascii() => {
                return Err(refuse(token.loc, "a name has a character that is not ASCII"));
            }
            // The parser checks the string after `extern`. Any other string causes a warning.
            Kind::Str if !was_extern => {
                text.warnings.push(Warning { kind: WarningKind::StringLiteral, loc: token.loc });
            }
            Kind::Other => return Err(refuse(token.loc, "this character has no meaning here")),
            _ => {}
        }
        if token.kind == Kind::Hash && token.has(flags::LINE_START) {
            continue;
        }
        count += 1;
        if count > MOST {
            return Err(refuse(token.loc, "the text has too many tokens"));
        }
        if text.rest.is_some() {
            continue;
        }
        let mut piece = Piece { tokens: &mut text.tokens, may_end: declarations, open };
        let ends = piece.add(token);
        open = piece.open;
        if ends {
            piece.end(token.loc);
            text.rest = Some(lexer.offset());
        }
    }
    text.rest_pragmas.reverse();
    if let Some(problem) = lexer.problems.into_iter().next() {
        return Err(Box::new(problem));
    }
    if lexer.spliced {
        return Err(refuse(
            sources.entry(entry).loc(0),
            "cdef() does not know lines that end in a backslash",
        ));
    }
    for (start, end) in &lexer.comments {
        let entry = sources.entry(entry);
        let comment = &source[entry.offset(Loc(*start))..entry.offset(Loc(*end))];
        let block = comment.starts_with(b"/*") && comment.ends_with(b"*/");
        let unclear = comment.starts_with(b"//") && comment.contains(&b'\n') && !ends_alike(comment);
        if unclear || !block && !comment.starts_with(b"//") {
            return Err(refuse(Loc(*start), "the backslash at the end of a comment is not clear"));
        }
    }
    sources.entry_mut(entry).comments = lexer.comments;
    Ok(())
}

fn refuse(loc: Loc, message: impl Into<String>) -> Refused {
    Box::new(Problem::error(loc, message))
}

/// Returns whether a word is a keyword here but not to the stock parser, other than those by which `cdef` names types that
/// the stock front end does not have.
fn is_foreign(word: Atom) -> bool {
    let statement = matches!(
        word,
        words::BREAK
            | words::CASE
            | words::CONTINUE
            | words::DEFAULT
            | words::DO
            | words::ELSE
            | words::FOR
            | words::GOTO
            | words::IF
            | words::RETURN
            | words::SWITCH
            | words::WHILE
            | words::IMAGINARY
            | words::GENERIC
    );
    let foreign = (words::BIT_INT..=words::WINAPI).contains(&word);
    statement
        || foreign
            && !matches!(
                word,
                words::C23_BOOL
                    | words::BIT_INT
                    | words::BUILTIN_VA_LIST
                    | words::GNU_ATTRIBUTE1
                    | words::GNU_ATTRIBUTE2
                    | words::GNU_EXTENSION
                    | words::GNU_INT128
                    | words::GNU_INT128_T
                    | words::GNU_UINT128_T
                    | words::GNU_FLOAT128
                    | words::GNU_FLOAT80
                    | words::GNU_BF16
                    | words::FLOAT16
                    | words::FLOAT32
                    | words::FLOAT64
                    | words::FLOAT128
                    | words::FLOAT32X
                    | words::FLOAT64X
                    | words::MS_CDECL
                    | words::MS_STDCALL
                    | words::WINAPI
                    | words::TRUE
                    | words::FALSE
            )
}

/// Returns whether a continued line comment also continues for the stock front end. That one takes a backslash together
/// with any character after it.
fn ends_alike(comment: &[u8]) -> bool {
    let mut bytes = comment.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'\n' => return false,
            _ => {}
        }
    }
    true
}

fn is_reserved(name: &str) -> bool {
    name.starts_with("__") && (name.starts_with("__dotdotdot") || name.starts_with("__cffi_extern_python"))
}

/// A directive that is being read.
struct Directive<'a> {
    names: &'a mut Interner,
    sources: &'a mut SourceMap,
    entry: EntryId,
    lexer: &'a mut Lexer,
    text: &'a mut Text,
}

impl Directive<'_> {
    fn read(&mut self, hash: Loc) -> Result<(), Refused> {
        let before = self.lexer.offset();
        if let Some((name, value)) = self.lexer.plain_define(self.names) {
            if !is_foreign(name.atom) {
                self.text.defines.push(Define::plain(name, value));
                return Ok(());
            }
            self.lexer.rewind(before);
        }
        self.lexer.in_directive = true;
        let word = self.lexer.next(self.names);
        let outcome = match (word.kind, word.atom) {
            (Kind::Number, _) => self.line(word),
            (Kind::Ident, words::LINE) => {
                let number = self.lexer.next(self.names);
                self.line(number)
            }
            (Kind::Ident, words::DEFINE) => self.define(hash),
            (Kind::Ident, words::PRAGMA) => {
                self.pragma(hash);
                Ok(())
            }
            _ => Err(refuse(hash, "cdef() does not know this directive")),
        };
        self.lexer.in_directive = false;
        self.lexer.skip_line();
        outcome
    }

    fn line(&mut self, number: Token) -> Result<(), Refused> {
        let Ok(line) = self.names.text(number.atom).parse::<u32>() else {
            return Err(refuse(number.loc, "expected a line number"));
        };
        let name = self.lexer.next(self.names);
        if !matches!(name.kind, Kind::Str | Kind::DirectiveEnd) {
            return Err(refuse(name.loc, "expected the name of a file"));
        }
        let file = (name.kind == Kind::Str).then(|| self.names.text(name.atom).trim_matches('"').into());
        let mut rest = name;
        while rest.kind != Kind::DirectiveEnd {
            rest = self.lexer.next(self.names);
            if !matches!(rest.kind, Kind::Number | Kind::DirectiveEnd) {
                return Err(refuse(rest.loc, "this is too much in the directive"));
            }
        }
        let entry = self.sources.entry_mut(self.entry);
        let offset = (self.lexer.offset() + 1).min(entry.text.len());
        entry.mark(offset, line, file);
        Ok(())
    }

    fn define(&mut self, hash: Loc) -> Result<(), Refused> {
        let name = self.lexer.next(self.names);
        if name.kind != Kind::Ident || is_foreign(name.atom) {
            return Err(refuse(name.loc, "expected the name of a constant"));
        }
        let text = self.names.text(name.atom);
        if !text.is_ascii() || text.contains('$') {
            return Err(refuse(name.loc, "the name has letters that cdef() does not know"));
        }
        let body = self.lexer.rest_of_line();
        match Define::new(name, &body) {
            Some(define) => {
                self.text.defines.push(define);
                Ok(())
            }
            None => {
                let problem = Problem::error(hash, "the constant is neither a plain integer nor '...'");
                Err(Box::new(problem.with_hint("write #define NAME 123 or #define NAME ...")))
            }
        }
    }

    /// Reads a `#pragma`. Only `pack` has an effect here; the stock front end ignores it.
    fn pragma(&mut self, hash: Loc) {
        self.text.warnings.push(Warning { kind: WarningKind::Pragma, loc: hash });
        let word = self.lexer.next(self.names);
        if !word.is_word(words::PACK) {
            // The pragma has no effect, but it must not be inside a declaration.
            self.stand_in(Token::new(Kind::Pragma, Atom(u32::MAX), hash));
            return;
        }
        let mut tokens = Vec::new();
        loop {
            let token = self.lexer.next(self.names);
            if token.kind == Kind::DirectiveEnd || tokens.len() > 10 {
                break;
            }
            tokens.push(token);
        }
        let mut number = u32::MAX;
        if let Some(action) = self.pack(&tokens) {
            number = self.text.pragmas.len() as u32;
            self.text.pragmas.push(Pragma::Pack(action));
        }
        self.stand_in(Token::new(Kind::Pragma, Atom(number), hash));
    }

    /// Adds the token that stands for a pragma.
    fn stand_in(&mut self, token: Token) {
        match self.text.rest {
            None => self.text.tokens.push(token),
            Some(_) => self.text.rest_pragmas.push(token),
        }
    }

    fn pack(&self, tokens: &[Token]) -> Option<PackAction> {
        let [open, inner @ .., close] = tokens else { return None };
        if open.kind != Kind::LParen || close.kind != Kind::RParen {
            return None;
        }
        let size = |token: &Token| {
            let size = self.names.text(token.atom).parse::<u32>().ok()?;
            matches!(size, 0 | 1 | 2 | 4 | 8 | 16).then_some(size)
        };
        match inner {
            [] => Some(PackAction::Set(0)),
            [one] if one.is_word(words::PUSH) => Some(PackAction::Push(Atom::EMPTY, None)),
            [one] if one.is_word(words::POP) => Some(PackAction::Pop(Atom::EMPTY, None)),
            [one] => size(one).map(PackAction::Set),
            [push, comma, number] if push.is_word(words::PUSH) && comma.kind == Kind::Comma => {
                size(number).map(|size| PackAction::Push(Atom::EMPTY, Some(size)))
            }
            _ => None,
        }
    }
}
