//! Skipping groups that a condition excludes, and other text that does not consist of tokens.

use std::borrow::Cow;

use super::lexer::Lexer;
use super::splice::{peek, splice};

impl Lexer {
    /// Skips to the next line that begins with `#`, outside comments. The lexer continues after the `#`. Returns false
    /// at the end of the text.
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

    /// Skips white space and comments. Returns the byte after them, without reading it.
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

    /// Skips the rest of the line, and the whole of every comment that begins in it.
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

    /// Skips a string or character constant. One without a closing quote ends with its line.
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

    /// Reads the name in `<...>` or `"..."` that comes next in a directive. Returns it, and whether it is in `<>`.
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

    /// Returns the rest of the line as it is written, without comments.
    pub(crate) fn rest_of_line(&mut self) -> Cow<'_, str> {
        let start = self.at;
        self.skip_line();
        let line = &self.text[start..self.at];
        match std::str::from_utf8(line) {
            Ok(line) => line.trim().into(),
            Err(_) => String::from_utf8_lossy(line).trim().to_owned().into(),
        }
    }
}

/// For each byte, whether it can end a line or hide its end.
static INTERESTING: [bool; 256] = {
    let mut table = [false; 256];
    let mut place = 0;
    while place < 5 {
        table[[b'\n', b'/', b'\\', b'"', b'\''][place] as usize] = true;
        place += 1;
    }
    table
};

/// Returns the position of the next byte that can end a line or hide its end.
#[inline]
fn find_interesting(text: &[u8]) -> Option<usize> {
    text.iter().position(|byte| INTERESTING[*byte as usize])
}
