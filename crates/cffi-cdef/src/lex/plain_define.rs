//! `#define NAME 123` in one step: a text of constants consists of thousands of them.

use super::lexer::Lexer;
use super::token::{Kind, Token};
use crate::intern::Interner;

impl Lexer {
    /// Reads the rest of the directive `#define NAME number`, if it consists of nothing but ASCII letters, single spaces or tabs,
    /// and a decimal or hexadecimal number that fits into 60 bits. Otherwise nothing is read.
    pub(crate) fn plain_define(&mut self, names: &mut Interner) -> Option<(Token, i128)> {
        let rest = self.text.get(self.at..)?.strip_prefix(b"define ")?;
        let start = self.text.len() - rest.len();
        if rest.first()?.is_ascii_digit() {
            return None;
        }
        let len = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))?;
        let (name, body) = rest.split_at(len);
        let body = body.strip_prefix(b" ").filter(|_| len > 0)?;
        let (value, len) = plain_number(body)?;
        if !matches!(body.get(len), None | Some(b'\n')) {
            return None;
        }
        let atom = names.intern_bytes(name);
        self.at = self.text.len() - body.len() + len;
        Some((Token::new(Kind::Ident, atom, self.base.plus(start)), value))
    }
}

/// Returns the value of the number at the start of a text, and how long it is.
fn plain_number(text: &[u8]) -> Option<(i128, usize)> {
    const MOST_DIGITS: usize = 15;
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let (radix, digits) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        // Another number that begins with 0 is octal.
        [b'0', b'0'..=b'9', ..] => return None,
        _ => (10, digits),
    };
    let (mut value, mut len) = (0u64, 0);
    while let Some(digit) = digits.get(len).and_then(|byte| char::from(*byte).to_digit(radix)) {
        value = value * u64::from(radix) + u64::from(digit);
        len += 1;
        if len > MOST_DIGITS {
            return None;
        }
    }
    let value = i128::from(value);
    (len > 0).then(|| (if negative { -value } else { value }, text.len() - digits.len() + len))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lex::literal::plain_integer;
    use crate::source::Loc;

    fn read(text: &str) -> Option<(String, i128, usize)> {
        let mut names = Interner::new();
        let mut lexer = Lexer::new(text.as_bytes().into(), Loc::UNKNOWN);
        let (name, value) = lexer.plain_define(&mut names)?;
        Some((names.text(name.atom).to_owned(), value, lexer.offset()))
    }

    #[test]
    fn plain_ones_are_read_to_the_end_of_their_line() {
        assert_eq!(read("define A 1\n#define"), Some(("A".to_owned(), 1, 10)));
        assert_eq!(read("define _b2 -0x1F"), Some(("_b2".to_owned(), -31, 16)));
        assert_eq!(read("define A 0\n"), Some(("A".to_owned(), 0, 10)));
    }

    #[test]
    fn others_are_left_alone() {
        for text in [
            "define A 1 ",
            "define A 1u",
            "define A 07",
            "define A\t1",
            "define  A 1",
            "define A 1/**/",
            "define A(x) 1",
            "define 1 1",
            "define A -",
            "define A 0x",
            "define A",
            "define ",
            "defined A 1",
            "define A 1\\\n2",
            "define \u{e9} 1",
            "define A 1\r",
            "define A 1234567890123456",
            "define A ...",
            "define A --1",
            "define A + 1",
            "define a$b 1",
            "define  1",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_those_of_the_other_way() {
        for number in ["0", "7", "-7", "123456789012345", "0xfffffffffffffff", "-0XaB", "9", "0x0"] {
            let text = format!("define NAME {number}\n");
            assert_eq!(read(&text).map(|(_, value, _)| value), plain_integer(number), "{number}");
        }
    }
}
