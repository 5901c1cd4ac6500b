//! Comparison and hash.

use std::cmp::Ordering;

use crate::convert;
use crate::value::CData;
use cffi_rt::slots::CompareOp;
use cffi_rt::{Obj, Py, R, raise};

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
            op.apply(py, &a, &b)
        }
        None if mine => {
            let a = comparable(py, cd)?;
            op.apply(py, &a, other)
        }
        None => Ok(py.not_implemented()),
    }
}

/// Returns the Python value of a primitive. Raises for types whose precision no Python value would keep.
fn comparable(py: Py<'_>, cd: &CData) -> R {
    if cd.ct().access.is_precise() {
        return Err(raise!(py, NotImplemented, "cannot use <cdata '{}'> in a comparison", cd.ct().name()));
    }
    convert::value(py, cd)
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
        let value = convert::value(py, cd)?;
        if value.downcast::<CData>().is_none() {
            return value.hash(py);
        }
    }
    // Rotated as CPython does for identity hashes, since the low bits of addresses differ little.
    let h = (cd.data() as usize).rotate_right(4).cast_signed();
    Ok(if h == -1 { -2 } else { h })
}
