//! Comparison and hash.

use std::cmp::Ordering;

use pyo3_ffi as ffi;

use crate::convert;
use crate::value::CData;
use cffi_rt::slots::CompareOp;
use cffi_rt::{Obj, Owned, Py, R, Raised, raise};

/// Compares addresses if neither side is a primitive, else Python values.
pub(crate) fn compare(py: Py<'_>, cd: &CData, other: &Obj, op: CompareOp) -> R {
    let mine = cd.ct().access.is_primitive();
    match other.downcast::<CData>() {
        Some(with) if !mine && !with.ct().access.is_primitive() => {
            let order: Ordering = cd.data().cmp(&with.data());
            Ok(py.bool(op.holds(order)))
        }
        Some(with) if mine != with.ct().access.is_primitive() => Ok(py.not_implemented()),
        Some(with) => {
            let (a, b) = (comparable(py, cd)?, comparable(py, with)?);
            compare_objects(py, &a, &b, op)
        }
        None if mine => {
            let a = comparable(py, cd)?;
            compare_objects(py, &a, other, op)
        }
        None => Ok(py.not_implemented()),
    }
}

/// Returns the Python value of a primitive. Raises for types whose precision no Python value would keep.
fn comparable(py: Py<'_>, cd: &CData) -> R {
    if cd.ct().access.is_precise() {
        return Err(raise!(py, NotImplemented, "cannot use <cdata '{}'> in a comparison", cd.ct().name()));
    }
    // SAFETY: a primitive cdata's address is that of its value.
    unsafe { convert::read(py, cd.ct(), cd.data()) }
}

fn compare_objects(py: Py<'_>, a: &Obj, b: &Obj, op: CompareOp) -> R {
    let op = match op {
        CompareOp::Lt => ffi::Py_LT,
        CompareOp::Le => ffi::Py_LE,
        CompareOp::Eq => ffi::Py_EQ,
        CompareOp::Ne => ffi::Py_NE,
        CompareOp::Gt => ffi::Py_GT,
        CompareOp::Ge => ffi::Py_GE,
    };
    // SAFETY: the token proves that the thread is attached, and the objects are borrowed, so they are alive.
    unsafe { Owned::from_new(py, ffi::PyObject_RichCompare(a.as_ptr(), b.as_ptr(), op)) }
}

/// Hashes primitives as their Python value, all others by address, so that `hash(p) == hash(p[0])`.
///
/// The slot itself is [`crate::value::object::hash_slot`].
pub(crate) fn hash(py: Py<'_>, cd: &Obj) -> R<isize> {
    let Some(cd) = cd.downcast::<CData>() else {
        return Err(raise!(py, Type, "expected a cdata object, got '{}'", cd.type_name()));
    };
    let access = cd.ct().access;
    if access.is_primitive() && !access.is_precise() {
        // SAFETY: a primitive cdata's address is that of its value.
        let value = unsafe { convert::read(py, cd.ct(), cd.data())? };
        if value.downcast::<CData>().is_none() {
            // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
            let h = unsafe { ffi::PyObject_Hash(value.as_ptr()) };
            return if h == -1 { Err(Raised::already()) } else { Ok(h) };
        }
    }
    // Rotated as CPython does for identity hashes, since the low bits of addresses differ little.
    let h = (cd.data() as usize).rotate_right(4).cast_signed();
    Ok(if h == -1 { -2 } else { h })
}
