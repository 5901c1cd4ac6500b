//! Initializers of structs and unions.

use super::depth::Depth;
use super::error::{array_too_large, opaque, wrong_type};
use super::{array, bits, write::write_at};
use crate::ctype::aggregate::Fields;
use crate::ctype::{Access, CType, Field};
use crate::diag::field::no_such_field;
use crate::diag::place::{Place, refused};
use crate::memory::{self, Loc, Member};
use crate::value::CData;
use cffi_rt::seq::Seq;
use cffi_rt::{Exc, Obj, Py, R, Raised, dict, raise};

/// Stores an initializer (list, tuple, dict, or a cdata of the same type) into the struct or union at `data`.
/// `var_end`: for a struct of variable size, the number of allocated bytes; bounds its open array.
///
/// A cdata is copied as C assigns structs: without the items of its open array.
pub(crate) fn write(py: Py<'_>, loc: Loc<'_>, value: &Obj, var_end: Option<isize>) -> R<()> {
    write_nested(py, loc, value, var_end, Depth::TOP)
}

/// Stores an initializer as [`write()`] does into the new struct `new` of variable size, whose size [`var_size`] computed
/// for `value`. From a cdata it also copies the items of the open array.
pub(crate) fn write_new(py: Py<'_>, new: &CData, value: &Obj) -> R<()> {
    if let Some(cd) = same_type(new.ct(), value)
        && memory::copy_variable(py, new, cd)?
    {
        return Ok(());
    }
    write(py, Loc::shown(py, new)?, value, new.var_size())
}

/// Stores into one member of a struct, as the assignment of an attribute does. `var_end` is that of the struct.
#[inline]
pub(crate) fn write_member(py: Py<'_>, member: Member<'_>, value: &Obj, var_end: Option<isize>) -> R<()> {
    store_member(py, member, value, var_end, Depth::TOP)
}

/// Returns the number of items of the open array `field` that a struct of `var_end` bytes has room for; `None` if any
/// number fits, because they have no size.
pub(crate) fn open_room(field: &Field, var_end: isize) -> Option<isize> {
    let size = field.ct.item().map_or(0, CType::size);
    if size <= 0 { None } else { Some(var_end.saturating_sub(field.offset).max(0) / size) }
}

/// Stores as [`write()`] does, inside of another initializer.
pub(super) fn write_nested(
    py: Py<'_>,
    loc: Loc<'_>,
    value: &Obj,
    var_end: Option<isize>,
    depth: Depth,
) -> R<()> {
    let ct = loc.ct();
    if let Some(cd) = same_type(ct, value)
        && let Some(size) = ct.known_size()
    {
        if size != 0 {
            loc.assign(Loc::shown(py, cd)?);
        }
        return Ok(());
    }
    let fields = members(py, ct)?;
    #[cfg(target_arch = "aarch64")]
    if super::va_list::write_struct(loc, value) {
        return Ok(());
    }
    each_value(py, ct, fields, value, "list or tuple or dict or struct-cdata", |field, value| {
        if field.ct.access == Access::OpenArray && !array::new_length(py, item_of(py, field)?, value)?.1 {
            // A length alone: the items keep their values.
            return Ok(());
        }
        match loc.member(field) {
            Some(member) => store_member(py, member, value, var_end, depth),
            None => Err(raise!(py, System, "'{}' has got other fields", ct.name())),
        }
    })
}

/// Returns the number of bytes to allocate for a struct of variable size with this initializer: the largest of the size
/// of the type and the ends of the open arrays in it.
pub(crate) fn var_size(py: Py<'_>, ct: &CType, init: &Obj) -> R<isize> {
    if let Some(cd) = same_type(ct, init) {
        return Ok(cd.var_size().unwrap_or(ct.size()));
    }
    size_nested(py, ct, init, Depth::TOP)
}

