//! Texts of errors, built on the stack: failing is common in programs that try out alternatives.

use std::fmt;
use std::mem::MaybeUninit;

use cffi_memory::NoMemory;

/// The number of bytes that need no allocation. Longer texts are rare.
const SHORT: usize = 256;

/// A text that grows at its end.
pub struct Line {
    /// The start of the text: `used` bytes are initialized and consist of whole texts.
    short: [MaybeUninit<u8>; SHORT],
    used: usize,
    /// The whole text, once it is longer than `short`.
    long: String,
    /// Whether there was no memory for a part; it is missing, and so are all later ones.
    cut: bool,
}

impl Line {
    /// Makes an empty text.
    #[inline]
    pub const fn new() -> Line {
        Line { short: [MaybeUninit::uninit(); SHORT], used: 0, long: String::new(), cut: false }
    }

    /// Makes a text from `format_args!`.
    pub fn of(text: fmt::Arguments<'_>) -> Line {
        let mut line = Line::new();
        // Formatting fails only if the `Display` of an argument fails. The text up to there is used then.
        let _ = fmt::Write::write_fmt(&mut line, text);
        line
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        if self.long.is_empty() {
            // SAFETY: set by `push`, which adds whole texts, so it is UTF-8.
            unsafe {
                let bytes = std::slice::from_raw_parts(self.short.as_ptr().cast(), self.used);
                std::str::from_utf8_unchecked(bytes)
            }
        } else {
            &self.long
        }
    }

    /// Adds a text.
    #[inline]
    pub fn push(&mut self, text: &str) -> &mut Line {
        match self.short.get_mut(self.used..self.used + text.len()) {
            Some(place) if self.long.is_empty() && !self.cut => {
                // SAFETY: the lengths agree, and the regions differ: `text` is initialized, and borrowed from
                // elsewhere.
                unsafe {
                    place.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len());
                }
                self.used += text.len();
            }
            _ => self.push_long(text),
        }
        self
    }

    #[cold]
    fn push_long(&mut self, text: &str) {
        if self.cut {
            return;
        }
        let grown = if self.long.is_empty() {
            cffi_memory::concat(&[self.as_str(), text]).map(|whole| self.long = whole)
        } else {
            let room = self.long.try_reserve(text.len()).map_err(NoMemory::from);
            room.map(|()| self.long.push_str(text))
        };
        self.cut = grown.is_err();
    }

    /// Returns whether there was no memory for a part of the text.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Adds a number in decimal.
    pub fn push_number(&mut self, mut number: usize) -> &mut Line {
        const DIGITS: &str = "0123456789";
        if let Some(digit) = DIGITS.get(number..=number) {
            return self.push(digit);
        }
        let mut digits = [b'0'; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.push(std::str::from_utf8(&digits[at..]).unwrap_or_default())
    }
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_length_follow_each_other() {
        for pieces in [
            &["", "a", "é", ""][..],
            &["x".repeat(SHORT).as_str()],
            &["x".repeat(SHORT - 1).as_str(), "é", "", "z"],
            &["x".repeat(3 * SHORT).as_str(), "y".repeat(SHORT).as_str(), "z"],
        ] {
            let mut line = Line::new();
            for piece in pieces {
                line.push(piece);
            }
            assert_eq!(line.as_str(), pieces.concat());
        }
    }

    #[test]
    fn numbers_are_decimal() {
        for number in [0, 7, 10, 99, 100, 65_536, usize::MAX] {
            assert_eq!(Line::new().push_number(number).as_str(), number.to_string());
        }
        assert_eq!(Line::of(format_args!("{}-{:?}", 1, "b")).as_str(), "1-\"b\"");
    }
}
