//! The words and signs of a type string.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    End,
    Identifier,
    Integer,
    Star,
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
    Comma,
    DotDotDot,
    /// A byte that no type has in it.
    Other,
    Bool,
    Char,
    Complex,
    Const,
    Double,
    Enum,
    Float,
    Int,
    Long,
    Short,
    Signed,
    Struct,
    Union,
    Unsigned,
    Void,
    Volatile,
    Cdecl,
    Stdcall,
}

/// The current token, and what is left after it.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    input: &'a str,
    start: usize,
    end: usize,
    kind: Kind,
}

impl<'a> Lexer<'a> {
    /// Stands on the first token.
    pub(crate) fn new(input: &'a str) -> Lexer<'a> {
        let mut lexer = Lexer { input, start: 0, end: 0, kind: Kind::End };
        lexer.advance();
        lexer
    }

    #[inline]
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns where the current token starts, in bytes.
    #[inline]
    pub(crate) fn offset(&self) -> usize {
        self.start
    }

    /// Returns the current token. Empty for [`Kind::Other`], which may be part of a character.
    #[inline]
    pub(crate) fn text(&self) -> &'a str {
        self.input.get(self.start..self.end).unwrap_or("")
    }

    /// Goes to the next token.
    #[inline]
    pub(crate) fn advance(&mut self) {
        let bytes = self.input.as_bytes();
        self.start = skip_space(bytes, self.end);
        let rest = bytes.get(self.start..).unwrap_or(&[]);
        let (kind, size) = first_token(rest);
        self.kind = kind;
        self.end = self.start + size;
    }

    /// Returns the first byte after the current token that is not white space.
    pub(crate) fn following_byte(&self) -> Option<u8> {
        let bytes = self.input.as_bytes();
        bytes.get(skip_space(bytes, self.end)).copied()
    }

    /// Returns how many commas there are from the current token to the parenthesis that closes the list,
    /// without those in inner parentheses.
    pub(crate) fn commas_in_list(&self) -> usize {
        let (mut commas, mut nesting) = (0, 0_usize);
        for &byte in self.input.as_bytes().get(self.start..).unwrap_or(&[]) {
            match byte {
                b',' if nesting == 0 => commas += 1,
                b'(' => nesting += 1,
                b')' if nesting == 0 => break,
                b')' => nesting -= 1,
                _ => {}
            }
        }
        commas
    }
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|&byte| is_space(byte)) {
        at += 1;
    }
    at
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C)
}

fn is_identifier_start(byte: u8) -> bool {
    // `$` begins the names that the front end makes up for structs without one.
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$'
}

fn is_identifier_part(byte: u8) -> bool {
    is_identifier_start(byte) || byte.is_ascii_digit()
}

fn run_length(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| !belongs(byte)).unwrap_or(bytes.len())
}

/// Kind and length in bytes of the token that `rest` starts with.
fn first_token(rest: &[u8]) -> (Kind, usize) {
    let Some(&first) = rest.first() else { return (Kind::End, 0) };
    match first {
        b'*' => (Kind::Star, 1),
        b'(' => (Kind::OpenParen, 1),
        b')' => (Kind::CloseParen, 1),
        b'[' => (Kind::OpenBracket, 1),
        b']' => (Kind::CloseBracket, 1),
        b',' => (Kind::Comma, 1),
        b'.' if rest.starts_with(b"...") => (Kind::DotDotDot, 3),
        b'0'..=b'9' => (Kind::Integer, number_length(rest)),
        _ if is_identifier_start(first) => {
            let size = run_length(rest, is_identifier_part);
            (keyword(&rest[..size]), size)
        }
        _ => (Kind::Other, 1),
    }
}

/// Hexadecimal digits belong to every number here; whether they make sense is seen later.
fn number_length(rest: &[u8]) -> usize {
    let prefix = if matches!(rest.get(1), Some(b'x' | b'X')) { 2 } else { 1 };
    prefix + run_length(&rest[prefix..], |byte| byte.is_ascii_hexdigit())
}

/// Returns the keyword that this word is, or [`Kind::Identifier`].
fn keyword(word: &[u8]) -> Kind {
    match word {
        b"int" => Kind::Int,
        b"char" => Kind::Char,
        b"enum" => Kind::Enum,
        b"long" => Kind::Long,
        b"void" => Kind::Void,
        b"_Bool" => Kind::Bool,
        b"const" => Kind::Const,
        b"float" => Kind::Float,
        b"short" => Kind::Short,
        b"union" => Kind::Union,
        b"double" => Kind::Double,
        b"signed" => Kind::Signed,
        b"struct" => Kind::Struct,
        b"__cdecl" => Kind::Cdecl,
        b"_Complex" => Kind::Complex,
        b"unsigned" => Kind::Unsigned,
        b"volatile" => Kind::Volatile,
        b"__stdcall" => Kind::Stdcall,
        _ => Kind::Identifier,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(input: &str) -> Vec<(Kind, usize, &str)> {
        let mut lexer = Lexer::new(input);
        let mut found = Vec::new();
        while lexer.kind() != Kind::End {
            found.push((lexer.kind(), lexer.offset(), lexer.text()));
            lexer.advance();
        }
        found
    }

    #[test]
    fn words_signs_and_numbers() {
        assert_eq!(
            tokens(" unsigned\x0B$x1[0x1Fz]"),
            [
                (Kind::Unsigned, 1, "unsigned"),
                (Kind::Identifier, 10, "$x1"),
                (Kind::OpenBracket, 13, "["),
                (Kind::Integer, 14, "0x1F"),
                (Kind::Identifier, 18, "z"),
                (Kind::CloseBracket, 19, "]"),
            ]
        );
        assert_eq!(tokens("1efg ....").iter().map(|t| t.2).collect::<Vec<_>>(), ["1ef", "g", "...", "."]);
    }

    #[test]
    fn bytes_that_are_no_token_come_one_by_one() {
        assert_eq!(
            tokens("\u{e9}\0-"),
            [(Kind::Other, 0, ""), (Kind::Other, 1, ""), (Kind::Other, 2, "\0"), (Kind::Other, 3, "-")]
        );
    }

    #[test]
    fn commas_of_one_list() {
        assert_eq!(Lexer::new("int, f(a, b), c) , d").commas_in_list(), 2);
        assert_eq!(Lexer::new("a,b").commas_in_list(), 1);
        assert_eq!(Lexer::new(")").commas_in_list(), 0);
    }
}
