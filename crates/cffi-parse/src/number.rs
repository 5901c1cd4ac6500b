//! Array lengths written as numbers.

pub(crate) const INVALID_NUMBER: &str = "invalid number";
pub(crate) const NUMBER_TOO_LARGE: &str = "number too large";

/// Returns the value of a C integer without suffix: decimal, `0x` hexadecimal, or octal after a leading 0.
///
/// The largest length is that of `Py_ssize_t`, half the address space.
pub(crate) fn array_length(text: &str) -> Result<usize, &'static str> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
        [b'0', digits @ ..] if !digits.is_empty() => (digits, 8),
        digits => (digits, 10),
    };
    if digits.is_empty() || !digits.iter().all(|&digit| char::from(digit).is_digit(radix)) {
        return Err(INVALID_NUMBER);
    }
    let value = digits.iter().try_fold(0_usize, |value, &digit| {
        let digit = char::from(digit).to_digit(radix)? as usize;
        value.checked_mul(radix as usize)?.checked_add(digit)
    });
    value.filter(|&value| value <= isize::MAX.cast_unsigned()).ok_or(NUMBER_TOO_LARGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_radixes() {
        assert_eq!(array_length("0"), Ok(0));
        assert_eq!(array_length("10"), Ok(10));
        assert_eq!(array_length("010"), Ok(8));
        assert_eq!(array_length("0x1F"), Ok(31));
        assert_eq!(array_length("0XaB"), Ok(0xAB));
        assert_eq!(array_length(&isize::MAX.to_string()), Ok(isize::MAX.cast_unsigned()));
    }

    #[test]
    fn what_is_no_number() {
        for text in ["", "0x", "08", "1f", "1x", "1x2", "0b1"] {
            assert_eq!(array_length(text), Err(INVALID_NUMBER), "{text}");
        }
    }

    #[test]
    fn what_is_too_large() {
        let first = isize::MAX.cast_unsigned() + 1;
        assert_eq!(array_length(&first.to_string()), Err(NUMBER_TOO_LARGE));
        assert_eq!(array_length(&format!("{first:#x}")), Err(NUMBER_TOO_LARGE));
        assert_eq!(array_length(&"9".repeat(400)), Err(NUMBER_TOO_LARGE));
    }
}
