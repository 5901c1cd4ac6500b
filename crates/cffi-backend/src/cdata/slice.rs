//! Slices: `x[a:b]` shares the memory, `x[a:b] = v` copies into it.

use pyo3_ffi as ffi;

use super::index::{no_delete, not_indexable};
use crate::cdata::{from_buffer, gcp, items};
use crate::convert;
use crate::ctype::{Access, CType, make};
use crate::diag::place::{Place, refused};
use crate::value::{CData, kept, null};
use cffi_rt::buffer::View;
use cffi_rt::{Obj, Owned, Py, R, Raised, num, raise};

/// The bounds of a slice, checked against the length where there is one.
struct Bounds<'a> {
    pointer: &'a CType,
    start: isize,
    length: isize,
}

/// Returns one end of a slice, which must be given and an int.
#[inline(always)]
fn bound(py: Py<'_>, end: *mut ffi::PyObject, which: &str) -> R<isize> {
    // SAFETY: a member of a live slice object.
    let end = unsafe { Obj::from_ptr(end) };
    num::exact_ssize(py, end).map_err(|raised| no_bound(py, raised, end, which))
}

#[cold]
fn no_bound(py: Py<'_>, raised: Raised, end: &Obj, which: &str) -> Raised {
    if !end.is_none() {
        return raised;
    }
    py.err_clear(raised);
    raise!(py, Index, "slice {which} must be specified")
}

#[inline(always)]
fn bounds<'a>(py: Py<'_>, cd: &'a CData, key: &Obj) -> R<Bounds<'a>> {
    // SAFETY: the callers have checked that it is a slice object.
    let slice = unsafe { &*key.as_ptr().cast::<ffi::PySliceObject>() };
    let start = bound(py, slice.start, "start")?;
    let stop = bound(py, slice.stop, "stop")?;
    // SAFETY: only the address of the singleton is used.
    if slice.step != unsafe { ffi::Py_None() } {
        return Err(raise!(py, Index, "slice with step not supported"));
    }
    if start > stop {
        return Err(raise!(py, Index, "slice start > stop"));
    }
    let ct = cd.ct();
    let Some(pointer) = ct.decayed() else { return Err(not_indexable(py, ct)) };
    if ct.is_array() {
        if start < 0 {
            return Err(raise!(py, Index, "negative index"));
        }
        let n = cd.array_len();
        if stop > n {
            return Err(raise!(py, Index, "index too large (expected {stop} <= {n})"));
        }
    }
    let Some(length) = stop.checked_sub(start) else {
        return Err(raise!(py, Overflow, "array size would overflow a Py_ssize_t"));
    };
    Ok(Bounds { pointer, start, length })
}

/// Returns the address of the first item.
#[inline(always)]
fn address(py: Py<'_>, cd: &CData, b: &Bounds<'_>, item: &CType) -> R<*mut u8> {
    let size = item.size().max(0);
    if cd.ct().is_array() {
        // The first item lies within the array, which lies in the address space.
        return Ok(cd.data().wrapping_offset(b.start.wrapping_mul(size)));
    }
    let (Some(offset), Some(_)) = (b.start.checked_mul(size), b.length.checked_mul(size)) else {
        return Err(raise!(py, Overflow, "array offset would overflow a Py_ssize_t"));
    };
    Ok(cd.data().wrapping_offset(offset))
}

/// Returns the item type, the address and the number of the items that a slice object selects, for checks around these
/// functions.
pub(crate) fn selected<'a>(py: Py<'_>, cd: &'a CData, key: &Obj) -> R<(&'a CType, *mut u8, isize)> {
    let b = bounds(py, cd, key)?;
    let Some(item) = cd.ct().item() else { return Err(not_indexable(py, cd.ct())) };
    Ok((item, address(py, cd, &b, item)?, b.length))
}

/// `x[a:b]`. Makes a cdata of open array type, with a length, that keeps the owner of the memory, if a cdata owns it.
pub(super) fn get(py: Py<'_>, cd: &CData, key: &Obj) -> R {
    let b = bounds(py, cd, key)?;
    let array = make::open_array(py, b.pointer)?;
    let Some(item) = array.item() else { return Err(not_indexable(py, cd.ct())) };
    let at = address(py, cd, &b, item)?;
    // The slice does not hold the buffer, but it must not start with a buffer that is gone.
    from_buffer::guard(py, cd, &mut View::none())?;
    kept::view_len(py, array, at, b.length, cd).map(Owned::into_obj)
}

