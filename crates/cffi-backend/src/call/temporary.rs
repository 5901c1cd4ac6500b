//! Pointer arguments that are no pointers: `bytes`, `str`, lists and files.

use std::mem::MaybeUninit;

use crate::call::room::Block;
use crate::convert;
use crate::ctype::function::takes_bytes;
use crate::ctype::{Access, CType, flag};
use crate::value::CData;
use cffi_rt::{Obj, Py, R, raise};

use pyo3_ffi as ffi;

/// Bytes of stack that a call has for temporaries.
const ON_STACK: usize = 512;
const ALIGN: usize = 16;

/// C memory that lives until the call is over.
#[repr(C, align(16))]
pub(crate) struct Temporaries {
    stack: [MaybeUninit<u8>; ON_STACK],
    used: usize,
    blocks: Vec<Block>,
}

impl Temporaries {
    /// Makes an empty list of temporaries, which costs nothing.
    #[inline(always)]
    pub(crate) fn new() -> Temporaries {
        Temporaries { stack: [const { MaybeUninit::uninit() }; ON_STACK], used: 0, blocks: Vec::new() }
    }

    /// Returns `size` zeroed bytes.
    fn take(&mut self, py: Py<'_>, size: usize, align: usize) -> R<*mut u8> {
        let at = if align <= ALIGN && size <= ON_STACK - self.used {
            let at = self.stack[self.used..].as_mut_ptr().cast::<u8>();
            self.used = (self.used + size).next_multiple_of(ALIGN).min(ON_STACK);
            at
        } else {
            let block = Block::new(py, size, align.max(ALIGN))?;
            let at = block.at;
            py.push(&mut self.blocks, block)?;
            at
        };
        // SAFETY: the block that was just taken has `size` bytes.
        unsafe { at.write_bytes(0, size) };
        Ok(at)
    }
}

/// The form in which a pointer parameter takes an argument.
pub(crate) enum PointerArg {
    /// The pointer to pass. It points into an object that the caller keeps alive, or to memory that C owns.
    Address(*mut u8),
    /// An array has to be made for the call: this many items in this many zeroed bytes (at least one), filled
    /// by [`fill`].
    Array { items: isize, bytes: usize },
}

/// Decides how `value` is passed as the pointer type `ct`.
///
/// Errors: those of storing `value` into a pointer; `OverflowError` for arrays that fit in no memory.
pub(crate) fn pointer_argument(py: Py<'_>, ct: &CType, value: &Obj) -> R<PointerArg> {
    let (false, Some(item)) = (value.downcast::<CData>().is_some(), ct.item()) else {
        return plain(py, ct, value);
    };
    let items = if value.is_bytes() {
        if !takes_bytes(ct) {
            return plain(py, ct, value);
        }
        return bytes_address(py, item, value);
    } else if value.is_list() {
        // SAFETY: the object was checked to be a list.
        unsafe { ffi::PyList_GET_SIZE(value.as_ptr()) }
    } else if value.is_tuple() {
        // SAFETY: the object was checked to be a tuple.
        unsafe { ffi::PyTuple_GET_SIZE(value.as_ptr()) }
    } else if value.is_str() {
        // SAFETY: the item sizes of open structs are checked below; this is a str.
        unsafe { units(value, item.size() == 2) + 1 }
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

/// Fills the array that [`pointer_argument`] requested.
///
/// # Safety
/// `data` is writable for the `items` items of what `ct` points to, and zeroed.
pub(crate) unsafe fn fill(py: Py<'_>, ct: &CType, data: *mut u8, value: &Obj, items: isize) -> R<()> {
    // SAFETY: the caller promises that `data` has room for `items` items.
    unsafe { convert::array::write(py, ct, data, value, Some(items)) }
}

/// Returns the address for `value`, for which no fast way was found.
pub(crate) fn address(py: Py<'_>, ct: &CType, value: &Obj, room: &mut Temporaries) -> R<*mut u8> {
    match pointer_argument(py, ct, value)? {
        PointerArg::Address(address) => Ok(address),
        PointerArg::Array { items, bytes } => {
            let align = ct.item().map_or(1, item_align);
            let data = room.take(py, bytes, align)?;
            // SAFETY: `data` has as many zeroed bytes as the argument requested.
            unsafe { fill(py, ct, data, value, items)? };
            Ok(data)
        }
    }
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

/// Returns the number of code units of a `str`: of 16 bits each if `sixteen_bits` is true, else of 32.
///
/// # Safety
/// `s` is a `str`.
unsafe fn units(s: &Obj, sixteen_bits: bool) -> isize {
    // SAFETY: a str by the caller; indices are below its length.
    unsafe {
        let n = ffi::PyUnicode_GetLength(s.as_ptr());
        if !sixteen_bits {
            return n;
        }
        let is_pair = |i: &isize| ffi::PyUnicode_ReadChar(s.as_ptr(), *i) > 0xFFFF;
        n + (0..n).filter(is_pair).count().cast_signed()
    }
}
