//! Floating-point formats that Rust has no type for: conversions from and to `f64`, rounded to the nearest, ties to even.

/// The numbers of bits of a format's exponent and fraction.
#[derive(Clone, Copy)]
struct Format {
    exponent: u32,
    fraction: u32,
}

const HALF: Format = Format { exponent: 5, fraction: 10 };
const BFLOAT: Format = Format { exponent: 8, fraction: 7 };
const DOUBLE: Format = Format { exponent: 11, fraction: 52 };
const QUAD: Format = Format { exponent: 15, fraction: 112 };
/// The extended format of x87 without its explicit leading bit.
const X87: Format = Format { exponent: 15, fraction: 63 };

impl Format {
    const fn bias(self) -> i32 {
        (1 << (self.exponent - 1)) - 1
    }

    const fn infinity(self) -> u128 {
        ((1 << self.exponent) - 1) << self.fraction
    }

    const fn sign(self, negative: bool) -> u128 {
        (negative as u128) << (self.exponent + self.fraction)
    }

    /// Converts bits of this format to bits of another one.
    const fn convert(self, bits: u128, to: Format) -> u128 {
        let negative = bits >> (self.exponent + self.fraction) & 1 == 1;
        let magnitude = bits & (self.sign(true) - 1);
        let fraction = magnitude & ((1 << self.fraction) - 1);
        let sign = to.sign(negative);
        if magnitude > self.infinity() {
            // A number that is not one stays so, and becomes quiet.
            let payload = if self.fraction > to.fraction {
                fraction >> (self.fraction - to.fraction)
            } else {
                fraction << (to.fraction - self.fraction)
            };
            return sign | to.infinity() | payload | 1 << (to.fraction - 1);
        }
        if magnitude == self.infinity() {
            return sign | to.infinity();
        }
        if magnitude == 0 {
            return sign;
        }
        let stored = (magnitude >> self.fraction) as i32;
        let (significand, exponent) = if stored == 0 {
            (fraction, 1 - self.bias() - self.fraction as i32)
        } else {
            (fraction | 1 << self.fraction, stored - self.bias() - self.fraction as i32)
        };
        sign | to.rounded(significand, exponent)
    }

    /// Returns the bits of the positive number `significand` · 2^`exponent`. The significand is not 0.
    const fn rounded(self, significand: u128, exponent: i32) -> u128 {
        let top = 127 - significand.leading_zeros() as i32;
        // The exponent of the last bit that the format has for a number of this size.
        let last = {
            let normal = top + exponent - self.fraction as i32;
            let least = 1 - self.bias() - self.fraction as i32;
            if normal > least { normal } else { least }
        };
        let shift = last - exponent;
        let kept = if shift <= 0 {
            significand << -shift
        } else if shift > 127 {
            0
        } else {
            let kept = significand >> shift;
            let rest = significand & ((1 << shift) - 1);
            let half = 1 << (shift - 1);
            if rest > half || (rest == half && kept & 1 == 1) { kept + 1 } else { kept }
        };
        // The leading bit of a normal number adds 1 to the exponent, and so does a carry.
        let stored = last + self.bias() + self.fraction as i32 - 1;
        let bits = ((stored as u128) << self.fraction) + kept;
        if stored >= (1 << self.exponent) || bits > self.infinity() { self.infinity() } else { bits }
    }
}

/// Converts binary16.
#[must_use]
pub const fn half_to_f64(bits: u16) -> f64 {
    f64::from_bits(HALF.convert(bits as u128, DOUBLE) as u64)
}

/// Converts to binary16.
#[must_use]
pub const fn f64_to_half(value: f64) -> u16 {
    DOUBLE.convert(value.to_bits() as u128, HALF) as u16
}

/// Converts bfloat16.
#[must_use]
pub const fn bfloat_to_f64(bits: u16) -> f64 {
    f64::from_bits(BFLOAT.convert(bits as u128, DOUBLE) as u64)
}

/// Converts to bfloat16.
#[must_use]
pub const fn f64_to_bfloat(value: f64) -> u16 {
    DOUBLE.convert(value.to_bits() as u128, BFLOAT) as u16
}

