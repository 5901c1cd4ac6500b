//! The value of a bit field inside its storage unit.
//!
//! A storage unit is an integer of 1 to 8 bytes, read in the host's byte order into a `u64`. The field is the
//! `bitsize` bits from bit `bitshift` upwards, bit 0 being the least significant. All functions are total:
//! shifts and widths that no layout produces give 0 or leave the unit as it was.

use core::ops::RangeInclusive;

/// Returns a mask of the `bitsize` lowest bits; all 64 from `bitsize` 64 on.
#[must_use]
pub const fn mask(bitsize: u32) -> u64 {
    match 1u64.checked_shl(bitsize) {
        Some(bit) => bit - 1,
        None => u64::MAX,
    }
}

/// Returns the value of an unsigned bit field, or of one of a text type or `_Bool`.
#[must_use]
pub const fn extract_unsigned(unit: u64, bitshift: u32, bitsize: u32) -> u64 {
    match unit.checked_shr(bitshift) {
        Some(value) => value & mask(bitsize),
        None => 0,
    }
}

/// Returns the value of a signed bit field, its top bit being the sign.
#[must_use]
pub const fn extract_signed(unit: u64, bitshift: u32, bitsize: u32) -> i64 {
    let value = extract_unsigned(unit, bitshift, bitsize);
    match 64u32.checked_sub(bitsize) {
        Some(unused @ 0..64) => ((value << unused) as i64) >> unused,
        Some(_) => 0,
        None => value as i64,
    }
}

/// Returns the unit with the field's bits replaced by the lowest `bitsize` bits of `value`.
#[must_use]
pub const fn insert(unit: u64, bitshift: u32, bitsize: u32, value: u64) -> u64 {
    match (mask(bitsize).checked_shl(bitshift), value.checked_shl(bitshift)) {
        (Some(field), Some(value)) => (unit & !field) | (value & field),
        _ => unit,
    }
}

/// Returns the values that may be stored in a field: C's range, except that a signed field of one bit also takes 1.
#[must_use]
pub const fn range(signed: bool, bitsize: u32) -> RangeInclusive<i128> {
    if !signed {
        return 0..=mask(bitsize) as i128;
    }
    let top = mask(bitsize.saturating_sub(1)) as i128;
    let top = if top > i64::MAX as i128 { i64::MAX as i128 } else { top };
    // "int flag:1" holds 0 and -1, but people write 1 to set it.
    let max = if top == 0 { 1 } else { top };
    -top - 1..=max
}

/// The bytes of a storage unit that a field really covers.
///
/// A unit may reach beyond the end of its struct (packed structs, structs with a given size), and bytes
/// outside the field may belong to a member that another thread writes, so only these are to be touched.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Span {
    /// First byte, counted from the start of the storage unit.
    pub start: usize,
    /// Number of bytes, 1 to 8 (0 for a field without bits; up to 9 from [`span_beyond`]).
    pub len: usize,
    /// Bit position of the field in the integer that these bytes make in the host's byte order.
    pub bitshift: u32,
}

/// Returns the covered bytes of a field in a unit of `unit_size` bytes (at most 8), or `None` if it does not fit there.
///
/// `big_endian` is the byte order in which the unit is read: that of the host.
#[must_use]
pub const fn span(unit_size: usize, bitshift: u32, bitsize: u32, big_endian: bool) -> Option<Span> {
    let Some(end) = bitshift.checked_add(bitsize) else { return None };
    if unit_size > 8 || end as usize > unit_size * 8 {
        return None;
    }
    let low = (bitshift / 8) as usize;
    let len = end.div_ceil(8) as usize - low;
    let start = if big_endian { unit_size - low - len } else { low };
    Some(Span { start, len, bitshift: bitshift % 8 })
}

