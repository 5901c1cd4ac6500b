//! The values of integer constants.

/// An integer constant as it is written.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Integer {
    pub(crate) value: u64,
    /// Whether it has the suffix `u`.
    pub(crate) unsigned: bool,
    /// The number of `l` in the suffix.
    pub(crate) longs: u8,
    /// Whether the number is decimal. Other numbers may have an unsigned type without the suffix `u`.
    pub(crate) decimal: bool,
    /// Whether it has the suffix `wb` of a `_BitInt`.
    pub(crate) bit_int: bool,
    /// Whether the suffix makes it a `_Complex`.
    pub(crate) imaginary: bool,
}

/// Reads an integer constant. Returns `None` if the value needs more than 64 bits.
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

/// Returns whether a text is an integer constant whose value needs more than 64 bits.
pub(crate) fn is_too_large(text: &str) -> bool {
    let text = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let (radix, digits) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &text[2..]),
        [b'0', b'b' | b'B', ..] => (2, &text[2..]),
        [b'0', ..] => (8, text),
        _ => (10, text),
    };
    let digit = |c: char| c == '\'' || c.is_digit(radix);
    !digits.is_empty() && digits.chars().all(digit) && integer(text).is_none()
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

/// Reads an integer as the stock front end does: `-`, digits in base 10, 8 or 16, and suffixes of `u` and `l`.
pub(crate) fn plain_integer(text: &str) -> Option<i128> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let (radix, digits) = if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        (16, hex)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (8, &digits[1..])
    } else {
        (10, digits)
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    Some(if negative { -value } else { value })
}

pub(crate) use super::float::{FloatSuffix, float};
pub(crate) use super::text::{Encoding, character, string};

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
        for text in ["18446744073709551616", "0x1'0000000000000000ULL", "02000000000000000000000"] {
            assert!(is_too_large(text), "{text}");
        }
        for text in ["18446744073709551615", "08", "0x", "1lul", "1.5", "1e99", "0xffffffffffffffffu"] {
            assert!(!is_too_large(text), "{text}");
        }
        assert_eq!(value("1lul"), None);
        assert_eq!(value("0x"), None);
        assert_eq!(value("1.5"), None);
        assert_eq!(integer("5ui64").map(|n| (n.unsigned, n.longs)), Some((true, 2)));
        assert_eq!(integer("5LLu").map(|n| (n.unsigned, n.longs)), Some((true, 2)));
    }

    #[test]
    fn integers_of_define() {
        assert_eq!(plain_integer("-0x10L"), Some(-16));
        assert_eq!(plain_integer("010"), Some(8));
        assert_eq!(plain_integer("00"), Some(0));
        assert_eq!(plain_integer("0"), Some(0));
        assert_eq!(plain_integer("1lu"), Some(1));
        assert_eq!(plain_integer("18446744073709551616"), Some(18_446_744_073_709_551_616));
        for text in
            ["", "+5", "(5)", "089", "0b11", "0x", "1u2", "1_000", "BEEF", "- 5", "5 6", "1.5", "'c'", "--5"]
        {
            assert_eq!(plain_integer(text), None, "{text}");
        }
    }
}
