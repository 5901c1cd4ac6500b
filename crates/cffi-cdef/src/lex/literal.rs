//! The values of numbers, characters and strings.

/// An integer constant as written.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Integer {
    pub(crate) value: u64,
    /// Whether it has the suffix `u`.
    pub(crate) unsigned: bool,
    /// How many `l` there are in the suffix.
    pub(crate) longs: u8,
    /// Whether it is decimal; others may become unsigned.
    pub(crate) decimal: bool,
    /// Whether it has the suffix `wb` of a `_BitInt`.
    pub(crate) bit_int: bool,
    /// Whether the suffix makes it a `_Complex`.
    pub(crate) imaginary: bool,
}

/// Reads an integer constant. One that is too large for 64 bits is none.
pub(crate) fn integer(text: &str) -> Option<Integer> {
    let bytes = text.as_bytes();
    let (radix, mut at) = match bytes {
        [b'0', b'x' | b'X', ..] => (16, 2),
        [b'0', b'b' | b'B', ..] => (2, 2),
        [b'0', ..] => (8, 0),
        _ => (10, 0),
    };
    let first = at;
    let mut value = 0u64;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'\'' && at > first {
            at += 1;
            continue;
        }
        let Some(digit) = char::from(*byte).to_digit(radix) else { break };
        value = value.checked_mul(u64::from(radix))?.checked_add(u64::from(digit))?;
        at += 1;
    }
    if at == first {
        return None;
    }
    let mut number =
        Integer { value, unsigned: false, longs: 0, decimal: radix == 10, bit_int: false, imaginary: false };
    suffix(&text[at..], &mut number).then_some(number)
}

/// Reads a suffix such as `ull`, `LLU`, `wb`, Visual C++'s `ui64` or GNU's `i`.
fn suffix(text: &str, number: &mut Integer) -> bool {
    let lower = text.to_ascii_lowercase();
    let mut rest = lower.as_str();
    if let Some(bits) = rest.strip_prefix("ui").or_else(|| rest.strip_prefix('i'))
        && matches!(bits, "8" | "16" | "32" | "64")
    {
        number.unsigned = rest.starts_with('u');
        number.longs = if bits == "64" { 2 } else { 0 };
        return true;
    }
    while !rest.is_empty() {
        rest = if let Some(after) = rest.strip_prefix("ll").filter(|_| number.longs == 0) {
            number.longs = 2;
            after
        } else if let Some(after) = rest.strip_prefix('l').filter(|_| number.longs == 0) {
            number.longs = 1;
            after
        } else if let Some(after) = rest.strip_prefix('u').filter(|_| !number.unsigned) {
            number.unsigned = true;
            after
        } else if let Some(after) = rest.strip_prefix("wb").filter(|_| !number.bit_int) {
            number.bit_int = true;
            after
        } else if let Some(after) = rest.strip_prefix(['i', 'j']).filter(|_| !number.imaginary) {
            number.imaginary = true;
            after
        } else {
            return false;
        };
    }
    true
}

/// What a floating constant's suffix says.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum FloatSuffix {
    None,
    Float,
    Long,
    /// `f16`, `f32`, `f64`, `f128`, `f32x`, `f64x`, `q`, `w`, `bf16`.
    Extended,
    /// `df`, `dd`, `dl`.
    Decimal,
}

/// Reads a floating constant, decimal or hexadecimal.
pub(crate) fn float(text: &str) -> Option<(f64, FloatSuffix)> {
    let lower = text.to_ascii_lowercase().replace('\'', "");
    let hex = lower.strip_prefix("0x");
    let end = match hex {
        Some(rest) => 2 + hex_float_end(rest),
        None => decimal_float_end(&lower),
    };
    let suffix = match &lower[end..] {
        "" => FloatSuffix::None,
        "f" => FloatSuffix::Float,
        "l" => FloatSuffix::Long,
        "f16" | "f32" | "f64" | "f128" | "f32x" | "f64x" | "f128x" | "q" | "w" | "bf16" => {
            FloatSuffix::Extended
        }
        "df" | "dd" | "dl" => FloatSuffix::Decimal,
        _ => return None,
    };
    let value = match hex {
        Some(rest) => hex_float(&rest[..end - 2])?,
        None => {
            let digits = &lower[..end];
            // A number without point and exponent is an integer.
            if !digits.contains(['.', 'e']) {
                return None;
            }
            digits.parse().ok()?
        }
    };
    Some((value, suffix))
}

fn decimal_float_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end += 1;
        end += digits(end);
    }
    if bytes.get(end) == Some(&b'e') {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let count = digits((end + 1 + sign).min(bytes.len()));
        if count > 0 {
            end += 1 + sign + count;
        }
    }
    end
}

