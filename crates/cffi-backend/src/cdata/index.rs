//! Items of pointers and arrays.

use pyo3_ffi as ffi;

use crate::cdata::{from_buffer, gcp, slice};
use crate::convert;
use crate::ctype::{Access, CType, Kind, flag};
use crate::diag::place::{Place, refused};
use crate::value::{CData, Owner, null};
use cffi_rt::buffer::View;
use cffi_rt::{Exc, Obj, Py, R, Raised, num, raise};

/// `len()`.
pub(crate) fn len(py: Py<'_>, cd: &CData) -> R<isize> {
    if cd.ct().is_array() {
        return Ok(cd.array_len());
    }
    Err(raise!(py, Type, "cdata of type '{}' has no len()", cd.ct().name()))
}

/// `x[i]` and `x[a:b]`.
#[inline(always)]
pub(crate) fn get(py: Py<'_>, cd: &CData, key: &Obj) -> R {
    if let Some((access, at)) = plain_item(py, cd, key)
        // SAFETY: the item lies inside the array, or where the pointer's creator said that there is one.
        && let Some(number) = unsafe { convert::direct::read(py, access, at) }
    {
        return number;
    }
    if cd.ct().has(flag::AGGREGATE_PTR)
        && num::exact_int(py, key) == Some(0)
        && let Some(target) = cd.target()
    {
        return Ok(target.new_ref().into_obj());
    }
    get_any(py, cd, key)
}

/// Returns the access and the address of an item in the usual case: it has at most eight bytes, the index needs no
/// conversion and is in range, and the memory needs no further check.
#[inline(always)]
fn plain_item(py: Py<'_>, cd: &CData, key: &Obj) -> Option<(Access, *mut u8)> {
    let ct = cd.ct();
    let item = ct.item().filter(|item| item.access.is_in_place())?;
    let i = isize::try_from(num::exact_int(py, key)?).ok()?;
    let in_range = match ct.kind {
        Kind::Array => i.cast_unsigned() < cd.array_len().cast_unsigned(),
        // Other items of a pointer are checked.
        _ => i == 0 && ct.kind == Kind::Pointer,
    };
    if !in_range {
        return None;
    }
    // The item is one of an array, which lies in the address space, or the first one.
    let offset = i.wrapping_mul(item.size());
    Some((item.access, from_buffer::steady_address(cd)?.wrapping_offset(offset)))
}

#[inline(never)]
fn get_any(py: Py<'_>, cd: &CData, key: &Obj) -> R {
    if is_slice(key) {
        return slice::get(py, cd, key);
    }
    let (item, at) = locate(py, cd, key)?;
    if let Some(target) = cd.target() {
        return Ok(target.new_ref().into_obj());
    }
    null::loadable(py, cd, item, at)?;
    let mut lock = View::none();
    from_buffer::guard(py, cd, &mut lock)?;
    // SAFETY: the address was checked against NULL and, where it is known, the length; otherwise as in C.
    unsafe { convert::read_in(py, item, at, cd) }
}

/// `x[i] = v`, `x[a:b] = v`.
#[inline(always)]
pub(crate) fn set(py: Py<'_>, cd: &CData, key: &Obj, value: Option<&Obj>) -> R<()> {
    if let Some(value) = value
        && let Some((access, at)) = plain_item(py, cd, key)
        // SAFETY: the item lies inside the array, or where the pointer's creator said that there is one.
        && unsafe { convert::direct::write::<false>(py, access, None, at, value) }
    {
        return Ok(());
    }
    set_any(py, cd, key, value)
}

#[inline(never)]
fn set_any(py: Py<'_>, cd: &CData, key: &Obj, value: Option<&Obj>) -> R<()> {
    if is_slice(key) {
        return slice::set(py, cd, key, value);
    }
    let (item, at) = locate(py, cd, key)?;
    let Some(value) = value else { return Err(no_delete(py)) };
    null::storable(py, cd, at)?;
    let mut lock = View::none();
    from_buffer::guard_write(py, cd, Some(value), &mut lock)?;
    let _user = gcp::storing(py, cd, value);
    if item.has_var_array()
        && let Some(room) = cd.var_size()
    {
        // SAFETY: the allocation has `room` bytes.
        return unsafe { convert::aggregate::write(py, item, at, value, Some(room)) };
    }
    // SAFETY: the item lies inside the array, or where the pointer's creator said that there is one.
    unsafe { convert::write(py, item, at, value) }
        .map_err(|raised| wrong_item(py, raised, cd, key, item, value))
}

/// Adds a note to the error that names the item.
#[cold]
fn wrong_item(py: Py<'_>, raised: Raised, cd: &CData, key: &Obj, item: &CType, value: &Obj) -> Raised {
    if !key.is_int() {
        // The `__index__` of the key is not called a second time.
        return raised;
    }
    // SAFETY: the key was checked to be an int.
    match unsafe { num::int_as_i64(py, key) } {
        (index, 0) => match usize::try_from(index) {
            Ok(index) => refused(py, raised, Place::Item(index, cd.ct()), item, value),
            Err(_) => raised,
        },
        _ => raised,
    }
}

/// Makes the error for deleting items, which cdata do not support.
#[cold]
pub(crate) fn no_delete(py: Py<'_>) -> Raised {
    raise!(py, Type, "'del x[n]' not supported for cdata objects")
}

fn is_slice(key: &Obj) -> bool {
    key.tp() == &raw mut ffi::PySlice_Type
}

/// Returns the type and the address of the item that `key` names.
#[inline]
pub(crate) fn locate<'a>(py: Py<'_>, cd: &'a CData, key: &Obj) -> R<(&'a CType, *mut u8)> {
    let i = num::index(py, key, Exc::Index)?;
    let ct = cd.ct();
    match ct.kind {
        Kind::Pointer => {
            if i != 0 && matches!(cd.owner(), Owner::Own | Owner::OwnGc) {
                let name = ct.name();
                return Err(raise!(py, Index, "cdata '{name}' can only be indexed by 0"));
            }
        }
        Kind::Array => {
            if i < 0 {
                return Err(raise!(py, Index, "negative index"));
            }
            if i >= cd.array_len() {
                return Err(too_large(py, cd, i));
            }
        }
        _ => return Err(not_indexable(py, ct)),
    }
    let Some(item) = ct.item() else { return Err(not_indexable(py, ct)) };
    let base = null::checked(py, cd)?;
    let size = item.size();
    if size < 0 && i != 0 {
        return Err(convert::read::is_opaque(py, item));
    }
    let offset = i.checked_mul(size.max(0));
    let Some(offset) = offset else {
        return Err(raise!(py, Overflow, "array offset would overflow a Py_ssize_t"));
    };
    Ok((item, base.wrapping_offset(offset)))
}

#[cold]
fn too_large(py: Py<'_>, cd: &CData, i: isize) -> Raised {
    let (name, n) = (cd.ct().name(), cd.array_len());
    raise!(py, Index, "index too large for cdata '{name}' (expected {i} < {n})")
}

/// Makes the error for types without items.
#[cold]
pub(crate) fn not_indexable(py: Py<'_>, ct: &CType) -> Raised {
    raise!(py, Type, "cdata of type '{}' cannot be indexed", ct.name())
}
