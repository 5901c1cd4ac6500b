//! The values of floating-point constants.

/// The suffix of a floating-point constant.
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

/// Reads a decimal or hexadecimal floating-point constant.
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
            // A number with neither a point nor an exponent is an integer.
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

/// Returns the value of a constant such as `1.8p3`, rounded to the nearest double, ties to even.
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
    // The mantissa has at most 62 bits. Bits that a double cannot hold are rounded away, twice only for subnormal
    // results.
    let shift = mantissa.leading_zeros().saturating_sub(1);
    mantissa = mantissa << shift | u64::from(sticky);
    exponent -= i64::from(shift);
    let scaled = mantissa as f64;
    Some(scale(scaled, exponent))
}

/// Returns `value * 2**exponent`, computed in steps that do not overflow.
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