/// Returns the covered bytes of a packed field that reaches beyond its unit of `unit_size` bytes, in little-endian
/// order: at most nine. Returns `None` if the field is wider than its unit, or begins behind the first byte.
#[must_use]
pub const fn span_beyond(unit_size: usize, bitshift: u32, bitsize: u32) -> Option<Span> {
    if unit_size > 8 || bitsize as usize > unit_size * 8 || bitshift > 7 {
        return None;
    }
    Some(Span { start: 0, len: (bitshift + bitsize).div_ceil(8) as usize, bitshift })
}

impl Span {
    /// Extracts the value of an unsigned field described by [`span_beyond`] from its covered bytes.
    #[must_use]
    pub fn extract_beyond(&self, bytes: &[u8], bitsize: u32) -> u64 {
        ((self.load_beyond(bytes) >> self.bitshift.min(7)) as u64) & mask(bitsize)
    }

    /// Replaces the bits of a field described by [`span_beyond`] in its covered bytes.
    pub fn insert_beyond(&self, bytes: &mut [u8], bitsize: u32, value: u64) {
        let shift = self.bitshift.min(7);
        let field = u128::from(mask(bitsize)) << shift;
        let changed = (self.load_beyond(bytes) & !field) | ((u128::from(value) << shift) & field);
        for (byte, new) in bytes.iter_mut().take(self.len).zip(changed.to_le_bytes()) {
            *byte = new;
        }
    }

    fn load_beyond(&self, bytes: &[u8]) -> u128 {
        let mut buffer = [0u8; 16];
        for (to, from) in buffer.iter_mut().zip(bytes.iter().take(self.len)) {
            *to = *from;
        }
        u128::from_le_bytes(buffer)
    }

    /// Reads the covered bytes as an integer in the given byte order. `bytes` starts at the covered bytes;
    /// only the first [`Span::len`] are used.
    #[must_use]
    pub fn load(&self, bytes: &[u8], big_endian: bool) -> u64 {
        let mut buffer = [0u8; 8];
        for (i, byte) in bytes.iter().take(self.len.min(8)).enumerate() {
            let significance = if big_endian { self.len.min(8) - 1 - i } else { i };
            buffer[significance] = *byte;
        }
        u64::from_le_bytes(buffer)
    }

