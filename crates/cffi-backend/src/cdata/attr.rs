//! Attributes: the fields of structs and unions.

use std::ffi::c_int;

use pyo3_ffi as ffi;

use crate::cdata::{from_buffer, gcp};
use crate::convert;
use crate::ctype::aggregate::Fields;
use crate::ctype::{Access, CType, Field};
use crate::diag::field::no_such_field;
use crate::diag::place::{Place, refused};
use crate::value::{CData, alloc, kept, null};
use cffi_rt::buffer::View;
use cffi_rt::seq;
use cffi_rt::slots::{SlotResult, guard, receiver};
use cffi_rt::{Exc, Obj, Owned, Py, R, Raised, raise, text};

/// Returns the struct or union whose fields are attributes of the cdata: its type, or the type that it points to.
#[inline(always)]
pub(crate) fn aggregate(ct: &CType) -> Option<&CType> {
    if ct.is_aggregate() {
        return Some(ct);
    }
    if !ct.is_pointer() {
        return None;
    }
    ct.item().filter(|item| item.is_aggregate())
}

/// Gets an attribute: a field if there is one, else an attribute of the class.
#[inline(always)]
pub(crate) fn get(py: Py<'_>, cd: &CData, name: &Obj) -> R {
    let Some((_, field)) = same_field(cd, name) else { return get_any(py, cd, name) };
    let Some(at) = plain_address(cd, field) else { return read_bits(py, cd, field) };
    // SAFETY: the field lies inside the struct that the cdata refers to, as in C.
    match unsafe { convert::direct::read(py, field.ct.access, at) } {
        Some(number) => number,
        // SAFETY: the field lies inside the struct that the cdata refers to, as in C.
        None => unsafe { read_plain(py, cd, &field.ct, at) },
    }
}

/// `tp_getattro`. Does what [`get`] does, but its shortest way, to fields that are numbers, has no frame: all others are
/// functions of their own, in which a panic is caught.
///
/// # Safety
/// Called by the interpreter with a cdata and a live object.
pub(crate) unsafe extern "C" fn getattro(
    this: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    #[inline(never)]
    unsafe extern "C" fn any(this: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
        // SAFETY: the objects are those of the slot, which the interpreter keeps alive.
        unsafe { guard(|py| get_any(py, receiver(this), Obj::from_ptr(name))) }
    }
    #[inline(never)]
    unsafe extern "C" fn bits(this: *mut ffi::PyObject, field: *const Field) -> *mut ffi::PyObject {
        // SAFETY: the cdata is alive, and its ctype keeps the field.
        unsafe { guard(|py| read_bits(py, receiver(this), &*field)) }
    }
    #[inline(never)]
    unsafe extern "C" fn plain(
        this: *mut ffi::PyObject,
        field: *const Field,
        at: *mut u8,
    ) -> *mut ffi::PyObject {
        // SAFETY: the cdata is alive, its ctype keeps the field, and the address is that of the field.
        unsafe { guard(|py| read_plain(py, receiver(this), &(*field).ct, at)) }
    }
    // SAFETY: the interpreter calls slots with an attached thread and live objects; the field lies inside the struct that the
    // cdata refers to, as in C.
    unsafe {
        let cd: &CData = receiver(this);
        let Some((_, field)) = same_field(cd, Obj::from_ptr(name)) else { return any(this, name) };
        let Some(at) = plain_address(cd, field) else { return bits(this, field) };
        match convert::direct::read(Py::assume(), field.ct.access, at) {
            Some(number) => number.into_c(),
            None => plain(this, field, at),
        }
    }
}