/// Converts binary128.
#[must_use]
pub const fn quad_to_f64(bits: u128) -> f64 {
    f64::from_bits(QUAD.convert(bits, DOUBLE) as u64)
}

/// Converts to binary128, which has every `f64`.
#[must_use]
pub const fn f64_to_quad(value: f64) -> u128 {
    DOUBLE.convert(value.to_bits() as u128, QUAD)
}

/// Converts an integer to binary128.
#[must_use]
pub const fn i128_to_quad(value: i128) -> u128 {
    if value == 0 {
        return 0;
    }
    QUAD.sign(value < 0) | QUAD.rounded(value.unsigned_abs(), 0)
}

/// Converts the ten bytes of an x87 number, the lowest first, to binary128, which has every one of them. What the processor
/// refuses as a number becomes a NaN.
#[must_use]
pub const fn x87_to_quad(bytes: [u8; 10]) -> u128 {
    let [a, b, c, d, e, f, g, h, low, high] = bytes;
    let significand = u64::from_le_bytes([a, b, c, d, e, f, g, h]) as u128;
    let top = u16::from_le_bytes([low, high]);
    let (negative, exponent) = (top >> 15 == 1, (top & 0x7FFF) as u128);
    let bits = match significand.checked_sub(1 << X87.fraction) {
        // The leading bit of a number with the least exponent carries into the exponent.
        _ if exponent == 0 => significand,
        Some(fraction) => (exponent << X87.fraction) + fraction,
        None => X87.infinity() + 1,
    };
    X87.convert(X87.sign(negative) | bits, QUAD)
}

/// Converts binary128 to the ten bytes of an x87 number, the lowest first.
#[must_use]
pub const fn quad_to_x87(bits: u128) -> [u8; 10] {
    let bits = QUAD.convert(bits, X87);
    let top = (bits >> X87.fraction) as u16;
    let leading = if top & 0x7FFF == 0 { 0 } else { 1 << X87.fraction };
    let [a, b, c, d, e, f, g, h] = (bits as u64 & ((1 << X87.fraction) - 1) | leading).to_le_bytes();
    let [low, high] = top.to_le_bytes();
    [a, b, c, d, e, f, g, h, low, high]
}

