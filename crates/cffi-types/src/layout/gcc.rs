//! Bit fields as GCC and Clang place them (System V psABIs and AAPCS).

use super::cursor::{Cursor, TooLarge, add, align_down};

/// `type : 0` moves to the next boundary of its type, however the struct is packed.
pub(super) fn zero_width(cursor: &mut Cursor, align: usize) -> Result<(), TooLarge> {
    let start = align_down(cursor.byte, align);
    let beyond = cursor.whole_bytes()? > start;
    *cursor = Cursor::at(if beyond { add(start, align)? } else { start });
    Ok(())
}

/// Whether a bit field does not fit into the aligned unit in which it would begin.
pub(super) fn crosses(cursor: Cursor, size: usize, align: usize, bitsize: u32) -> Result<bool, TooLarge> {
    let shift = bits(cursor.byte - align_down(cursor.byte, align))? + u64::from(cursor.bit);
    Ok(shift + u64::from(bitsize) > bits(size)?)
}

/// Places a bit field of `bitsize` > 0 bits and returns the offset of its unit and its shift from the unit's start.
///
/// A packed field begins at the next free bit, even where it crosses a boundary of its type then. It has a unit of
/// its own if it does not fit into the aligned one, from the byte of its first bit; where it does not fit there
/// either, it reaches into the byte behind the unit.
pub(super) fn place(
    cursor: &mut Cursor,
    size: usize,
    align: usize,
    bitsize: u32,
    packed: bool,
) -> Result<(usize, u64), TooLarge> {
    let mut start = align_down(cursor.byte, align);
    let mut shift = bits(cursor.byte - start)? + u64::from(cursor.bit);
    if crosses(*cursor, size, align, bitsize)? {
        if !packed {
            *cursor = Cursor::at(add(start, align)?);
        }
        start = cursor.byte;
        shift = u64::from(cursor.bit);
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
