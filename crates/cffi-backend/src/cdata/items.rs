//! Copies of whole buffers into arrays, where iterating would store the identical bytes.

use std::ffi::{CStr, c_int, c_long, c_longlong, c_short};

use pyo3_ffi as ffi;

use crate::ctype::{Access, CType, Kind};
use cffi_rt::buffer::View;
use cffi_rt::{Obj, Py};

/// Copies the `length` items of `value` to `at` if it is a buffer of exactly so many items of type `item`, and returns
/// whether it was. If not, nothing has been stored, and the caller iterates to convert the items or to find the error.
///
/// # Safety
/// `at` is writable for `length` items of the type, which has `size` bytes.
pub(crate) unsafe fn copy(
    py: Py<'_>,
    item: &CType,
    size: usize,
    at: *mut u8,
    length: usize,
    value: &Obj,
) -> bool {
    if item.kind != Kind::Primitive || !iterates_as_is(value) {
        return false;
    }
    let mut view = View::none();
    let Some(items) = view.items(py, value) else { return false };
    if items.length != length || items.size != size || !is_of(items.format, item.access, size) {
        return false;
    }
    let (from, to, bytes) = (items.ptr.addr(), at.addr(), length * size);
    // If they overlap, iterating would read stored items again as later ones.
    if from < to + bytes && to < from + bytes {
        return false;
    }
    // SAFETY: writable by the caller; the exporter promises the items until the view is released.
    unsafe { std::ptr::copy_nonoverlapping(items.ptr, at, bytes) };
    true
}

/// Returns whether iterating over the object gives the items of its buffer: true of some types that Python code cannot
/// change.
fn iterates_as_is(value: &Obj) -> bool {
    let tp = value.tp();
    let built_in = tp == &raw mut ffi::PyMemoryView_Type
        || tp == &raw mut ffi::PyByteArray_Type
        || tp == &raw mut ffi::PyBytes_Type;
    // SAFETY: the type is alive with the object, and has a C string as name.
    built_in
        || unsafe {
            let fixed = ffi::PyType_HasFeature(tp, ffi::Py_TPFLAGS_HEAPTYPE) == 0
                || ffi::PyType_HasFeature(tp, ffi::Py_TPFLAGS_IMMUTABLETYPE) != 0;
            let name = CStr::from_ptr((*tp).tp_name);
            fixed && (name == c"array.array" || name == c"numpy.ndarray")
        }
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