/// Returns the digits of a finite binary128 in C's hexadecimal notation: the whole part, 28 digits, and the exponent.
#[must_use]
pub const fn quad_parts(bits: u128) -> (bool, u128, u128, i32) {
    let stored = (bits >> QUAD.fraction & 0x7FFF) as i32;
    let fraction = bits & ((1 << QUAD.fraction) - 1);
    let whole = (stored != 0) as u128;
    let exponent = if stored == 0 { 1 } else { stored } - QUAD.bias();
    (bits >> 127 == 1, whole, fraction, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_narrow_number_survives_a_round_trip() {
        for bits in 0..=u16::MAX {
            let (half, bfloat) = (half_to_f64(bits), bfloat_to_f64(bits));
            if !half.is_nan() {
                assert_eq!(f64_to_half(half), bits, "{half}");
            }
            if !bfloat.is_nan() {
                assert_eq!(f64_to_bfloat(bfloat), bits, "{bfloat}");
                assert_eq!(bfloat, f64::from(f32::from_bits(u32::from(bits) << 16)));
            }
        }
    }

    #[test]
    fn halves_have_known_values_and_are_rounded() {
        assert_eq!(half_to_f64(0x3C00), 1.0);
        assert_eq!(half_to_f64(0x7BFF), 65504.0);
        assert_eq!(half_to_f64(0x0001), 2f64.powi(-24));
        assert_eq!(f64_to_half(65519.9), 0x7BFF);
        assert_eq!(f64_to_half(65520.0), 0x7C00);
        assert_eq!(f64_to_half(1.0 + 2f64.powi(-11)), 0x3C00);
        assert_eq!(f64_to_half(1.0 + 3.0 * 2f64.powi(-11)), 0x3C02);
        assert_eq!(f64_to_half(2f64.powi(-25)), 0);
        assert_eq!(f64_to_half(1.5 * 2f64.powi(-25)), 1);
        assert_eq!(f64_to_half(-f64::INFINITY), 0xFC00);
        assert_eq!(f64_to_half(f64::NAN) & 0x7E00, 0x7E00);
        assert_eq!(f64_to_half(1e300), 0x7C00);
        assert_eq!(f64_to_half(f64::MIN_POSITIVE / 2.0), 0);
    }

    #[test]
    fn quads_have_every_x87_number() {
        let x87 = |top: u16, significand: u64| {
            let mut bytes = [0; 10];
            bytes[..8].copy_from_slice(&significand.to_le_bytes());
            bytes[8..].copy_from_slice(&top.to_le_bytes());
            bytes
        };
        let leading = 1 << 63;
        for (top, significand, quad) in [
            (0x3FFF, leading, f64_to_quad(1.0)),
            (0xC000, leading | 1 << 62, f64_to_quad(-3.0)),
            (0x3FFF + 63, leading | 1, i128_to_quad((1 << 63) + 1)),
            (0x3FFF + 63, u64::MAX, i128_to_quad((1 << 64) - 1)),
            (0, 0, 0),
            (0x8000, 0, 1 << 127),
            (0, 1, 1 << 49),
            (0, leading - 1, (u128::from(leading) - 1) << 49),
            (1, leading, 1 << 112),
            (0x7FFF, leading, 0x7FFF << 112),
            (0xFFFF, leading, 0xFFFF << 112),
        ] {
            assert_eq!(x87_to_quad(x87(top, significand)), quad, "{top:x} {significand:x}");
            assert_eq!(quad_to_x87(quad), x87(top, significand), "{quad:x}");
        }
        // The number with the leading bit and the least exponent is the number with the next exponent.
        assert_eq!(x87_to_quad(x87(0, leading)), 1 << 112);
        for (top, significand) in [(0x3FFF, 1), (0x7FFF, 1), (0x7FFF, 0), (0x7FFF, leading | 1)] {
            assert!(quad_to_f64(x87_to_quad(x87(top, significand))).is_nan(), "{top:x} {significand:x}");
        }
        assert_eq!(quad_to_x87((0x7FFF << 112) | 1), x87(0x7FFF, leading | 1 << 62));
    }

    #[test]
    fn x87_numbers_are_rounded_to_the_nearest_even() {
        let rounded = |whole: i128| quad_to_f64(x87_to_quad(quad_to_x87(i128_to_quad(whole))));
        let exact = |whole: i128| x87_to_quad(quad_to_x87(i128_to_quad(whole))) == i128_to_quad(whole);
        assert!(exact(u64::MAX.into()) && exact(1 << 100) && !exact((1 << 64) + 1));
        let near = |whole: i128| x87_to_quad(quad_to_x87(i128_to_quad(whole)));
        assert_eq!(near((1 << 64) + 1), i128_to_quad(1 << 64));
        assert_eq!(near((1 << 64) + 3), i128_to_quad((1 << 64) + 4));
        assert_eq!(near((1 << 65) - 1), i128_to_quad(1 << 65));
        assert_eq!(rounded(-(1 << 90)), -(2f64.powi(90)));
        // The greatest binary128 is beyond the greatest x87 number.
        assert_eq!(x87_to_quad(quad_to_x87((0x7FFF << 112) - 1)), 0x7FFF << 112);
    }

    #[test]
    fn quads_have_every_double() {
        for value in [0.0, -0.0, 1.0, -1.5, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e-310, f64::INFINITY, 0.1] {
            assert_eq!(quad_to_f64(f64_to_quad(value)).to_bits(), value.to_bits());
        }
        assert!(quad_to_f64(f64_to_quad(f64::NAN)).is_nan());
        assert_eq!(f64_to_quad(1.0), 0x3FFF << 112);
        assert_eq!(i128_to_quad(-2), 0xC000 << 112);
        assert_eq!(quad_to_f64(i128_to_quad(i128::MIN)), i128::MIN as f64);
        assert_eq!(quad_to_f64(i128_to_quad((1 << 53) + 1)), ((1_i64 << 53) + 1) as f64);
        // Halfway between two doubles but for the last bit.
        assert_eq!(quad_to_f64(i128_to_quad((1 << 100) + (1 << 47) + 1)), 2f64.powi(100) + 2f64.powi(48));
    }
}
