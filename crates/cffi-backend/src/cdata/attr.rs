//! Attributes: the fields of structs and unions.

use crate::cdata::reach::{FieldOf, Without, aggregate};
use crate::cdata::{from_buffer, gcp};
use crate::convert;
use crate::ctype::aggregate::Fields;
use crate::ctype::{CType, Field};
use crate::diag::field::no_such_field;
use crate::diag::place::{Place, refused};
use crate::value::{CData, alloc, null};
use cffi_rt::buffer::View;
use cffi_rt::{Exc, Obj, Py, R, Raised, attr, raise, seq, text};

/// Gets an attribute: a field if there is one, else an attribute of the class.
#[inline(always)]
pub(crate) fn get(py: Py<'_>, cd: &CData, name: &Obj) -> R {
    let Some(found) = FieldOf::same(cd, name) else { return get_any(py, cd, name) };
    match found.read_plain(py) {
        Some(value) => value,
        None => read_bits(py, cd, found),
    }
}

#[inline(never)]
pub(super) fn get_any(py: Py<'_>, cd: &CData, name: &Obj) -> R {
    let why = match FieldOf::find(py, cd, name)? {
        Ok(found) => return read_field(py, cd, found),
        Err(Without::Struct) => Missing::Attribute,
        Err(Without::Fields) => Missing::OpaqueRead,
        Err(Without::Name) => Missing::Field,
    };
    // The classes have no other attributes than these, so for other names there is no error to replace.
    if !text::utf8(py, name)?.starts_with("__") {
        return Err(why.error(py, cd, name));
    }
    attr::generic_get(py, cd, name).map_err(|raised| why.replace(py, raised, cd, name))
}

/// Sets a field. The class has no attributes that could be set.
#[inline(always)]
pub(crate) fn set(py: Py<'_>, cd: &CData, name: &Obj, value: Option<&Obj>) -> R<()> {
    let (Some(value), Some(found)) = (value, FieldOf::same(cd, name)) else {
        return set_any(py, cd, name, value);
    };
    if let Some(at) = found.plain()
        && convert::direct::write::<true, false>(py, at, value)
    {
        return Ok(());
    }
    store_bits(py, cd, found, value)
}

/// Reads a field by the short way for bit fields, if it is one, and if the memory needs no further check.
#[inline(never)]
pub(super) fn read_bits(py: Py<'_>, cd: &CData, found: FieldOf<'_>) -> R {
    if let Some(member) = found.steady()
        && let Some(number) = convert::bits::read_byte(py, member)
    {
        return number;
    }
    read_field(py, cd, found)
}

/// Sets a field by the short way for bit fields, if it is one, and if the memory needs no further check.
#[inline(always)]
pub(super) fn store_bits(py: Py<'_>, cd: &CData, found: FieldOf<'_>, value: &Obj) -> R<()> {
    if let Some(member) = found.steady()
        && convert::bits::write_byte(py, member, value)
    {
        return Ok(());
    }
    store_field(py, cd, found, value)
}

#[inline(never)]
fn store_field(py: Py<'_>, cd: &CData, found: FieldOf<'_>, value: &Obj) -> R<()> {
    let field = found.field();
    write_field(py, cd, found, value)
        .map_err(|raised| refused(py, raised, Place::Field(field, found.ct()), &field.ct, value))
}

#[inline(never)]
fn set_any(py: Py<'_>, cd: &CData, name: &Obj, value: Option<&Obj>) -> R<()> {
    let why = match FieldOf::find(py, cd, name)? {
        Ok(found) => {
            let Some(value) = value else {
                return Err(raise!(py, Attribute, "cannot delete struct field"));
            };
            return store_field(py, cd, found, value);
        }
        Err(Without::Struct) => Missing::Attribute,
        Err(Without::Fields) => Missing::OpaqueWrite,
        Err(Without::Name) => Missing::Field,
    };
    attr::generic_set(py, cd, name, value).map_err(|raised| why.replace(py, raised, cd, name))
}

/// The reason why a name was not found, for the message.
#[derive(Clone, Copy)]
enum Missing {
    Attribute,
    Field,
    OpaqueRead,
    OpaqueWrite,
}

