//! Pointer arguments that are no pointers: `bytes`, `str`, lists and files.

use cffi_call::CallPlan;

use crate::call::room::Temporaries;
use crate::convert;
use crate::ctype::function::takes_bytes;
use crate::ctype::{Access, CType, flag};
use crate::value::CData;
use cffi_rt::seq::Seq;
use cffi_rt::text::Text;
use cffi_rt::{Obj, Py, R, raise};

const ALIGN: usize = CallPlan::IMAGE_ALIGN;

/// The form in which a pointer parameter takes an argument.
pub(crate) enum PointerArg {
    /// The pointer to pass. It points into an object that the caller keeps alive, or to memory that C owns.
    Address(*mut u8),
    /// An array has to be made for the call: this many items in this many zeroed bytes (at least one).
    Array { items: isize, bytes: usize },
}

/// Decides how `value` is passed as the pointer type `ct`.
///
/// # Errors
/// Those of storing `value` into a pointer; `OverflowError` for arrays that fit in no memory.
pub(crate) fn pointer_argument(py: Py<'_>, ct: &CType, value: &Obj) -> R<PointerArg> {
    let (false, Some(item)) = (value.downcast::<CData>().is_some(), ct.item()) else {
        return plain(py, ct, value);
    };
    let items = if value.is_bytes() {
        if !takes_bytes(ct) {
            return plain(py, ct, value);
        }
        return bytes_address(py, item, value);
    } else if let Some(seq) = Seq::of(value) {
        seq.len().cast_signed()
    } else if value.is_str() {
        Text::of(py, value)?.units(if item.size() == 2 { 2 } else { 4 }).cast_signed() + 1
    } else if item.has(flag::FILE) {
        return match convert::file::stream_of(py, ct.state(), value)? {
            Some(stream) => Ok(PointerArg::Address(stream)),
            None => plain(py, ct, value),
        };
    } else if let Some(list) = convert::va_list::address(ct, value) {
        return Ok(PointerArg::Address(list));
    } else {
        return plain(py, ct, value);
    };
    item.force(py)?;
    if item.size() <= 0 {
        return plain(py, ct, value);
    }
    match items.checked_mul(item.size()) {
        Some(bytes) => Ok(PointerArg::Array { items, bytes: bytes.max(1).unsigned_abs() }),
        None => Err(raise!(py, Overflow, "array size would overflow a Py_ssize_t")),
    }
}

fn plain(py: Py<'_>, ct: &CType, value: &Obj) -> R<PointerArg> {
    convert::pointer::value(py, ct, value).map(PointerArg::Address)
}

/// Returns the address for `value`, for which no fast way was found.
pub(crate) fn address(py: Py<'_>, ct: &CType, value: &Obj, room: &mut Temporaries) -> R<*mut u8> {
    let items = match pointer_argument(py, ct, value)? {
        PointerArg::Address(address) => return Ok(address),
        PointerArg::Array { items, .. } => items.max(0).cast_unsigned(),
    };
    let Some(item) = ct.item() else { return Err(py.no_memory()) };
    let array = room.items(py, item, items, item_align(item))?;
    convert::array::write(py, ct, array, value)?;
    Ok(array.at())
}

fn item_align(item: &CType) -> usize {
    let mut inner = item;
    while let (true, Some(next)) = (inner.is_array(), inner.item()) {
        inner = next;
    }
    let align = if inner.access == Access::Pointer { ALIGN.cast_signed() } else { inner.length() };
    let align = align.max(1).unsigned_abs();
    if align.is_power_of_two() && align <= 1 << 16 { align } else { ALIGN }
}

/// Returns the storage of a `bytes` object, which C code is trusted not to write to.
pub(crate) fn bytes_address(py: Py<'_>, item: &CType, value: &Obj) -> R<PointerArg> {
    let bytes = value.as_bytes().unwrap_or_default();
    if item.access == Access::Bool && bytes.iter().any(|b| *b > 1) {
        return Err(raise!(py, Value, "an array of _Bool can only contain \\x00 or \\x01"));
    }
    Ok(PointerArg::Address(bytes.as_ptr().cast_mut()))
}
