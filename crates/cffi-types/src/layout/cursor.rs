//! The position up to which a struct is filled.

/// An offset or size left the range of `isize`.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct TooLarge;

/// `a + b`, at most `isize::MAX`.
pub(super) fn add(a: usize, b: usize) -> Result<usize, TooLarge> {
    match a.checked_add(b) {
        Some(sum) if sum <= isize::MAX as usize => Ok(sum),
        _ => Err(TooLarge),
    }
}

/// Rounds up to a multiple of `align`.
///
/// For an `align` that is not a power of two this clears the bits of `align − 1` one by one, as the C backend does:
/// the result is still at least `position`, which is all that memory safety needs.
pub(super) fn align_up(position: usize, align: usize) -> Result<usize, TooLarge> {
    let mask = align.saturating_sub(1);
    Ok(add(position, mask)? & !mask)
}

/// The same downwards.
pub(super) fn align_down(position: usize, align: usize) -> usize {
    position & !align.saturating_sub(1)
}

/// Bytes filled, and bits of the next byte.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Cursor {
    pub(super) byte: usize,
    /// 0..=7
    pub(super) bit: u32,
}

impl Cursor {
    pub(super) fn at(byte: usize) -> Cursor {
        Cursor { byte, bit: 0 }
    }

    /// The number of bytes touched so far.
    pub(super) fn whole_bytes(self) -> Result<usize, TooLarge> {
        add(self.byte, usize::from(self.bit > 0))
    }
}
