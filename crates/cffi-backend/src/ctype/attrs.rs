//! Attributes of `CType` objects.

use std::ffi::CStr;

use pyo3_ffi as ffi;

use super::{CType, EnumType, Kind, field};
use cffi_rt::slots::{GETSET_END, METHODS_END, Table, getter, method, slot};
use cffi_rt::{Obj, Owned, Py, R, Raised, dict, num, raise, seq, text};

/// Makes the error for an attribute that this kind of type does not have.
#[cold]
fn missing(py: Py<'_>, name: &str) -> Raised {
    raise!(py, Attribute, "{name}")
}

fn kind(py: Py<'_>, ct: &CType) -> R {
    let place = &ct.state().kinds[ct.kind as usize];
    if let Some(made) = place.get() {
        return Ok(made.new_ref());
    }
    let made = text::interned(
        py,
        match ct.kind {
            Kind::Void => "void",
            Kind::Primitive => "primitive",
            Kind::Enum => "enum",
            Kind::Pointer => "pointer",
            Kind::Array => "array",
            Kind::Struct => "struct",
            Kind::Union => "union",
            Kind::Function => "function",
        },
    )?;
    Ok(place.set_or_get(made).new_ref())
}

fn cname(py: Py<'_>, ct: &CType) -> R {
    text::new_str(py, ct.name())
}

fn item(py: Py<'_>, ct: &CType) -> R {
    ct.item().map(|i| i.new_ref().into_obj()).ok_or_else(|| missing(py, "item"))
}

fn length(py: Py<'_>, ct: &CType) -> R {
    if !ct.is_array() {
        return Err(missing(py, "length"));
    }
    if ct.length() < 0 { Ok(py.none()) } else { num::from_isize(py, ct.length()) }
}

fn fields(py: Py<'_>, ct: &CType) -> R {
    if !ct.is_aggregate() {
        return Err(missing(py, "fields"));
    }
    let Some(fields) = ct.fields(py)? else { return Ok(py.none()) };
    let list = seq::new_list(py)?;
    for f in fields.iter() {
        let pair = pair(py, &f.name, field::new(py, ct.state(), f)?)?;
        seq::push(py, &list, &pair)?;
    }
    Ok(list)
}

/// Makes the tuple `(a, b)`.
pub(crate) fn pair(py: Py<'_>, a: &Obj, b: Owned) -> R {
    seq::tuple(py, &[a, &b])
}

fn args(py: Py<'_>, ct: &CType) -> R {
    let f = ct.function().ok_or_else(|| missing(py, "args"))?;
    let args = py.collect(f.args.iter().map(|arg| -> &Obj { arg }))?;
    seq::tuple(py, &args)
}

fn result(py: Py<'_>, ct: &CType) -> R {
    ct.function().map(|f| f.result.clone().into_obj()).ok_or_else(|| missing(py, "result"))
}

fn ellipsis(py: Py<'_>, ct: &CType) -> R {
    ct.function().map(|f| py.bool(f.ellipsis)).ok_or_else(|| missing(py, "ellipsis"))
}

fn abi(py: Py<'_>, ct: &CType) -> R {
    num::from_i64(py, ct.function().ok_or_else(|| missing(py, "abi"))?.abi.into())
}

fn elements(py: Py<'_>, ct: &CType) -> R {
    dict::copy(py, ct.enumeration().map(EnumType::by_value).ok_or_else(|| missing(py, "elements"))?)
}

fn relements(py: Py<'_>, ct: &CType) -> R {
    dict::copy(py, ct.enumeration().map(EnumType::by_name).ok_or_else(|| missing(py, "relements"))?)
}

/// `__dir__`. Returns the names of the attributes that this type has; the others raise `AttributeError`.
fn dir(py: Py<'_>, ct: &CType) -> R {
    let list = seq::new_list(py)?;
    for entry in &GETSET.0[..GETSET.0.len() - 1] {
        let Some(get) = entry.get else { continue };
        // SAFETY: this type's own getter with its own receiver; a new reference or null with an exception.
        let value = unsafe { Owned::from_new(py, get(ct.as_ptr(), entry.closure)) };
        if let Err(raised) = value {
            py.err_clear(raised);
            continue;
        }
        // SAFETY: the names of the table are C strings.
        let name = unsafe { CStr::from_ptr(entry.name) };
        let name = text::new_str(py, &name.to_string_lossy())?;
        seq::push(py, &list, &name)?;
    }
    Ok(list)
}

/// The docstring of the class.
pub(super) const DOC: &CStr = c"A C type.

Types come from `ffi.typeof()` or the `new_*_type()` functions of this module. There is one object for
each distinct void, primitive, pointer, array and function type; every struct, union and enum is a type
of its own. Attributes that do not apply to a type's `kind` raise AttributeError, and `dir()` leaves
them out.

    >>> ffi.typeof('int[5]').item
    <ctype 'int'>";

/// The attributes.
pub(super) static GETSET: Table<ffi::PyGetSetDef, 12> = Table([
    getter(
        c"kind",
        slot!(get CType, kind),
        c"'primitive', 'enum', 'pointer', 'array', 'void', 'struct', 'union' or 'function' (str).",
    ),
    getter(c"cname", slot!(get CType, cname), c"The C name (str)."),
    getter(c"item", slot!(get CType, item), c"CType that a pointer points to or an array consists of."),
    getter(c"length", slot!(get CType, length), c"Number of items of an array (int), or None if it is open."),
    getter(
        c"fields",
        slot!(get CType, fields),
        c"List of (name, CField) of a struct or union in order, or None while it is opaque.",
    ),
    getter(c"args", slot!(get CType, args), c"Tuple of CTypes of the declared arguments of a function."),
    getter(c"result", slot!(get CType, result), c"CType of the result of a function."),
    getter(c"ellipsis", slot!(get CType, ellipsis), c"Whether a function takes variadic arguments (bool)."),
    getter(c"abi", slot!(get CType, abi), c"libffi's number of the calling convention of a function (int)."),
    getter(c"elements", slot!(get CType, elements), c"Dict of the enumerators of an enum: value to name."),
    getter(c"relements", slot!(get CType, relements), c"Dict of the enumerators of an enum: name to value."),
    GETSET_END,
]);

/// The methods.
pub(super) static METHODS: Table<ffi::PyMethodDef, 2> = Table([
    method!(noargs CType, c"__dir__", dir, c"__dir__($self, /)\n--\n\nNames of the attributes that apply to this kind of type."),
    METHODS_END,
]);
