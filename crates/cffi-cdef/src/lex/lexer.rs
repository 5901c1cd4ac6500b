//! The lexer, which splits the bytes of one file into tokens.

use std::sync::Arc;

use super::punct::punctuator;
use super::splice::{clean, peek, splice};
use super::token::{Kind, Token, flags};
use crate::intern::{Atom, Interner};
use crate::problem::Problem;
use crate::source::Loc;

/// A lexer over one text.
#[derive(Debug)]
pub(crate) struct Lexer {
    pub(super) text: Arc<[u8]>,
    pub(super) at: usize,
    /// The place of the text's first byte.
    pub(super) base: Loc,
    /// Whether only white space has been read since the start of the line.
    pub(super) line_start: bool,
    /// Whether the lexer stops at the end of the line.
    pub(crate) in_directive: bool,
    /// The start and end of each comment.
    pub(crate) comments: Vec<(u32, u32)>,
    /// Whether a line of code was continued with a backslash.
    pub(crate) spliced: bool,
    /// Problems found in the text.
    pub(crate) problems: Vec<Problem>,
    /// The number of bytes that were searched in vain for the ends of raw strings.
    searched: usize,
}

/// The number of times a whole text may be searched in vain for the end of a raw string. After that, no more raw
/// strings are recognized in it.
const RAW_SEARCHES: usize = 16;

const WORD: u8 = 1;
const DIGIT: u8 = 2;

/// For each byte, whether it may begin or continue a word. Bytes above 127 belong to UTF-8 sequences.
static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let c = byte as u8;
        if c.is_ascii_alphabetic() || c == b'_' || c == b'$' || c >= 128 {
            table[byte] = WORD;
        } else if c.is_ascii_digit() {
            table[byte] = DIGIT;
        }
        byte += 1;
    }
    table
};

impl Lexer {
    pub(crate) fn new(text: Arc<[u8]>, base: Loc) -> Lexer {
        // A byte order mark at the start is not part of the text.
        let at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let (comments, problems) = (Vec::new(), Vec::new());
        Lexer {
            text,
            at,
            base,
            line_start: true,
            in_directive: false,
            comments,
            spliced: false,
            problems,
            searched: 0,
        }
    }

    /// Returns the number of bytes that have been read.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// Goes on at a place behind a token.
    pub(crate) fn go_on(&mut self, at: usize) {
        self.at = at;
        self.line_start = false;
    }

    /// Goes back to an earlier place in the directive that is being read.
    pub(crate) fn rewind(&mut self, at: usize) {
        self.at = at;
    }

    /// Reads and returns the next token.
    pub(crate) fn next(&mut self, names: &mut Interner) -> Token {
        let mut flags = self.skip_space();
        if self.line_start {
            flags |= flags::LINE_START;
        }
        let start = self.at;
        let loc = self.base.plus(start);
        let Some(&byte) = self.text.get(start) else {
            self.line_start = true;
            let kind = if self.in_directive { Kind::DirectiveEnd } else { Kind::Eof };
            return Token { kind, flags, atom: Atom::EMPTY, loc };
        };
        if byte == b'\n' {
            return Token { kind: Kind::DirectiveEnd, flags, atom: Atom::EMPTY, loc };
        }
        self.line_start = false;
        let (kind, atom) = match CLASS[byte as usize] {
            WORD => self.word(start, names),
            DIGIT => self.number(start, names),
            _ => match byte {
                b'"' | b'\'' => self.quoted(start, start, names),
                b'.' if peek(&self.text, start + 1).0.is_ascii_digit() => self.number(start, names),
                _ => {
                    let (kind, end) = punctuator(&self.text, start);
                    self.at = end;
                    // The token is longer than any punctuator, so it contains a line splice.
                    self.spliced |= end - start > 3 && !self.in_directive;
                    let atom = if kind == Kind::Other { self.intern(start, end, names) } else { Atom::EMPTY };
                    (kind, atom)
                }
            },
        };
        Token { kind, flags, atom, loc }
    }

    /// Skips white space and comments, and returns the flags for them. Stops at the end of a directive's line.
    #[inline]
    fn skip_space(&mut self) -> u8 {
        let mut seen = 0;
        loop {
            match self.text.get(self.at) {
                Some(b' ' | b'\t' | b'\r' | 0x0b | 0x0c) => self.at += 1,
                Some(b'\n') => {
                    if self.in_directive {
                        return seen;
                    }
                    self.at += 1;
                    self.line_start = true;
                }
                Some(b'/') => {
                    let end = match peek(&self.text, self.at + 1) {
                        (b'*', body) => self.block_comment_end(body),
                        (b'/', body) => self.line_comment_end(body),
                        _ => return seen,
                    };
                    let (start, end_loc) = (self.base.plus(self.at), self.base.plus(end));
                    self.comments.push((start.0, end_loc.0));
                    self.at = end;
                }
                Some(b'\\') => match splice(&self.text, self.at) {
                    Some(next) => {
                        self.at = next;
                        self.spliced |= !self.in_directive;
                    }
                    None => return seen,
                },
                _ => return seen,
            }
            seen = flags::SPACE;
        }
    }

    /// Returns the place after a block comment whose body starts at `body`.
    pub(super) fn block_comment_end(&mut self, body: usize) -> usize {
        let mut from = body;
        while let Some(star) = memchr::memchr(b'*', &self.text[from..]) {
            let (next, after) = peek(&self.text, from + star + 1);
            if next == b'/' {
                return after;
            }
            from += star + 1;
        }
        self.problems.push(Problem::error(self.base.plus(self.at), crate::OPEN_COMMENT));
        self.text.len()
    }

