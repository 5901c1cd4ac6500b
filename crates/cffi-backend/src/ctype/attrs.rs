//! Attributes of `CType` objects.

use std::ffi::CStr;

use super::{CType, EnumType, Kind, field};
use cffi_rt::slots::{attribute, method};
use cffi_rt::table::{Attribute, Method, Table};
use cffi_rt::{Exc, Obj, Owned, Py, R, Raised, dict, num, seq, text};

/// Makes the error for an attribute that this kind of type does not have.
#[cold]
fn missing(py: Py<'_>, name: &'static str) -> Raised {
    py.err_fixed(Exc::Attribute, name)
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
    for name in NAMES {
        let name = text::from_c(py, name.to_bytes())?;
        match ct.getattr(py, &name) {
            Ok(_) => seq::push(py, &list, &name)?,
            Err(raised) => py.err_clear(raised),
        }
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

/// Declares the names of the attributes, and the table with their functions and docstrings.
macro_rules! attributes {
    ($($name:literal = $get:ident, $doc:literal;)*) => {
        const NAMES: &[&CStr] = &[$($name,)*];

        /// The attributes.
        pub(super) static GETSET: Table<Attribute<CType>, { NAMES.len() + 1 }> =
            Table::attributes([$(attribute!(CType, $name, $get, $doc),)* Attribute::END]);
    };
}

attributes! {
    c"kind" = kind, c"'primitive', 'enum', 'pointer', 'array', 'void', 'struct', 'union' or 'function' (str).";
    c"cname" = cname, c"The C name (str).";
    c"item" = item, c"CType that a pointer points to or an array consists of.";
    c"length" = length, c"Number of items of an array (int), or None if it is open.";
    c"fields" = fields, c"List of (name, CField) of a struct or union in order, or None while it is opaque.";
    c"args" = args, c"Tuple of CTypes of the declared arguments of a function.";
    c"result" = result, c"CType of the result of a function.";
    c"ellipsis" = ellipsis, c"Whether a function takes variadic arguments (bool).";
    c"abi" = abi, c"libffi's number of the calling convention of a function (int).";
    c"elements" = elements, c"Dict of the enumerators of an enum: value to name.";
    c"relements" = relements, c"Dict of the enumerators of an enum: name to value.";
}

/// The methods.
pub(super) static METHODS: Table<Method<CType>, 2> = Table::methods([
    method!(noargs CType, c"__dir__", dir, c"__dir__($self, /)\n--\n\nNames of the attributes that apply to this kind of type."),
    Method::END,
]);