/// `x[a:b] = v`.
pub(crate) fn set(py: Py<'_>, cd: &CData, key: &Obj, value: Option<&Obj>) -> R<()> {
    let b = bounds(py, cd, key)?;
    let Some(value) = value else { return Err(no_delete(py)) };
    let Some(item) = b.pointer.item() else { return Err(not_indexable(py, cd.ct())) };
    let Some(size) = item.known_size() else {
        return Err(raise!(py, Value, "array item of unknown size: '{}'", item.name()));
    };
    let at = address(py, cd, &b, item)?;
    let length = b.length.unsigned_abs();
    if length > 0 {
        null::checked(py, cd)?;
        null::storable(py, cd, at)?;
    }
    let mut lock = View::none();
    from_buffer::guard_write(py, cd, Some(value), &mut lock)?;
    let _user = gcp::storing(py, cd, value);
    if let Some(from) = value.downcast::<CData>()
        && from.ct().is_array()
        && from.ct().item().is_some_and(|i| i.same(item))
        && from.array_len() == b.length
    {
        if length > 0 {
            let source = null::checked(py, from)?;
            let mut lock = View::none();
            from_buffer::guard(py, from, &mut lock)?;
            // SAFETY: both are arrays of `length` items; they may overlap.
            unsafe { std::ptr::copy(source, at, length * size) };
        }
        return Ok(());
    }
    if item.access == Access::Char8
        && let Some(done) = copy_bytes(py, at, length, value)
    {
        return done;
    }
    if sequence_len(value) == Some(length) {
        let array = make::open_array(py, b.pointer)?;
        // SAFETY: the slice has `length` items.
        return unsafe { convert::array::write(py, array, at, value, Some(b.length)) };
    }
    // SAFETY: the slice has `length` items.
    if unsafe { items::copy(py, item, size, at, length, value) } {
        return Ok(());
    }
    store_items(py, item, size, at, length, value)
}

/// Returns the length of an exact list or tuple, whose items can be stored without an iterator.
fn sequence_len(value: &Obj) -> Option<usize> {
    let exact = value.tp() == &raw mut ffi::PyList_Type || value.tp() == &raw mut ffi::PyTuple_Type;
    // SAFETY: a list or tuple has a length, without running code.
    exact.then(|| unsafe { ffi::PySequence_Size(value.as_ptr()) }).and_then(|n| usize::try_from(n).ok())
}

/// Copies bytes into characters; `None` if `value` is neither `bytes` nor `bytearray`.
fn copy_bytes(py: Py<'_>, at: *mut u8, length: usize, value: &Obj) -> Option<R<()>> {
    let mut held = View::none();
    let bytes = if let Some(bytes) = value.as_bytes() {
        bytes
    // SAFETY: `value` is borrowed, so the object is alive.
    } else if unsafe { ffi::PyByteArray_Check(value.as_ptr()) } != 0 {
        if let Err(raised) = held.fill(py, value, false) {
            return Some(Err(raised));
        }
        // SAFETY: only read here, before anything else runs.
        unsafe { held.bytes() }
    } else {
        return None;
    };
    if bytes.len() != length {
        let got = bytes.len();
        return Some(Err(raise!(py, Value, "need a string of length {length}, got {got}")));
    }
    // SAFETY: the slice has `length` bytes; a bytearray may be the memory itself.
    unsafe { std::ptr::copy(bytes.as_ptr(), at, length) };
    Some(Ok(()))
}

/// Stores exactly `length` items of any iterable, one after the other.
fn store_items(py: Py<'_>, item: &CType, size: usize, at: *mut u8, length: usize, value: &Obj) -> R<()> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let iter = unsafe { Owned::from_new(py, ffi::PyObject_GetIter(value.as_ptr()))? };
    for i in 0..length {
        let Some(next) = next(py, &iter)? else {
            return Err(raise!(py, Value, "need {length} values to unpack, got {i}"));
        };
        // SAFETY: item `i` of the `length` items at `at`.
        unsafe { convert::write(py, item, at.add(i * size), &next) }
            .map_err(|raised| refused(py, raised, Place::Value(i), item, &next))?;
    }
    match next(py, &iter)? {
        None => Ok(()),
        Some(_) => Err(raise!(py, Value, "got more than {length} values to unpack")),
    }
}

/// Returns `next(iter)`, or `None` at the end.
fn next(py: Py<'_>, iter: &Obj) -> R<Option<Owned>> {
    // SAFETY: attached; an iterator. Null is the end or an exception.
    let item = unsafe { ffi::PyIter_Next(iter.as_ptr()) };
    if item.is_null() {
        py.check()?;
        return Ok(None);
    }
    // SAFETY: the iterator gave a new reference, or null with an exception.
    unsafe { Owned::from_new(py, item).map(Some) }
}
