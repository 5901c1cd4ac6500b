//! The values of character constants and strings.

/// The encoding of a character constant or a string, which determines the type of its units.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Encoding {
    Plain,
    /// The prefix `u8`.
    Utf8,
    /// The prefix `u`.
    Utf16,
    /// The prefix `U`.
    Utf32,
    /// The prefix `L`.
    Wide,
}

/// A character constant. It usually has one unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Character {
    pub(crate) encoding: Encoding,
    units: Vec<u32>,
}

impl Character {
    /// Returns the value as an integer. Several plain characters are combined as GCC does it.
    pub(crate) fn value(&self, char_signed: bool, wchar_signed: bool) -> i64 {
        let last = *self.units.last().unwrap_or(&0);
        match self.encoding {
            Encoding::Plain => {
                let all = self.units.iter().fold(0u32, |value, unit| value << 8 | (unit & 0xff));
                if self.units.len() > 1 {
                    i64::from(all as i32)
                } else if char_signed {
                    i64::from(last as u8 as i8)
                } else {
                    i64::from(last as u8)
                }
            }
            Encoding::Wide if wchar_signed => i64::from(last as i32),
            _ => i64::from(last),
        }
    }
}

/// Reads a character constant with its prefix and quotes.
pub(crate) fn character(text: &str) -> Option<Character> {
    let (encoding, body) = split(text, '\'')?;
    let units = units(body, encoding)?;
    (!units.is_empty()).then_some(Character { encoding, units })
}

/// Reads a string with its prefix and quotes. Returns its encoding, and its units without the terminating zero.
pub(crate) fn string(text: &str) -> Option<(Encoding, Vec<u32>)> {
    let (encoding, body) = split(text, '"')?;
    Some((encoding, units(body, encoding)?))
}

fn split(text: &str, quote: char) -> Option<(Encoding, &str)> {
    let start = text.find(quote)?;
    let encoding = match &text[..start] {
        "" => Encoding::Plain,
        "u8" => Encoding::Utf8,
        "u" => Encoding::Utf16,
        "U" => Encoding::Utf32,
        "L" => Encoding::Wide,
        _ => return None,
    };
    let body = text[start + 1..].strip_suffix(quote)?;
    Some((encoding, body))
}

/// Returns the units of a text: bytes for plain and UTF-8 text, code points for all others.
fn units(body: &str, encoding: Encoding) -> Option<Vec<u32>> {
    let bytes = matches!(encoding, Encoding::Plain | Encoding::Utf8);
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(c) = rest.chars().next() {
        if c != '\\' {
            push(&mut out, c, bytes);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let (escape, after) = escape(&rest[1..])?;
        match escape {
            Escape::Unit(unit) => out.push(unit),
            Escape::Char(c) => push(&mut out, c, bytes),
        }
        rest = after;
    }
    Some(out)
}

fn push(out: &mut Vec<u32>, c: char, bytes: bool) {
    if bytes {
        let mut buffer = [0; 4];
        out.extend(c.encode_utf8(&mut buffer).bytes().map(u32::from));
    } else {
        out.push(u32::from(c));
    }
}

enum Escape {
    Unit(u32),
    Char(char),
}

/// Reads an escape sequence after its backslash.
fn escape(text: &str) -> Option<(Escape, &str)> {
    let c = text.chars().next()?;
    let rest = &text[c.len_utf8()..];
    let simple = |unit: u32| Some((Escape::Unit(unit), rest));
    match c {
        'n' => simple(10),
        't' => simple(9),
        'r' => simple(13),
        'a' => simple(7),
        'b' => simple(8),
        'f' => simple(12),
        'v' => simple(11),
        'e' | 'E' => simple(27),
        '0'..='7' => {
            let len = text.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            Some((Escape::Unit(u32::from_str_radix(&text[..len], 8).ok()?), &text[len..]))
        }
        'x' => {
            let len = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
            let digits = rest[..len].trim_start_matches('0');
            let value =
                if digits.is_empty() && len > 0 { 0 } else { u32::from_str_radix(digits, 16).ok()? };
            Some((Escape::Unit(value), &rest[len..]))
        }
        'u' | 'U' => {
            let len = if c == 'u' { 4 } else { 8 };
            let code = u32::from_str_radix(rest.get(..len)?, 16).ok()?;
            Some((Escape::Char(char::from_u32(code)?), &rest[len..]))
        }
        // `\'`, `\"`, `\\` and `\?`, and unknown escapes, mean the character itself.
        other => Some((Escape::Char(other), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters() {
        let value = |text| character(text).map(|c| c.value(true, true));
        assert_eq!(value("'a'"), Some(97));
        assert_eq!(value(r"'\n'"), Some(10));
        assert_eq!(value(r"'\xff'"), Some(-1));
        assert_eq!(value(r"'\377'"), Some(-1));
        assert_eq!(value("'ab'"), Some(0x6162));
        assert_eq!(value(r"L'\xffffffff'"), Some(-1));
        assert_eq!(value("U'é'"), Some(0xe9));
        assert_eq!(value("''"), None);
        assert_eq!(character(r"'\xff'").map(|c| c.value(false, true)), Some(255));
    }

    #[test]
    fn strings() {
        assert_eq!(string(r#""a\"é""#), Some((Encoding::Plain, vec![97, 34, 0xc3, 0xa9])));
        assert_eq!(string(r#"L"\u20ac""#), Some((Encoding::Wide, vec![0x20ac])));
    }
}
