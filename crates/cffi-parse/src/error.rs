//! Why a type string was refused, and how that is shown.

use std::fmt;

/// Inputs longer than this many bytes are not shown with the message.
const LONGEST_SHOWN: usize = 500;

/// Why a type string was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// One of the parser's fixed messages.
    pub message: &'static str,
    /// In bytes: the start of the token that made the parser stop.
    pub offset: usize,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for ParseError {}

/// Returns the text of the exception: message, input, and a caret below the offset, on three lines.
///
/// The input is shown byte by byte: tab and newline as a space, anything else outside printable
/// ASCII as `?`. An input of more than 500 bytes is left out, with its caret.
pub fn render_error(input: &str, error: &ParseError) -> String {
    if input.len() > LONGEST_SHOWN {
        return error.message.to_owned();
    }
    let mut text = String::with_capacity(error.message.len() + input.len() + error.offset + 3);
    text.push_str(error.message);
    text.push('\n');
    text.extend(input.bytes().map(|byte| match byte {
        b' '..=b'~' => char::from(byte),
        b'\t' | b'\n' => ' ',
        _ => '?',
    }));
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', error.offset.min(input.len())));
    text.push('^');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caret_stands_below_the_offset() {
        let error = ParseError { message: "undefined type name", offset: 4 };
        assert_eq!(render_error("int x", &error), "undefined type name\nint x\n    ^");
    }

    #[test]
    fn bytes_that_do_not_print_are_replaced_one_by_one() {
        let error = ParseError { message: "m", offset: 0 };
        assert_eq!(render_error("a\tb\nc\rd\u{e9}\u{20ac}~\x7f\0", &error), "m\na b c?d?????~??\n^");
    }

    #[test]
    fn long_inputs_are_left_out() {
        let error = ParseError { message: "m", offset: 0 };
        assert_eq!(render_error(&"x".repeat(501), &error), "m");
        assert!(render_error(&"x".repeat(500), &error).len() > 500);
    }
}
