//! Constructors of types: void, primitives, pointers, arrays, structs and unions without members.

use cffi_types::{CName, Primitive, Target, primitive};

use super::alloc::{self, Parts};
use super::{Access, Aggregate, BitInt, CType, Detail, Kind, flag};
use crate::state::State;
use crate::state::intern::{Key, addr};
use cffi_rt::obj::{OnceRef, SharedRef};
use cffi_rt::{Owned, Py, R, raise, trash};

const PTR: isize = size_of::<*const u8>().cast_signed();

/// Returns the type `void`.
pub(crate) fn void(py: Py<'_>, st: &State) -> R<Owned<CType>> {
    if let Some(ct) = alloc::primitive_made(py, st, 0) {
        return Ok(ct);
    }
    let parts = Parts {
        kind: Kind::Void,
        access: Access::Void,
        flags: 0,
        name: py.room(CName::plain("void"))?,
        size: -1,
        length: 0,
        item: None,
        detail: Detail::None,
    };
    let fresh = alloc::new(py, st, parts)?;
    Ok(alloc::keep_primitive(py, st, 0, alloc::publish(py, st, Key::Void, fresh)?))
}

/// Returns a primitive type by its name; `KeyError` for other names.
pub(crate) fn primitive_by_name(py: Py<'_>, st: &State, name: &str) -> R<Owned<CType>> {
    let known = primitive::by_name(name).filter(|p| name_in(py, st, p) == name);
    match known.or_else(|| old_complex(py, st, name)) {
        Some(p) => primitive(py, st, p),
        None => match BitInt::named(name) {
            Some(of) => bit_int(py, st, of),
            None => Err(raise!(py, Key, "{name}")),
        },
    }
}

/// The names that complex types had before the front end's release 1.17.
const OLD_COMPLEX: [(&str, &str); 2] =
    [("float _Complex", "_cffi_float_complex_t"), ("double _Complex", "_cffi_double_complex_t")];