fn hex_float_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = bytes.iter().take_while(|byte| byte.is_ascii_hexdigit() || **byte == b'.').count();
    if bytes.get(end) == Some(&b'p') {
        end += 1;
        end += usize::from(matches!(bytes.get(end), Some(b'+' | b'-')));
        end += bytes[end.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    }
    end
}

/// The value of `1.8p3`, rounded to the nearest double, ties to even.
fn hex_float(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once('p')?;
    let mut exponent: i64 = exponent.parse::<i64>().ok()?.clamp(-1 << 20, 1 << 20);
    let (mut mantissa, mut sticky, mut point, mut any) = (0u64, false, false, false);
    for c in digits.chars() {
        if c == '.' {
            if std::mem::replace(&mut point, true) {
                return None;
            }
            continue;
        }
        let digit = u64::from(c.to_digit(16)?);
        any = true;
        if mantissa >> 58 == 0 {
            mantissa = mantissa << 4 | digit;
            exponent -= if point { 4 } else { 0 };
        } else {
            sticky |= digit != 0;
            exponent += if point { 0 } else { 4 };
        }
    }
    if !any {
        return None;
    }
    if mantissa == 0 {
        return Some(0.0);
    }
    // The mantissa has up to 62 bits; what a double cannot hold is rounded, twice only where it is subnormal.
    let shift = mantissa.leading_zeros().saturating_sub(1);
    mantissa = mantissa << shift | u64::from(sticky);
    exponent -= i64::from(shift);
    let scaled = mantissa as f64;
    Some(scale(scaled, exponent))
}

/// `value * 2**exponent`, in steps that do not overflow on the way.
fn scale(mut value: f64, mut exponent: i64) -> f64 {
    while exponent > 1000 && value.is_finite() {
        value *= 2f64.powi(1000);
        exponent -= 1000;
    }
    while exponent < -1000 && value != 0.0 {
        value *= 2f64.powi(-1000);
        exponent += 1000;
    }
    value * 2f64.powi(exponent.clamp(-1000, 1000) as i32)
}

/// The type of a character constant's or string's units.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Encoding {
    Plain,
    /// `u8`.
    Utf8,
    /// `u`.
    Utf16,
    /// `U`.
    Utf32,
    /// `L`.
    Wide,
}

/// A character constant: its units, of which there is usually one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Character {
    pub(crate) encoding: Encoding,
    units: Vec<u32>,
}

impl Character {
    /// Its value as an integer. Several plain characters are put together as GCC does.
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

/// Reads a string with its prefix and quotes: its encoding and units without the terminating zero.
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

/// The units of a text: bytes for plain and UTF-8, otherwise code points.
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

/// Reads an escape after its backslash.
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
        // `\'`, `\"`, `\\`, `\?`, and what has no meaning stands for itself.
        other => Some((Escape::Char(other), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        let value = |text| integer(text).map(|number| number.value);
        assert_eq!(value("0"), Some(0));
        assert_eq!(value("017"), Some(15));
        assert_eq!(value("0x7fFFul"), Some(0x7fff));
        assert_eq!(value("0b101"), Some(5));
        assert_eq!(value("1'000'000"), Some(1_000_000));
        assert_eq!(value("18446744073709551615U"), Some(u64::MAX));
        assert_eq!(value("18446744073709551616"), None);
        assert_eq!(value("08"), None);
        assert_eq!(value("1lul"), None);
        assert_eq!(value("0x"), None);
        assert_eq!(value("1.5"), None);
        assert_eq!(integer("5ui64").map(|n| (n.unsigned, n.longs)), Some((true, 2)));
        assert_eq!(integer("5LLu").map(|n| (n.unsigned, n.longs)), Some((true, 2)));
    }

    #[test]
    fn floats() {
        assert_eq!(float("1.5"), Some((1.5, FloatSuffix::None)));
        assert_eq!(float(".5e-3f"), Some((0.5e-3, FloatSuffix::Float)));
        assert_eq!(float("1e5L"), Some((1e5, FloatSuffix::Long)));
        assert_eq!(float("0x1.8p1"), Some((3.0, FloatSuffix::None)));
        assert_eq!(float("0x1p-1074"), Some((f64::from_bits(1), FloatSuffix::None)));
        assert_eq!(float("0x1.fffffffffffffp1023"), Some((f64::MAX, FloatSuffix::None)));
        assert_eq!(float("0x1.00000000000008p0"), Some((1.0, FloatSuffix::None)));
        assert_eq!(float("0x1.000000000000081p0"), Some((1.0 + f64::EPSILON, FloatSuffix::None)));
        assert_eq!(float("10"), None);
        assert_eq!(float("1e"), None);
        assert_eq!(float("0x1.8"), None);
    }

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
