//! Items, slices, fields and iteration.

use std::fmt::{self, Display};

use pyo3_ffi as ffi;

use super::gate::{Use, pass, touch, within};
use super::{refused, values};
use crate::cdata::iter::{CDataIter, TrackedIter};
use crate::cdata::{attr, from_buffer, index, iter, reach, slice};
use crate::ctype::{Access, CType, Field};
use crate::value::CData;
use cffi_rt::{Exc, Obj, Owned, Py, R, num};

/// The name of an operation on an item or a field.
pub(super) struct Part<'a> {
    pub(super) verb: &'static str,
    pub(super) part: &'a dyn Display,
    pub(super) of: &'a CType,
}

impl Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of '{}'", self.verb, self.part, self.of.name())
    }
}

struct Item(isize);

impl Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "item {}", self.0)
    }
}

/// Returns the way in which memory of `cd` is written to: what must not be written to, buffers refuse themselves.
pub(super) fn writing(cd: &CData) -> Use {
    if from_buffer::shows_buffer(cd) { Use::WriteBuffer } else { Use::Write }
}

/// Checks that a value of type `ct` can be read in the memory that `cd` shows. The value of a struct or array is its
/// address.
fn readable(py: Py<'_>, cd: &CData, ct: &CType, at: *const u8, what: &Part<'_>) -> R<()> {
    within(py, cd, at, ct.known_size().unwrap_or(0), Use::Read, what)?;
    match ct.access {
        Access::Aggregate | Access::Array | Access::OpenArray => touch(py, at, what),
        Access::Void => Ok(()),
        _ => pass(py, at, ct.known_size().unwrap_or(0), Use::Read, what),
    }
}

/// Returns an object that is exactly an `int` for an index, whose `__index__` runs once.
fn exact_index(py: Py<'_>, key: &Obj) -> R<Option<Owned>> {
    if key.tp() == &raw mut ffi::PyLong_Type {
        return Ok(None);
    }
    num::from_isize(py, num::index(py, key, Exc::Index)?).map(Some)
}

fn is_slice(key: &Obj) -> bool {
    key.tp() == &raw mut ffi::PySlice_Type
}

/// `x[i]` and `x[a:b]`. A slice only makes a view.
pub(super) fn get_item(py: Py<'_>, cd: &CData, key: &Obj) -> R {
    if is_slice(key) {
        return index::get(py, cd, key);
    }
    let exact = exact_index(py, key)?;
    let key = exact.as_deref().unwrap_or(key);
    let loc = refused::null(py, cd.data(), reach::item(py, cd, key))?;
    let (item, at) = (loc.ct(), loc.at());
    let i = num::index(py, key, Exc::Index)?;
    readable(py, cd, item, at, &Part { verb: "reading", part: &Item(i), of: cd.ct() })?;
    refused::null(py, at, index::get(py, cd, key))
}

/// `x[i] = v`, `x[a:b] = v`.
pub(super) fn set_item(py: Py<'_>, cd: &CData, key: &Obj, value: Option<&Obj>) -> R<()> {
    let Some(given) = value else { return index::set(py, cd, key, value) };
    if is_slice(key) {
        return set_slice(py, cd, key, given);
    }
    let exact = exact_index(py, key)?;
    let key = exact.as_deref().unwrap_or(key);
    let loc = refused::null(py, cd.data(), reach::item(py, cd, key))?;
    let (item, at) = (loc.ct(), loc.at());
    let i = num::index(py, key, Exc::Index)?;
    let what = Part { verb: "writing", part: &Item(i), of: cd.ct() };
    within(py, cd, at, item.known_size().unwrap_or(0), Use::Write, &what)?;
    pass(py, at, item.known_size().unwrap_or(0), writing(cd), &what)?;
    values::readable(py, item, given)?;
    refused::null(py, at, index::set(py, cd, key, value))
}

