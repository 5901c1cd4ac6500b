//! Questions about the places of a call that every direct path asks.
#![forbid(unsafe_code)]

use cffi_callconv::{CallLayout, Location, Piece, Place, RegisterClass};

use crate::plan_error::PlanError;

/// Returns the size of the largest piece of a place in a vector register, in bytes.
pub(crate) fn vector_bytes(layout: &CallLayout, place: &Place) -> u64 {
    let in_vector = |location| matches!(location, Location::Register { class: RegisterClass::Vector, .. });
    let pieces = layout.pieces(place).iter().filter(|piece| in_vector(piece.location));
    pieces.map(|piece| piece.size).max().unwrap_or(0)
}

/// Returns a size or an alignment of the stack arguments, in bytes, if there is room for the registers and for other
/// arguments on top of it.
pub(crate) fn bounded(bytes: u64) -> Result<usize, PlanError> {
    match usize::try_from(bytes) {
        Ok(bytes) if bytes <= isize::MAX as usize / 2 => Ok(bytes),
        _ => Err(PlanError::TooLarge),
    }
}

/// Returns the bytes of the stack arguments without those that align their end.
pub(crate) fn stack_used(layout: &CallLayout) -> usize {
    let ends = layout.args.iter().filter_map(|place| match layout.pieces(place) {
        [Piece { location: Location::Stack { offset }, size, .. }] => {
            Some((offset + size).next_multiple_of(8))
        }
        _ => None,
    });
    ends.max().unwrap_or(0) as usize
}
