//! Bit fields as GCC and Clang place them (System V psABIs and AAPCS).

use super::cursor::{Cursor, TooLarge, add, align_down};

/// Why a bit field was not placed.
pub(super) enum Refusal {
    TooLarge,
    /// Packed, and the field would straddle a boundary of its type within a byte.
    Straddles,
}

impl From<TooLarge> for Refusal {
    fn from(_: TooLarge) -> Refusal {
        Refusal::TooLarge
    }
}

/// `type : 0` moves to the next boundary of its type.
pub(super) fn zero_width(cursor: &mut Cursor, align: usize) -> Result<(), TooLarge> {
    let start = align_down(cursor.byte, align);
    let beyond = cursor.whole_bytes()? > start;
    *cursor = Cursor::at(if beyond { add(start, align)? } else { start });
    Ok(())
}

/// Places a bit field of `bitsize` > 0 bits and returns the offset of its unit and its shift from the unit's start.
pub(super) fn place(
    cursor: &mut Cursor,
    size: usize,
    align: usize,
    bitsize: u32,
    packed: bool,
) -> Result<(usize, u64), Refusal> {
    let mut start = align_down(cursor.byte, align);
    let unit_bits = bits(size)?;
    let mut shift = bits(cursor.byte - start)? + u64::from(cursor.bit);
    if shift + u64::from(bitsize) > unit_bits {
        if packed && shift & 7 != 0 {
            return Err(Refusal::Straddles);
        }
        start = add(start, align)?;
        *cursor = Cursor::at(start);
        shift = 0;
    }
    let bit = u64::from(cursor.bit) + u64::from(bitsize);
    cursor.byte = add(cursor.byte, usize::try_from(bit / 8).map_err(|_| TooLarge)?)?;
    cursor.bit = (bit % 8) as u32;
    Ok((start, shift))
}

/// Bytes to bits, with room left to add to.
pub(super) fn bits(bytes: usize) -> Result<u64, TooLarge> {
    u64::try_from(bytes).ok().filter(|n| *n < 1 << 60).map(|n| n * 8).ok_or(TooLarge)
}