    /// Returns the place of the newline that ends a line comment.
    pub(super) fn line_comment_end(&self, body: usize) -> usize {
        let mut from = body;
        loop {
            let Some(len) = memchr::memchr2(b'\n', b'\\', &self.text[from..]) else { return self.text.len() };
            match splice(&self.text, from + len) {
                Some(next) => from = next,
                None if self.text[from + len] == b'\n' => return from + len,
                None => from += len + 1,
            }
        }
    }

    fn word(&mut self, start: usize, names: &mut Interner) -> (Kind, Atom) {
        // Most words are plain: the text is looked at once.
        let rest = &self.text[start..];
        let mut all = 0;
        let len = rest.iter().position(|byte| {
            all |= *byte;
            CLASS[*byte as usize] == 0
        });
        let len = len.unwrap_or(rest.len());
        if all < 128 && !matches!(rest.get(len), Some(b'\\' | b'"' | b'\'')) {
            self.at = start + len;
            return (Kind::Ident, names.intern_bytes(&self.text[start..start + len]));
        }
        self.odd_word(start, names)
    }

    /// Reads a word that has letters outside of ASCII, or may be continued, or may be the prefix of a string.
    #[inline(never)]
    fn odd_word(&mut self, start: usize, names: &mut Interner) -> (Kind, Atom) {
        let end = self.run(start + 1, |byte| CLASS[byte as usize] != 0);
        let text = &self.text[start..end];
        if let Some(b'"' | b'\'') = self.text.get(end) {
            match text {
                b"L" | b"u" | b"U" | b"u8" => return self.quoted(start, end, names),
                b"R" | b"LR" | b"uR" | b"UR" | b"u8R" if self.text[end] == b'"' => {
                    if let Some(raw) = self.raw_string(start, end, names) {
                        return raw;
                    }
                }
                _ => {}
            }
        }
        self.at = end;
        (Kind::Ident, self.intern(start, end, names))
    }

    fn number(&mut self, start: usize, names: &mut Interner) -> (Kind, Atom) {
        let mut end = start + 1;
        loop {
            end = self.run(end, |byte| CLASS[byte as usize] != 0 || byte == b'.');
            let last = self.text[end - 1];
            let (next, after) = peek(&self.text, end);
            let exponent = matches!(last, b'e' | b'E' | b'p' | b'P') && matches!(next, b'+' | b'-');
            let separator = next == b'\'' && CLASS[peek(&self.text, after).0 as usize] != 0;
            if !exponent && !separator {
                break;
            }
            end = after;
        }
        self.at = end;
        (Kind::Number, self.intern(start, end, names))
    }

    /// Returns the end of a run of bytes, including splices.
    #[inline]
    fn run(&self, from: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let mut end = from;
        loop {
            match self.text.get(end) {
                Some(byte) if belongs(*byte) => end += 1,
                Some(b'\\') => match splice(&self.text, end) {
                    Some(next) if belongs(peek(&self.text, next).0) => end = next,
                    _ => return end,
                },
                _ => return end,
            }
        }
    }

    /// Reads a string or character constant whose opening quote is at `quote`.
    fn quoted(&mut self, start: usize, quote: usize, names: &mut Interner) -> (Kind, Atom) {
        let mark = self.text[quote];
        let mut end = quote + 1;
        loop {
            match self.text.get(end) {
                Some(byte) if *byte == mark => {
                    self.at = end + 1;
                    let kind = if mark == b'"' { Kind::Str } else { Kind::Char };
                    return (kind, self.intern(start, end + 1, names));
                }
                // A splice is skipped as a whole. An escaped byte never closes the quotes.
                Some(b'\\') => match splice(&self.text, end) {
                    Some(next) => end = next,
                    None => end = peek(&self.text, end + 1).1,
                },
                None | Some(b'\n') => {
                    self.at = quote + 1;
                    let message = format!("the closing {} is missing", char::from(mark));
                    self.problems.push(Problem::warning(self.base.plus(start), message));
                    return (Kind::Other, self.intern(start, quote + 1, names));
                }
                Some(_) => end += 1,
            }
        }
    }

    /// Reads a raw string and stores it as an ordinary string.
    #[cold]
    fn raw_string(&mut self, start: usize, quote: usize, names: &mut Interner) -> Option<(Kind, Atom)> {
        let rest = &self.text[quote + 1..];
        let open = rest.iter().take(17).position(|byte| *byte == b'(')?;
        let close = [b")", &rest[..open], b"\""].concat();
        let body = &rest[open + 1..];
        if self.searched > RAW_SEARCHES.saturating_mul(self.text.len()) {
            return None;
        }
        let Some(len) = memchr::memmem::find(body, &close) else {
            self.searched = self.searched.saturating_add(body.len());
            return None;
        };
        let prefix = String::from_utf8_lossy(&self.text[start..quote - 1]).into_owned();
        let escaped = String::from_utf8_lossy(&body[..len])
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        self.at = quote + 1 + open + 1 + len + close.len();
        Some((Kind::Str, names.intern(&format!("{prefix}\"{escaped}\""))))
    }

    /// Returns the atom of a piece of text. Splices and bytes that are not UTF-8 take the slow path.
    #[inline]
    fn intern(&mut self, start: usize, end: usize, names: &mut Interner) -> Atom {
        let text = &self.text[start..end];
        let odd = text.iter().any(|byte| *byte == b'\\' || *byte >= 128);
        if odd {
            self.spliced |= !self.in_directive && text.contains(&b'\n');
            names.intern(&clean(&self.text, start, end))
        } else {
            names.intern_bytes(text)
        }
    }
}
