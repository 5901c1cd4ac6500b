//! Items of pointers and arrays.

use crate::cdata::{from_buffer, gcp, reach, slice};
use crate::convert;
use crate::ctype::{CType, flag};
use crate::diag::place::{Place, refused};
use crate::value::{CData, null};
use cffi_rt::buffer::View;
use cffi_rt::seq::is_slice;
use cffi_rt::{Obj, Py, R, Raised, num, raise};

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
    if let Some(item) = reach::plain_item(py, cd, key)
        && let Some(number) = convert::direct::read(py, item)
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

#[inline(never)]
fn get_any(py: Py<'_>, cd: &CData, key: &Obj) -> R {
    if is_slice(key) {
        return slice::get(py, cd, key);
    }
    if let Some(target) = cd.target() {
        reach::item(py, cd, key)?;
        return Ok(target.new_ref().into_obj());
    }
    let mut lock = View::none();
    reach::read_item(py, cd, key, |item| {
        null::loadable(py, cd, item.ct(), item.at())?;
        from_buffer::guard(py, cd, &mut lock)
    })
}

/// `x[i] = v`, `x[a:b] = v`.
#[inline(always)]
pub(crate) fn set(py: Py<'_>, cd: &CData, key: &Obj, value: Option<&Obj>) -> R<()> {
    if let Some(value) = value
        && let Some(item) = reach::plain_item(py, cd, key)
        && convert::direct::write::<false, false>(py, item, value)
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
    let item = reach::item(py, cd, key)?;
    let Some(value) = value else { return Err(no_delete(py)) };
    null::storable(py, cd, item.at())?;
    let mut lock = View::none();
    from_buffer::guard_write(py, cd, Some(value), &mut lock)?;
    let _user = gcp::storing(py, cd, value);
    if item.ct().has_var_array()
        && let Some(room) = cd.var_size()
    {
        return convert::aggregate::write(py, item, value, Some(room));
    }
    convert::write(py, item, value).map_err(|raised| wrong_item(py, raised, cd, key, item.ct(), value))
}

/// Adds a note to the error that names the item.
#[cold]
fn wrong_item(py: Py<'_>, raised: Raised, cd: &CData, key: &Obj, item: &CType, value: &Obj) -> Raised {
    // The `__index__` of another key is not called a second time.
    match num::Int::of(key).and_then(|int| int.value(py)) {
        Some(index) => match usize::try_from(index) {
            Ok(index) => refused(py, raised, Place::Item(index, cd.ct()), item, value),
            Err(_) => raised,
        },
        None => raised,
    }
}

/// Makes the error for deleting items, which cdata do not support.
#[cold]
pub(crate) fn no_delete(py: Py<'_>) -> Raised {
    raise!(py, Type, "'del x[n]' not supported for cdata objects")
}
