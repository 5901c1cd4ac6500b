//! Passing over text that a condition leaves out, and other text that is not made of tokens.

use super::lexer::Lexer;
use super::splice::{peek, splice};

impl Lexer {
    /// Goes on to the next line that begins with `#`, outside of comments. False at the end of the text.
    /// The lexer is left after the `#`.
    pub(crate) fn skip_to_directive(&mut self) -> bool {
        loop {
            self.skip_line();
            match self.first_of_line() {
                Some(b'#') => {
                    self.at += 1;
                    return true;
                }
                Some(b'%') if peek(&self.text, self.at + 1).0 == b':' => {
                    self.at = peek(&self.text, self.at + 1).1;
                    return true;
                }
                Some(_) => {}
                None => return false,
            }
        }
    }

    /// Passes over white space and comments and gives the byte after them, without taking it.
    fn first_of_line(&mut self) -> Option<u8> {
        loop {
            match *self.text.get(self.at)? {
                b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c => self.at += 1,
                b'/' => match peek(&self.text, self.at + 1) {
                    (b'*', body) => self.at = self.block_comment_end(body),
                    (b'/', body) => self.at = self.line_comment_end(body),
                    _ => return Some(b'/'),
                },
                b'\\' => self.at = splice(&self.text, self.at).unwrap_or(self.at + 1),
                byte => return Some(byte),
            }
        }
    }

    /// Passes over the rest of the line. Comments that begin in it are passed as a whole.
    pub(crate) fn skip_line(&mut self) {
        loop {
            let Some(len) = find_interesting(&self.text[self.at..]) else {
                self.at = self.text.len();
                return;
            };
            self.at += len;
            match self.text[self.at] {
                b'\n' => return,
                b'/' => match peek(&self.text, self.at + 1) {
                    (b'*', body) => self.at = self.block_comment_end(body),
                    (b'/', body) => self.at = self.line_comment_end(body),
                    _ => self.at += 1,
                },
                b'\\' => self.at = splice(&self.text, self.at).unwrap_or(self.at + 1),
                quote => self.skip_quoted(quote),
            }
        }
    }

    /// Passes over a string or character constant; one that is not closed ends with its line.
    fn skip_quoted(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.text.get(self.at) {
            match *byte {
                b'\n' => return,
                b'\\' => match splice(&self.text, self.at) {
                    Some(next) => self.at = next,
                    None => self.at = peek(&self.text, self.at + 1).1,
                },
                byte => {
                    self.at += 1;
                    if byte == quote {
                        return;
                    }
                }
            }
        }
    }

    /// The name in `<...>` or `"..."` that comes next in a directive, and whether it was in `<>`.
    pub(crate) fn header_name(&mut self) -> Option<(String, bool)> {
        while let Some(byte) = self.text.get(self.at) {
            match *byte {
                b' ' | b'\t' => self.at += 1,
                b'/' if peek(&self.text, self.at + 1).0 == b'*' => {
                    let body = peek(&self.text, self.at + 1).1;
                    self.at = self.block_comment_end(body);
                }
                b'\\' => self.at = splice(&self.text, self.at)?,
                _ => break,
            }
        }
        let close = match self.text.get(self.at)? {
            b'<' => b'>',
            b'"' => b'"',
            _ => return None,
        };
        let name = &self.text[self.at + 1..];
        let len = memchr::memchr2(close, b'\n', name).filter(|len| name[*len] == close)?;
        let name = String::from_utf8_lossy(&name[..len]).into_owned();
        self.at += len + 2;
        Some((name, close == b'>'))
    }

    /// The rest of the line as it is written, comments left out.
    pub(crate) fn rest_of_line(&mut self) -> String {
        let start = self.at;
        self.skip_line();
        String::from_utf8_lossy(&self.text[start..self.at]).trim().to_owned()
    }
}

/// The next byte that can end a line or hide its end.
fn find_interesting(text: &[u8]) -> Option<usize> {
    text.iter().position(|byte| matches!(byte, b'\n' | b'/' | b'\\' | b'"' | b'\''))
}