    /// Writes an integer, as changed by [`insert`], back to the covered bytes.
    pub fn store(&self, bytes: &mut [u8], big_endian: bool, value: u64) {
        let buffer = value.to_le_bytes();
        for (i, byte) in bytes.iter_mut().take(self.len.min(8)).enumerate() {
            let significance = if big_endian { self.len.min(8) - 1 - i } else { i };
            *byte = buffer[significance];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_fields() {
        assert_eq!(extract_unsigned(0b1011_0110, 1, 4), 0b1011);
        assert_eq!(extract_unsigned(u64::MAX, 0, 64), u64::MAX);
        assert_eq!(extract_unsigned(1 << 63, 63, 1), 1);
    }

    #[test]
    fn signed_fields() {
        assert_eq!(extract_signed(0b0001_1100, 2, 3), -1);
        assert_eq!(extract_signed(0b0000_1100, 2, 3), 3);
        assert_eq!(extract_signed(0b0001_0000, 2, 3), -4);
        assert_eq!(extract_signed(1, 0, 1), -1);
        assert_eq!(extract_signed(i64::MIN as u64, 0, 64), i64::MIN);
        assert_eq!(extract_signed(u64::MAX, 0, 64), -1);
        assert_eq!(extract_signed(1 << 62, 0, 63), -(1 << 62));
    }

    #[test]
    fn insertion_changes_only_the_field() {
        assert_eq!(insert(u64::MAX, 4, 3, 0b010), !0b101_0000);
        assert_eq!(insert(0, 4, 3, u64::MAX), 0b111_0000);
        assert_eq!(insert(u64::MAX, 0, 64, 5), 5);
        assert_eq!(insert(0, 63, 1, 1), 1 << 63);
    }

    #[test]
    fn what_goes_in_comes_out() {
        for bitsize in 1..=64 {
            for bitshift in 0..=64 - bitsize {
                for value in [0, 1, 0x5555_5555_5555_5555, 0xDEAD_BEEF_CAFE_F00D, u64::MAX] {
                    let unit = insert(0x0123_4567_89AB_CDEF, bitshift, bitsize, value);
                    assert_eq!(extract_unsigned(unit, bitshift, bitsize), value & mask(bitsize));
                    let signed = extract_signed(unit, bitshift, bitsize);
                    assert_eq!(signed as u64 & mask(bitsize), value & mask(bitsize));
                    assert!(range(true, bitsize).contains(&i128::from(signed)));
                }
            }
        }
    }

    #[test]
    fn ranges() {
        assert_eq!(range(false, 1), 0..=1);
        assert_eq!(range(false, 64), 0..=i128::from(u64::MAX));
        assert_eq!(range(true, 1), -1..=1);
        assert_eq!(range(true, 2), -2..=1);
        assert_eq!(range(true, 8), -128..=127);
        assert_eq!(range(true, 64), i128::from(i64::MIN)..=i128::from(i64::MAX));
    }

    #[test]
    fn impossible_positions_are_harmless() {
        assert_eq!(extract_unsigned(7, 64, 3), 0);
        assert_eq!(extract_signed(7, 200, 3), 0);
        assert_eq!(extract_signed(7, 0, 0), 0);
        assert_eq!(extract_signed(u64::MAX, 0, 100), -1);
        assert_eq!(insert(7, 64, 3, 1), 7);
        assert_eq!(span(4, 30, 3, false), None);
        assert_eq!(span(16, 0, 3, false), None);
        assert_eq!(span(8, u32::MAX, 1, false), None);
    }

    #[test]
    fn fields_beyond_their_unit_keep_their_neighbours() {
        for unit in [1usize, 2, 4, 8] {
            for shift in 0..8 {
                for size in 1..=8 * unit as u32 {
                    let span = span_beyond(unit, shift, size).expect("the field begins in the first byte");
                    assert!(span.len <= unit + 1);
                    for before in [0u8, 0xFF] {
                        let mut bytes = [before; 10];
                        span.insert_beyond(&mut bytes[..span.len], size, 0x5A5A_A5A5_C3C3_3C3C);
                        let value = 0x5A5A_A5A5_C3C3_3C3C & mask(size);
                        assert_eq!(span.extract_beyond(&bytes[..span.len], size), value);
                        span.insert_beyond(
                            &mut bytes[..span.len],
                            size,
                            if before == 0 { 0 } else { u64::MAX },
                        );
                        assert_eq!(bytes, [before; 10]);
                    }
                }
            }
        }
        assert_eq!(span_beyond(4, 8, 3), None);
        assert_eq!(span_beyond(4, 0, 33), None);
        assert_eq!(span_beyond(16, 0, 3), None);
    }

    #[test]
    fn spans_agree_with_whole_units() {
        let memory = [0x12u8, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0];
        for big in [false, true] {
            for size in [1usize, 2, 4, 8] {
                let whole = Span { start: 0, len: size, bitshift: 0 }.load(&memory, big);
                for bitsize in 1..=8 * size as u32 {
                    for bitshift in 0..=8 * size as u32 - bitsize {
                        let s = span(size, bitshift, bitsize, big).expect("the field fits");
                        let part = s.load(&memory[s.start..s.start + s.len], big);
                        let expected = extract_unsigned(whole, bitshift, bitsize);
                        assert_eq!(extract_unsigned(part, s.bitshift, bitsize), expected);
                        let mut bytes = memory;
                        let changed = insert(part, s.bitshift, bitsize, !expected);
                        s.store(&mut bytes[s.start..s.start + s.len], big, changed);
                        let after = Span { start: 0, len: size, bitshift: 0 }.load(&bytes, big);
                        assert_eq!(after, insert(whole, bitshift, bitsize, !expected));
                    }
                }
            }
        }
    }
}
