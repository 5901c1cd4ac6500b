//! Bit fields as Visual C++ places them.

use super::cursor::{Cursor, TooLarge, add, align_up};
use super::gcc::bits;

/// The storage unit that the next bit field may share. A width of 0 means that there is none.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct OpenUnit {
    size: usize,
    free_bits: u64,
}

/// Places a bit field of `bitsize` > 0 bits and returns the offset of its unit and its shift from the unit's start.
///
/// The cursor always stands behind the open unit, so the unit's offset follows from it.
pub(super) fn place(
    cursor: &mut Cursor,
    open: &mut OpenUnit,
    size: usize,
    align: usize,
    bitsize: u32,
) -> Result<(usize, u64), TooLarge> {
    let unit_bits = bits(size)?;
    let bitsize = u64::from(bitsize);
    if open.size != size || open.free_bits < bitsize {
        let start = align_up(cursor.whole_bytes()?, align)?;
        *cursor = Cursor::at(add(start, size)?);
        *open = OpenUnit { size, free_bits: unit_bits };
    }
    let shift = unit_bits - open.free_bits;
    open.free_bits -= bitsize;
    Ok((cursor.byte - size, shift))
}
