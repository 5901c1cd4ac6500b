//! Room for the addresses of the arguments that a callback gets.
#![forbid(unsafe_code)]

use std::mem::MaybeUninit;

/// The number of arguments for which there is room on the stack.
pub(crate) const FEW: usize = 24;

/// An address that is not written yet.
pub(crate) type Address = MaybeUninit<*mut u8>;

/// Returns a list for `count` addresses: a part of `few` if they fit, else all of `many`. Returns `None` without memory.
#[inline(always)]
pub(crate) fn room<'a>(
    few: &'a mut [Address; FEW],
    many: &'a mut Vec<Address>,
    count: usize,
) -> Option<&'a mut [Address]> {
    if count <= FEW {
        return few.get_mut(..count);
    }
    many.try_reserve_exact(count).ok()?;
    many.resize(count, Address::uninit());
    Some(many)
}