/// `tp_setattro`. Does what [`set`] does, with a short way of the kind that [`getattro`] has.
///
/// # Safety
/// Called by the interpreter with a cdata, a live object, and another one or null.
pub(crate) unsafe extern "C" fn setattro(
    this: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
) -> c_int {
    #[inline(never)]
    unsafe extern "C" fn any(
        this: *mut ffi::PyObject,
        name: *mut ffi::PyObject,
        value: *mut ffi::PyObject,
    ) -> c_int {
        // SAFETY: the objects are those of the slot, which the interpreter keeps alive.
        unsafe { guard(|py| set(py, receiver(this), Obj::from_ptr(name), Obj::from_ptr_opt(value))) }
    }
    #[inline(never)]
    unsafe extern "C" fn bits(
        this: *mut ffi::PyObject,
        field: *const Field,
        value: *mut ffi::PyObject,
    ) -> c_int {
        // SAFETY: the objects are those of the slot, and the ctype of the cdata keeps the field.
        unsafe {
            guard(|py| {
                let cd: &CData = receiver(this);
                let ct = aggregate(cd.ct()).unwrap_or(cd.ct());
                store_bits(py, cd, ct, &*field, Obj::from_ptr(value))
            })
        }
    }
    // SAFETY: the interpreter calls slots with an attached thread and live objects; the field lies inside the struct that the
    // cdata refers to, as in C.
    unsafe {
        let cd: &CData = receiver(this);
        let Some(new) = Obj::from_ptr_opt(value) else { return any(this, name, value) };
        let Some((_, field)) = same_field(cd, Obj::from_ptr(name)) else { return any(this, name, value) };
        let Some(at) = plain_address(cd, field) else { return bits(this, field, value) };
        if convert::direct::write::<true>(Py::assume(), field.ct.access, Some(&field.ct), at, new) {
            return 0;
        }
        any(this, name, value)
    }
}

/// Reads a field that is not a number, at an address that needs no further check.
///
/// # Safety
/// As for [`convert::read_in`].
#[inline(never)]
unsafe fn read_plain(py: Py<'_>, cd: &CData, ct: &CType, at: *mut u8) -> R {
    // SAFETY: the caller promises that a value of the type can be read at the address.
    unsafe { convert::read_in(py, ct, at, cd) }
}

/// Returns the struct or union and its field in the usual case: the name is the very object that the field has.
#[inline(always)]
fn same_field<'c>(cd: &'c CData, name: &Obj) -> Option<(&'c CType, &'c Field)> {
    let ct = aggregate(cd.ct())?;
    Some((ct, ct.aggregate()?.fields()?.find_same(name)?))
}

/// Returns the address of an ordinary field in memory that needs no further check.
#[inline(always)]
fn plain_address(cd: &CData, field: &Field) -> Option<*mut u8> {
    if field.bitshift != Field::REGULAR {
        return None;
    }
    Some(from_buffer::steady_address(cd)?.wrapping_offset(field.offset))
}

#[inline(never)]
fn get_any(py: Py<'_>, cd: &CData, name: &Obj) -> R {
    let mut why = Missing::Attribute;
    if let Some(ct) = aggregate(cd.ct()) {
        match ct.fields(py)? {
            Some(fields) => {
                if let Some(field) = fields.find(py, name) {
                    return read_field(py, cd, field);
                }
                why = Missing::Field;
            }
            None => why = Missing::OpaqueRead,
        }
    }
    // The classes have no other attributes than these, so for other names there is no error to replace.
    if !text::utf8(py, name)?.starts_with("__") {
        return Err(why.error(py, cd, name));
    }
    // SAFETY: the token proves that the thread is attached, and the objects are borrowed, so they are alive.
    let found = unsafe { Owned::from_new(py, ffi::PyObject_GenericGetAttr(cd.as_ptr(), name.as_ptr())) };
    found.map_err(|raised| why.replace(py, raised, cd, name))
}

/// Sets a field. The class has no attributes that could be set.
#[inline(always)]
pub(crate) fn set(py: Py<'_>, cd: &CData, name: &Obj, value: Option<&Obj>) -> R<()> {
    let (Some(value), Some((ct, field))) = (value, same_field(cd, name)) else {
        return set_any(py, cd, name, value);
    };
    if let Some(at) = plain_address(cd, field)
        // SAFETY: the field lies inside the struct that the cdata refers to, as in C.
        && unsafe { convert::direct::write::<false>(py, field.ct.access, Some(&field.ct), at, value) }
    {
        return Ok(());
    }
    store_bits(py, cd, ct, field, value)
}