impl Missing {
    /// Replaces an AttributeError by one that names the type of the cdata.
    #[cold]
    fn replace(self, py: Py<'_>, raised: Raised, cd: &CData, name: &Obj) -> Raised {
        if !py.err_matches(Exc::Attribute) {
            return raised;
        }
        py.err_clear(raised);
        self.error(py, cd, name)
    }

    /// Makes an AttributeError that names the type of the cdata, with a note about the fields.
    #[cold]
    #[inline(never)]
    fn error(self, py: Py<'_>, cd: &CData, name: &Obj) -> Raised {
        let ct = cd.ct().name();
        let text = match text::utf8(py, name) {
            Ok(text) => text,
            Err(raised) => return raised,
        };
        match self {
            Missing::Attribute => raise!(py, Attribute, "cdata '{ct}' has no attribute '{text}'"),
            Missing::Field => {
                let raised = raise!(py, Attribute, "cdata '{ct}' has no field '{text}'");
                match aggregate(cd.ct()).and_then(|ct| Some((ct, ct.aggregate()?.fields()?))) {
                    // Many programs ask objects for such names, and no struct has them.
                    Some((ct, fields)) if !text.starts_with("__") => {
                        no_such_field(py, raised, ct, fields, name)
                    }
                    _ => raised,
                }
            }
            Missing::OpaqueRead => {
                raise!(py, Attribute, "cdata '{ct}' points to an opaque type: cannot read fields")
            }
            Missing::OpaqueWrite => {
                raise!(py, Attribute, "cdata '{ct}' points to an opaque type: cannot write fields")
            }
        }
    }
}

#[inline(never)]
fn read_field(py: Py<'_>, cd: &CData, found: FieldOf<'_>) -> R {
    let (member, field) = (found.member(py)?, found.field());
    null::loadable(py, cd, &field.ct, member.at())?;
    let mut lock = View::none();
    from_buffer::guard(py, cd, &mut lock)?;
    if member.loc().is_some() && field.bitshift != Field::REGULAR {
        return read_open_array(py, cd, found, member.at());
    }
    found.read_checked(py).unwrap_or_else(|| convert::bits::read(py, member))
}

/// Reads an array without length: as long as the allocation of its struct, where that is known, else as a pointer.
fn read_open_array(py: Py<'_>, cd: &CData, found: FieldOf<'_>, at: *mut u8) -> R {
    let field = found.field();
    let view = match open_array_len(cd, field) {
        Some(n) => found.array(py, n)?,
        None => alloc::pointer(py, field.ct.decayed().unwrap_or(&field.ct), at)?,
    };
    Ok(view.into_obj())
}

/// Returns the number of items of an open array field that lie in the allocation.
fn open_array_len(cd: &CData, field: &Field) -> Option<isize> {
    let room = cd.var_size()?.checked_sub(field.offset).filter(|room| *room >= 0)?;
    let item = field.ct.item().map_or(0, CType::size);
    Some(if item > 0 { room / item } else { 0 })
}

#[inline]
fn write_field(py: Py<'_>, cd: &CData, found: FieldOf<'_>, value: &Obj) -> R<()> {
    let (member, field) = (found.member(py)?, found.field());
    null::storable(py, cd, member.at())?;
    let mut lock = View::none();
    from_buffer::guard_write(py, cd, Some(value), &mut lock)?;
    let _user = gcp::storing(py, cd, value);
    match member.loc() {
        Some(loc) if field.bitshift == Field::REGULAR && !field.ct.is_aggregate() => {
            convert::write(py, loc, value)
        }
        _ => convert::aggregate::write_member(py, member, value, cd.var_size()),
    }
}

/// `__dir__`. Returns the names of the fields.
pub(crate) fn dir(py: Py<'_>, cd: &CData) -> R {
    let fields = aggregate(cd.ct()).map(|ct| ct.fields(py)).transpose()?.flatten();
    let list = seq::new_list(py)?;
    for field in fields.into_iter().flat_map(Fields::iter) {
        seq::push(py, &list, &field.name)?;
    }
    Ok(list)
}
