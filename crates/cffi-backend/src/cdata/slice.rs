//! Slices: `x[a:b]` shares the memory, `x[a:b] = v` copies into it.

use super::index::no_delete;
use super::reach::{self, Selection};
use crate::cdata::{from_buffer, gcp, items};
use crate::convert;
use crate::ctype::{Access, make};
use crate::diag::place::{Place, refused};
use crate::memory::Items;
use crate::value::{CData, null};
use cffi_rt::buffer::View;
use cffi_rt::seq::{Iter, Seq};
use cffi_rt::{Obj, Owned, Py, R, raise};

/// Returns the items that a slice object selects, for checks around these functions.
pub(crate) fn selected<'a>(py: Py<'_>, cd: &'a CData, key: &Obj) -> R<Items<'a>> {
    Selection::of(py, cd, key)?.items(py)
}

/// `x[a:b]`. Makes a cdata of open array type, with a length, that keeps the owner of the memory, if a cdata owns it.
pub(super) fn get(py: Py<'_>, cd: &CData, key: &Obj) -> R {
    let selection = Selection::of(py, cd, key)?;
    let array = make::open_array(py, selection.pointer())?;
    selection.items(py)?;
    // The slice does not hold the buffer, but it must not start with a buffer that is gone.
    from_buffer::guard(py, cd, &mut View::none())?;
    selection.view(py, array).map(Owned::into_obj)
}

/// `x[a:b] = v`.
pub(crate) fn set(py: Py<'_>, cd: &CData, key: &Obj, value: Option<&Obj>) -> R<()> {
    let selection = Selection::of(py, cd, key)?;
    let Some(value) = value else { return Err(no_delete(py)) };
    let target = selection.items(py)?;
    let item = target.item();
    if item.known_size().is_none() {
        return Err(raise!(py, Value, "array item of unknown size: '{}'", item.name()));
    }
    if target.len() > 0 {
        null::checked(py, cd)?;
        null::storable(py, cd, target.at())?;
    }
    let mut lock = View::none();
    from_buffer::guard_write(py, cd, Some(value), &mut lock)?;
    let _user = gcp::storing(py, cd, value);
    if let Some(from) = value.downcast::<CData>()
        && from.ct().is_array()
        && from.ct().item().is_some_and(|i| i.same(item))
        && from.array_len() == selection.length()
    {
        if target.len() > 0 {
            let source = reach::whole(py, from)?;
            let mut lock = View::none();
            from_buffer::guard(py, from, &mut lock)?;
            target.copy_from(source);
        }
        return Ok(());
    }
    if item.access == Access::Char8
        && let Some(done) = copy_bytes(py, target, value)
    {
        return done;
    }
    if sequence_len(value) == Some(target.len()) {
        return convert::array::write(py, make::open_array(py, selection.pointer())?, target, value);
    }
    if items::copy(py, target, value) {
        return Ok(());
    }
    store_items(py, target, value)
}

/// Returns the length of an exact list or tuple, whose items can be stored without an iterator.
fn sequence_len(value: &Obj) -> Option<usize> {
    Seq::exactly(value).map(|seq| seq.len())
}

/// Copies bytes into characters; `None` if `value` is neither `bytes` nor `bytearray`.
fn copy_bytes(py: Py<'_>, target: Items<'_>, value: &Obj) -> Option<R<()>> {
    if let Some(bytes) = value.as_bytes() {
        return Some(fit(py, target, bytes.len(), || target.copy_from_bytes(bytes)));
    }
    if !value.is_bytearray() {
        return None;
    }
    let mut held = View::none();
    if let Err(raised) = held.fill(py, value, false) {
        return Some(Err(raised));
    }
    Some(fit(py, target, held.len(), || target.copy_from_view(&held)))
}

/// Copies as many bytes as there are characters.
fn fit(py: Py<'_>, target: Items<'_>, got: usize, copy: impl FnOnce() -> bool) -> R<()> {
    if copy() {
        Ok(())
    } else {
        Err(raise!(py, Value, "need a string of length {}, got {got}", target.len()))
    }
}

/// Stores exactly as many items of any iterable, one after the other.
fn store_items(py: Py<'_>, target: Items<'_>, value: &Obj) -> R<()> {
    let iter = Iter::of(py, value)?;
    let mut i = 0;
    while let Some(place) = target.get(i) {
        let Some(next) = iter.next(py)? else {
            return Err(raise!(py, Value, "need {} values to unpack, got {i}", target.len()));
        };
        convert::write(py, place, &next)
            .map_err(|raised| refused(py, raised, Place::Value(i), target.item(), &next))?;
        i += 1;
    }
    match iter.next(py)? {
        None => Ok(()),
        Some(_) => Err(raise!(py, Value, "got more than {} values to unpack", target.len())),
    }
}