/// Reads a field by the short way for bit fields, if it is one, and if the memory needs no further check.
#[inline(never)]
fn read_bits(py: Py<'_>, cd: &CData, field: &Field) -> R {
    if let Some(struct_at) = from_buffer::steady_address(cd)
        // SAFETY: the field lies inside the struct that the cdata refers to, as in C.
        && let Some(number) = unsafe { convert::bits::read_byte(py, field, struct_at.wrapping_offset(field.offset)) }
    {
        return number;
    }
    read_field(py, cd, field)
}

/// Sets a field by the short way for bit fields, if it is one, and if the memory needs no further check.
#[inline(never)]
fn store_bits(py: Py<'_>, cd: &CData, ct: &CType, field: &Field, value: &Obj) -> R<()> {
    if let Some(struct_at) = from_buffer::steady_address(cd)
        // SAFETY: the field lies inside the struct that the cdata refers to, as in C.
        && unsafe { convert::bits::write_byte(py, field, struct_at.wrapping_offset(field.offset), value) }
    {
        return Ok(());
    }
    store_field(py, cd, ct, field, value)
}

#[inline(never)]
fn store_field(py: Py<'_>, cd: &CData, ct: &CType, field: &Field, value: &Obj) -> R<()> {
    write_field(py, cd, field, value)
        .map_err(|raised| refused(py, raised, Place::Field(field, ct), &field.ct, value))
}

#[inline(never)]
fn set_any(py: Py<'_>, cd: &CData, name: &Obj, value: Option<&Obj>) -> R<()> {
    let mut why = Missing::Attribute;
    if let Some(ct) = aggregate(cd.ct()) {
        match ct.fields(py)? {
            Some(fields) => {
                if let Some(field) = fields.find(py, name) {
                    let Some(value) = value else {
                        return Err(raise!(py, Attribute, "cannot delete struct field"));
                    };
                    return store_field(py, cd, ct, field, value);
                }
                why = Missing::Field;
            }
            None => why = Missing::OpaqueWrite,
        }
    }
    let value = value.map_or(std::ptr::null_mut(), Obj::as_ptr);
    // SAFETY: attached, all objects are alive; null deletes.
    let status = unsafe { ffi::PyObject_GenericSetAttr(cd.as_ptr(), name.as_ptr(), value) };
    if status < 0 { Err(why.replace(py, Raised::already(), cd, name)) } else { Ok(()) }
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
fn read_field(py: Py<'_>, cd: &CData, field: &Field) -> R {
    let at = null::checked(py, cd)?.wrapping_offset(field.offset);
    null::loadable(py, cd, &field.ct, at)?;
    let mut lock = View::none();
    from_buffer::guard(py, cd, &mut lock)?;
    match field.bitshift {
        // SAFETY: the field lies inside the struct that the cdata refers to, as in C.
        Field::REGULAR => unsafe { convert::read_in(py, &field.ct, at, cd) },
        Field::EMPTY_ARRAY => read_open_array(py, cd, field, at),
        // SAFETY: the field lies inside the struct, whose address was checked.
        _ => unsafe { convert::bits::read(py, field, at) },
    }
}

/// Reads an array without length: as long as the allocation of its struct, where that is known, else as a pointer.
fn read_open_array(py: Py<'_>, cd: &CData, field: &Field, at: *mut u8) -> R {
    let view = match open_array_len(cd, field) {
        Some(n) if field.ct.access == Access::OpenArray => kept::view_len(py, &field.ct, at, n, cd)?,
        Some(_) => kept::view(py, &field.ct, at, cd)?,
        None => alloc::view(py, field.ct.decayed().unwrap_or(&field.ct), at)?,
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
fn write_field(py: Py<'_>, cd: &CData, field: &Field, value: &Obj) -> R<()> {
    let at = null::checked(py, cd)?.wrapping_offset(field.offset);
    null::storable(py, cd, at)?;
    let mut lock = View::none();
    from_buffer::guard_write(py, cd, Some(value), &mut lock)?;
    let _user = gcp::storing(py, cd, value);
    // SAFETY: the field lies inside the struct that the cdata refers to, as in C.
    unsafe {
        if field.bitshift == Field::REGULAR && !field.ct.is_aggregate() {
            return convert::write(py, &field.ct, at, value);
        }
        convert::aggregate::write_field(py, field, cd.data(), value, cd.var_size())
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