fn size_nested(py: Py<'_>, ct: &CType, init: &Obj, depth: Depth) -> R<isize> {
    let fields = members(py, ct)?;
    let mut total = ct.size();
    each_value(py, ct, fields, init, "list or tuple or dict", |field, value| {
        let bytes = if field.ct.access == Access::OpenArray {
            let item = item_of(py, field)?;
            item.size().checked_mul(array::new_length(py, item, value)?.0)
        } else if field.ct.has_var_array() && value.downcast::<CData>().is_none() {
            Some(depth.down(py, |depth| size_nested(py, &field.ct, value, depth))?)
        } else {
            return Ok(());
        };
        match bytes.and_then(|n| n.checked_add(field.offset)) {
            Some(end) => total = total.max(end),
            None => return Err(array_too_large(py)),
        }
        Ok(())
    })?;
    Ok(total)
}

fn same_type<'a>(ct: &CType, value: &'a Obj) -> Option<&'a CData> {
    value.downcast::<CData>().filter(|cd| cd.ct().same(ct))
}

fn members<'a>(py: Py<'_>, ct: &'a CType) -> R<&'a Fields> {
    match ct.fields(py)? {
        Some(fields) => Ok(fields),
        None => Err(opaque(py, ct)),
    }
}

fn item_of<'a>(py: Py<'_>, field: &'a Field) -> R<&'a CType> {
    field.ct.item().ok_or_else(|| raise!(py, System, "array type '{}' has no item type", field.ct.name()))
}

/// Calls `f` for each member that the initializer has a value for.
fn each_value(
    py: Py<'_>,
    ct: &CType,
    fields: &Fields,
    init: &Obj,
    expected: &str,
    mut f: impl FnMut(&Field, &Obj) -> R<()>,
) -> R<()> {
    if let Some(seq) = Seq::of(init) {
        let n = seq.len();
        let mut fields = fields.iter().filter(|field| !field.skipped());
        for i in 0..n {
            let Some(field) = fields.next() else { return Err(too_many(py, ct, n)) };
            // The list may have been emptied by the last conversion.
            let Some(value) = seq.get(i) else { break };
            f(field, &value)
                .map_err(|raised| refused(py, raised, Place::Field(field, ct), &field.ct, &value))?;
        }
        Ok(())
    } else if init.is_dict() {
        each_of_dict(py, ct, fields, init, f)
    } else {
        Err(wrong_type(py, ct, expected, init))
    }
}

fn each_of_dict(
    py: Py<'_>,
    ct: &CType,
    fields: &Fields,
    dict: &Obj,
    mut f: impl FnMut(&Field, &Obj) -> R<()>,
) -> R<()> {
    // The walk is bounded by the first size, and safe while the dict changes.
    let n = dict::len(py, dict);
    let mut position = 0;
    for _ in 0..n {
        let Some((key, value)) = dict::next(py, dict, &mut position) else { break };
        let Some(field) = fields.find(py, &key) else { return Err(unknown_key(py, ct, fields, &key)) };
        f(field, &value).map_err(|raised| refused(py, raised, Place::Field(field, ct), &field.ct, &value))?;
    }
    Ok(())
}

/// Stores into a member, inside of another initializer.
fn store_member(py: Py<'_>, member: Member<'_>, value: &Obj, var_end: Option<isize>, depth: Depth) -> R<()> {
    let field = member.field();
    let Some(loc) = member.loc() else { return bits::write(py, member, value) };
    match field.ct.access {
        Access::OpenArray => {
            let room = var_end.and_then(|end| open_room(field, end));
            depth.down(py, |depth| array::write_nested(py, loc, value, room, depth))
        }
        Access::Aggregate => {
            let end = var_end.map(|end| end.saturating_sub(field.offset));
            depth.down(py, |depth| write_nested(py, loc, value, end, depth))
        }
        _ => write_at(py, loc, value, depth),
    }
}

#[cold]
fn too_many(py: Py<'_>, ct: &CType, got: usize) -> Raised {
    raise!(py, Value, "too many initializers for '{}' (got {got})", ct.name())
}

#[cold]
fn unknown_key(py: Py<'_>, ct: &CType, fields: &Fields, key: &Obj) -> Raised {
    let raised = py.err_object(Exc::Key.object(py), key);
    no_such_field(py, raised, ct, fields, key)
}
