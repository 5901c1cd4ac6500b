//! Initializers of arrays.

use crate::ctype::CType;
use crate::rt::{Obj, Py, R, raise};

/// Stores an initializer into the array at `data`, whose type is `array` (fixed or open). At most `limit` items
/// go in (`None` where the room is not known). Objects that change while they are converted do no harm.
///
/// # Safety
/// `data` is writable for `limit` items (for all items of `value` where `limit` is `None`).
pub(crate) unsafe fn write(
    py: Py<'_>,
    _array: &CType,
    _data: *mut u8,
    _value: &Obj,
    _limit: Option<isize>,
) -> R<()> {
    Err(raise!(py, NotImplemented, "array::write"))
}

/// The length of a new open array with items of type `item` made from `init`, and whether `init` still has to be
/// stored (false if it was just a length). Errors as `new()` has them.
pub(crate) fn new_length(py: Py<'_>, _item: &CType, _init: &Obj) -> R<(isize, bool)> {
    Err(raise!(py, NotImplemented, "array::new_length"))
}