fn set_slice(py: Py<'_>, cd: &CData, key: &Obj, value: &Obj) -> R<()> {
    let items = slice::selected(py, cd, key)?;
    let (item, at, size) = (items.item(), items.at(), items.bytes());
    let what = Part { verb: "writing", part: &"a slice", of: cd.ct() };
    within(py, cd, at, size, Use::Write, &what)?;
    pass(py, at, size, writing(cd), &what)?;
    match value.downcast::<CData>() {
        Some(from) if from.ct().is_array() => values::whole_array(py, from)?,
        _ => values::items_readable(py, item, value)?,
    }
    refused::null(py, at, index::set(py, cd, key, Some(value)))
}

/// A field as a part.
struct Named<'a>(&'a Field);

impl Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "field '{}'", self.0.name_text())
    }
}

/// Finds the field of a name, if the cdata has fields.
fn field<'a>(py: Py<'_>, cd: &'a CData, name: &Obj) -> R<Option<&'a Field>> {
    match reach::aggregate(cd.ct()) {
        Some(ct) => Ok(ct.fields(py)?.and_then(|fields| fields.find(py, name))),
        None => Ok(None),
    }
}

/// Returns the address of the first byte of a field's storage, and the number of bytes.
fn storage(cd: &CData, field: &Field) -> (*mut u8, usize) {
    let at = cd.data().wrapping_offset(field.offset);
    if field.bitshift < 0 {
        return (at, field.ct.known_size().unwrap_or(0));
    }
    let unit = field.ct.known_size().unwrap_or(0);
    let (shift, bits) =
        (field.bitshift.unsigned_abs() as usize, field.width.bits().max(0).unsigned_abs() as usize);
    if cfg!(target_endian = "big") || bits == 0 {
        return (at, unit.min(1));
    }
    let (first, last) = (shift / 8, (shift + bits).div_ceil(8));
    (at.wrapping_add(first), last - first)
}

/// `x.name`.
pub(super) fn get_attr(py: Py<'_>, cd: &CData, name: &Obj) -> R {
    if let Some(field) = field(py, cd, name)? {
        let (at, size) = storage(cd, field);
        let what = Part { verb: "reading", part: &Named(field), of: cd.ct() };
        if field.bitshift < 0 {
            readable(py, cd, &field.ct, at, &what)?;
        } else {
            pass(py, at, size, Use::Read, &what)?;
        }
        return refused::null(py, at, attr::get(py, cd, name));
    }
    attr::get(py, cd, name)
}

/// `x.name = v`.
pub(super) fn set_attr(py: Py<'_>, cd: &CData, name: &Obj, value: Option<&Obj>) -> R<()> {
    if let Some(given) = value
        && let Some(field) = field(py, cd, name)?
    {
        let (at, mut size) = storage(cd, field);
        if field.bitshift == Field::EMPTY_ARRAY && cd.var_size().is_none() {
            size = values::open_size(&field.ct, given);
        }
        let what = Part { verb: "writing", part: &Named(field), of: cd.ct() };
        within(py, cd, at, size, Use::Write, &what)?;
        pass(py, at, size, writing(cd), &what)?;
        values::readable(py, &field.ct, given)?;
        return refused::null(py, at, attr::set(py, cd, name, value));
    }
    attr::set(py, cd, name, value)
}

fn next_item(py: Py<'_>, array: &CData, i: Option<isize>) -> R<()> {
    let (Some(i), Some(item)) = (i, array.ct().item()) else { return Ok(()) };
    let at = array.data().wrapping_offset(i.wrapping_mul(item.size().max(0)));
    readable(py, array, item, at, &Part { verb: "iterating, at", part: &Item(i), of: array.ct() })
}

/// `next()` of an iterator.
pub(super) fn next(py: Py<'_>, it: &CDataIter) -> R<Option<Owned>> {
    let (array, i) = it.ahead();
    next_item(py, array, i)?;
    iter::next(py, it)
}

/// `next()` of an iterator over memory that has an owner with references.
pub(super) fn next_tracked(py: Py<'_>, it: &TrackedIter) -> R<Option<Owned>> {
    let (array, i) = it.ahead();
    next_item(py, array, i)?;
    iter::next_tracked(py, it)
}
