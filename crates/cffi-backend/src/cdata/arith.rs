//! Pointer arithmetic.

use crate::ctype::{CType, flag};
use crate::value::{CData, alloc};
use cffi_rt::{Exc, Obj, Owned, Py, R, num, raise};

/// `pointer + n`, `n + pointer`.
pub(crate) fn add(py: Py<'_>, a: &Obj, b: &Obj) -> R {
    match (a.downcast::<CData>(), b.downcast::<CData>()) {
        (Some(cd), _) => moved(py, cd, b, 1),
        (None, Some(cd)) => moved(py, cd, a, 1),
        (None, None) => Ok(py.not_implemented()),
    }
}

/// `pointer - n`, `pointer - pointer`.
pub(crate) fn subtract(py: Py<'_>, a: &Obj, b: &Obj) -> R {
    match (a.downcast::<CData>(), b.downcast::<CData>()) {
        (Some(x), Some(y)) => distance(py, x, y),
        (Some(cd), None) => moved(py, cd, b, -1),
        (None, _) => Ok(py.not_implemented()),
    }
}

/// Returns the pointer type that a pointer or array cdata has in arithmetic.
fn pointer_type<'a>(py: Py<'_>, cd: &'a CData) -> R<&'a CType> {
    cd.ct().decayed().ok_or_else(|| raise!(py, Type, "cannot add a cdata '{}' and a number", cd.ct().name()))
}

/// Returns the number of bytes between two items; `void` counts as one byte.
fn stride(pointer: &CType) -> isize {
    let size = pointer.item().map_or(-1, CType::size);
    if size < 0 && pointer.has(flag::VOID_PTR) { 1 } else { size }
}

fn moved(py: Py<'_>, cd: &CData, by: &Obj, sign: isize) -> R {
    let n = num::index(py, by, Exc::Overflow)?;
    let pointer = pointer_type(py, cd)?;
    let stride = stride(pointer);
    if stride < 0 {
        return Err(raise!(py, Type, "ctype '{}' points to items of unknown size", cd.ct().name()));
    }
    // Works as in C on flat memory: addresses wrap around, nothing is read.
    let offset = n.wrapping_mul(sign).wrapping_mul(stride);
    alloc::pointer(py, pointer, cd.data().wrapping_offset(offset)).map(Owned::into_obj)
}

fn distance(py: Py<'_>, a: &CData, b: &CData) -> R {
    // The second operand may be an array too.
    let of_b = if b.ct().is_array() { b.ct().decayed().unwrap_or(b.ct()) } else { b.ct() };
    let stride = if of_b.is_pointer() { stride(of_b) } else { -1 };
    if !of_b.same(a.ct()) || stride <= 0 {
        let (a, b) = (a.ct().name(), of_b.name());
        return Err(raise!(py, Type, "cannot subtract cdata '{a}' and cdata '{b}'"));
    }
    let bytes = (a.data() as isize).wrapping_sub(b.data() as isize);
    if bytes % stride != 0 {
        return Err(raise!(
            py,
            Value,
            "pointer subtraction: the distance between the two pointers is not a multiple of the item size"
        ));
    }
    num::from_isize(py, bytes / stride)
}