fn old_complex(py: Py<'_>, st: &State, name: &str) -> Option<&'static Primitive> {
    let (_, new) = OLD_COMPLEX.iter().find(|(old, _)| *old == name)?;
    if st.release(py).renames_complex() {
        return None;
    }
    primitive::by_name(new)
}

/// Returns the name of a primitive type in this release of the front end.
fn name_in(py: Py<'_>, st: &State, p: &Primitive) -> &'static str {
    match OLD_COMPLEX.iter().find(|(_, new)| *new == p.name) {
        Some((old, _)) if !st.release(py).renames_complex() => old,
        _ => p.name,
    }
}

/// Returns a primitive type.
pub(crate) fn primitive(py: Py<'_>, st: &State, p: &'static Primitive) -> R<Owned<CType>> {
    if let Some(ct) = alloc::primitive_made(py, st, p.number) {
        return Ok(ct);
    }
    let parts = Parts {
        kind: Kind::Primitive,
        access: p.codec.into(),
        flags: if p.signed_wchar { flag::SIGNED_WCHAR } else { 0 },
        name: py.room(CName::plain(name_in(py, st, p)))?,
        size: isize::from(i8::try_from(p.size).unwrap_or(i8::MAX)),
        length: isize::from(i8::try_from(p.align).unwrap_or(i8::MAX)),
        item: None,
        detail: Detail::Primitive(p),
    };
    let fresh = alloc::new(py, st, parts)?;
    let fresh = alloc::publish(py, st, Key::Primitive(p.number), fresh)?;
    Ok(alloc::keep_primitive(py, st, p.number, fresh))
}

/// Returns a type `_BitInt(N)`.
pub(crate) fn bit_int(py: Py<'_>, st: &State, of: BitInt) -> R<Owned<CType>> {
    let key = Key::BitInt(of.signed, of.bits);
    if let Some(ct) = alloc::interned(st, &key) {
        return Ok(ct);
    }
    let (size, align) = Target::HOST.bit_int(of.bits);
    let parts = Parts {
        kind: Kind::Primitive,
        access: Access::BitInt,
        flags: 0,
        name: py.room(CName::plain(&of.name()))?,
        size: isize::try_from(size).unwrap_or(isize::MAX),
        length: isize::try_from(align).unwrap_or(1),
        item: None,
        detail: Detail::BitInt(of),
    };
    let fresh = alloc::new(py, st, parts)?;
    alloc::publish(py, st, key, fresh)
}

/// Returns the type of pointers to `item`.
pub(crate) fn pointer_to(py: Py<'_>, item: &CType) -> R<Owned<CType>> {
    let st = item.state();
    let key = Key::Pointer(addr(item));
    if let Some(ct) = alloc::interned(st, &key) {
        return Ok(ct);
    }
    let mut flags = 0;
    if item.kind == Kind::Void {
        flags |= flag::VOID_PTR | flag::VOID_OR_CHAR_PTR;
    }
    if item.access == Access::Char8 {
        flags |= flag::VOID_OR_CHAR_PTR;
    }
    if item.is_aggregate() {
        flags |= flag::AGGREGATE_PTR;
    }
    let byte = item.access.is_integer() && item.access != Access::Bool && item.size() == 1;
    if byte || flags & flag::VOID_OR_CHAR_PTR != 0 {
        flags |= flag::TAKES_BYTES;
    }
    let parts = Parts {
        kind: Kind::Pointer,
        access: Access::Pointer,
        flags,
        name: py.room(item.cname().pointer_to(item.decays()))?,
        size: PTR,
        length: -1,
        item: Some(item.new_ref()),
        detail: Detail::Pointer(OnceRef::new()),
    };
    let fresh = alloc::new(py, st, parts)?;
    alloc::publish(py, st, key, fresh)
}

/// Returns the type `void *`.
pub(crate) fn void_pointer(py: Py<'_>, st: &State) -> R<Owned<CType>> {
    kept(py, &st.void_pointer, || pointer_to(py, &*void(py, st)?))
}

/// Returns the type `char[]`.
pub(crate) fn char_array(py: Py<'_>, st: &State) -> R<Owned<CType>> {
    kept(py, &st.char_array, || array_of(py, &*pointer_to(py, &*primitive_by_name(py, st, "char")?)?, -1))
}

/// Returns the type in a place of the state, and makes it on the first call.
#[inline]
fn kept(py: Py<'_>, place: &SharedRef, make: impl FnOnce() -> R<Owned<CType>>) -> R<Owned<CType>> {
    let ct = match place.get(py) {
        Some(ct) => ct,
        None => place.set_or_get(py, make()?.into_obj()),
    };
    ct.cast().map_err(|_| raise!(py, System, "a type of this module is missing"))
}

/// Returns the type of arrays of the items of `pointer`; with the `length` -1, an open array.
pub(crate) fn array_of(py: Py<'_>, pointer: &CType, length: isize) -> R<Owned<CType>> {
    let (true, Some(item)) = (pointer.is_pointer(), pointer.item()) else {
        return Err(raise!(py, Type, "first arg must be a pointer ctype"));
    };
    let item_size = item.size();
    if item_size < 0 {
        return Err(raise!(py, Value, "array item of unknown size: '{}'", item.name()));
    }
    let size = if length < 0 {
        -1
    } else {
        match length.checked_mul(item_size) {
            Some(size) => size,
            None => return Err(raise!(py, Overflow, "array size would overflow a Py_ssize_t")),
        }
    };
    let st = pointer.state();
    let length = length.max(-1);
    let key = Key::Array(addr(pointer), length);
    if let Some(ct) = alloc::interned(st, &key) {
        return Ok(ct);
    }
    let parts = Parts {
        kind: Kind::Array,
        access: if length < 0 { Access::OpenArray } else { Access::Array },
        flags: 0,
        name: py.room(item.cname().array_of(u64::try_from(length).ok()))?,
        size,
        length,
        item: Some(item.new_ref()),
        detail: Detail::Array(pointer.new_ref()),
    };
    let fresh = alloc::new(py, st, parts)?;
    alloc::publish(py, st, key, fresh)
}

/// Returns the type of vectors of `count` items. `name` is its name in C, and `size` its size in bytes.
pub(crate) fn vector_of(py: Py<'_>, item: &CType, count: u32, size: isize, name: &str) -> R<Owned<CType>> {
    let pointer = pointer_to(py, item)?;
    let (st, length) = (item.state(), count as isize);
    let key = Key::Vector(addr(&pointer), length);
    if let Some(ct) = alloc::interned(st, &key) {
        return Ok(ct);
    }
    let parts = Parts {
        kind: Kind::Array,
        access: Access::Array,
        flags: flag::VECTOR,
        name: py.room(CName::plain(name))?,
        size,
        length,
        item: Some(item.new_ref()),
        detail: Detail::Array(pointer),
    };
    let fresh = alloc::new(py, st, parts)?;
    alloc::publish(py, st, key, fresh)
}

/// Returns the open array type that slices of a pointer or array of this pointer type have.
pub(crate) fn open_array<'a>(py: Py<'_>, pointer: &'a CType) -> R<&'a CType> {
    let Detail::Pointer(place) = &pointer.detail else {
        return Err(raise!(py, Type, "first arg must be a pointer ctype"));
    };
    if let Some(ct) = place.get() {
        return Ok(ct);
    }
    let fresh = array_of(py, pointer, -1)?;
    Ok(place.set_or_get(fresh))
}

/// Makes a struct or union type without members. It is not interned: each call makes another type.
pub(crate) fn aggregate(py: Py<'_>, st: &State, name: &str, kind: Kind) -> R<Owned<CType>> {
    new_aggregate(py, st, name, kind, 0)
}

fn new_aggregate(py: Py<'_>, st: &State, name: &str, kind: Kind, flags: u16) -> R<Owned<CType>> {
    let file = matches!(name, "FILE" | "struct _IO_FILE") && kind == Kind::Struct;
    let parts = Parts {
        kind,
        access: Access::Aggregate,
        flags: if file { flags | flag::FILE } else { flags },
        name: py.room(CName::plain(name))?,
        size: -1,
        length: -1,
        item: None,
        detail: Detail::Aggregate(py.boxed(Aggregate::new())?),
    };
    alloc::new(py, st, parts)
}

/// Makes a struct or union that a module declares without members.
pub(crate) fn opaque(py: Py<'_>, st: &State, name: &str, kind: Kind) -> R<Owned<CType>> {
    new_aggregate(py, st, name, kind, flag::OPAQUE)
}

/// Drops the references of a dying type, without nesting a frame for each link of a long chain.
pub(super) fn drop_parts(item: Option<Owned<CType>>, detail: Detail) {
    if let Some(item) = item {
        trash::release(item.into_obj());
    }
    match detail {
        Detail::Array(pointer) => trash::release(pointer.into_obj()),
        Detail::Function(f) => (*f).release(),
        Detail::Aggregate(mut a) => a.release(),
        other => drop(other),
    }
}
