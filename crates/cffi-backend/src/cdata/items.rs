//! Copies of whole buffers into arrays, where iterating would store the identical bytes.

use std::ffi::{CStr, c_int, c_long, c_longlong, c_short};

use crate::ctype::{Access, Kind};
use crate::memory::Items;
use cffi_rt::buffer::View;
use cffi_rt::{Obj, Py};

/// Copies the items of `value` to `target` if it is a buffer of exactly so many items of that type, and returns whether it
/// was. If not, nothing has been stored, and the caller iterates to convert the items or to find the error.
pub(crate) fn copy(py: Py<'_>, target: Items<'_>, value: &Obj) -> bool {
    let (item, size) = (target.item(), target.size());
    if item.kind != Kind::Primitive || !value.iterates_over_buffer() {
        return false;
    }
    let mut view = View::none();
    let Some(items) = view.items(py, value) else { return false };
    items.len() == target.len()
        && items.size() == size
        && is_of(items.format(), item.access, size)
        && target.copy_apart(&items)
}

/// Returns whether a format of the module `struct` is that of C values of this access and size.
fn is_of(format: &CStr, access: Access, size: usize) -> bool {
    let [letter] = format.to_bytes() else { return false };
    let native = match letter.to_ascii_lowercase() {
        b'b' | b'c' => 1,
        b'h' => size_of::<c_short>(),
        b'i' => size_of::<c_int>(),
        b'l' => size_of::<c_long>(),
        b'q' => size_of::<c_longlong>(),
        b'n' => size_of::<isize>(),
        b'f' => size_of::<f32>(),
        b'd' => size_of::<f64>(),
        _ => return false,
    };
    let same = match letter {
        b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => access.is_signed(),
        b'B' | b'H' | b'I' | b'L' | b'Q' | b'N' => access.is_unsigned() && access != Access::Bool,
        b'c' => access == Access::Char8,
        b'f' => access == Access::F32,
        b'd' => access == Access::F64,
        _ => false,
    };
    same && native == size
}
