//! Where a conversion to C failed: what the notes below its exception say.

use std::borrow::Cow;

use crate::cdata::CData;
use crate::ctype::aggregate::Fields;
use crate::ctype::{Access, CType, Field};
use crate::rt::{Exc, Obj, Py, Raised, text};

use super::hint;

/// Where a value was going.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    /// The argument with this number, the first is 1, of a function of this name.
    Argument(usize, &'a str),
    /// An argument of a compiled module's function, which does not say of which.
    SomeArgument,
    /// A field of this struct or union.
    Field(&'a Field, &'a CType),
    /// An item of this array.
    Item(usize, &'a CType),
    /// A value, the first is 0, that an iterator gives for a slice.
    Value(usize),
    /// The initializer of `new()`.
    Initializer,
    /// A global variable of this name.
    Variable(&'a str),
}

impl Place<'_> {
    fn name(&self, py: Py<'_>) -> Cow<'static, str> {
        match self {
            Place::Argument(number, function) => Cow::Owned(format!("argument {number} of {function}")),
            Place::SomeArgument => Cow::Borrowed("an argument"),
            Place::Field(field, ct) => match text::lossy(py, &field.name) {
                name if name.is_empty() => Cow::Owned(format!("an unnamed field of '{}'", ct.name())),
                name => Cow::Owned(format!("field '{name}' of '{}'", ct.name())),
            },
            Place::Item(index, ct) => Cow::Owned(format!("item {index} of '{}'", ct.name())),
            Place::Value(index) => Cow::Owned(format!("value {index} for the slice")),
            Place::Initializer => Cow::Borrowed("the initializer"),
            Place::Variable(name) => Cow::Owned(format!("variable '{name}'")),
        }
    }

    /// The C type that was to be written, with the width of a bit field.
    fn expected(&self, ct: &CType) -> String {
        match self {
            Place::Field(field, _) if field.bitshift >= 0 => {
                format!("{} bits of '{}'", field.bitsize, ct.name())
            }
            _ => format!("'{}'", ct.name()),
        }
    }
}

/// Adds to the error of storing `value` as `ct` where that was, what was expected and what came.
#[cold]
#[inline(never)]
pub(crate) fn refused(py: Py<'_>, raised: Raised, place: Place<'_>, ct: &CType, value: &Obj) -> Raised {
    py.note_conversion(
        raised,
        |class| innermost(py, class, place, ct, value),
        || match place {
            // It adds nothing to what is said already.
            Place::Initializer | Place::SomeArgument => None,
            _ => Some(format!("in {}", place.name(py))),
        },
    )
}

fn innermost(py: Py<'_>, class: Exc, place: Place<'_>, ct: &CType, value: &Obj) -> String {
    let (name, expected) = (place.name(py), place.expected(ct));
    match class {
        Exc::Type => {
            let hint = hint::of(ct, value, matches!(place, Place::Argument(..) | Place::SomeArgument));
            let hint = hint.map_or_else(String::new, |hint| format!(" ({hint})"));
            format!("{name}: expected {expected}, got {}{hint}", got(value))
        }
        Exc::Overflow => match limits(ct) {
            Some((min, max)) if !matches!(place, Place::Field(f, _) if f.bitshift >= 0) => {
                format!("{name}: {expected} holds {min} to {max}")
            }
            _ => format!("{name}: {expected}"),
        },
        _ => format!("{name}: {expected}"),
    }
}

/// What came, in words.
fn got(value: &Obj) -> String {
    match value.downcast::<CData>() {
        Some(cd) => format!("cdata '{}'", cd.ct().name()),
        None if value.is_none() => String::from("None"),
        None => value.type_name(),
    }
}

/// The least and the greatest value of an integer type.
fn limits(ct: &CType) -> Option<(i128, i128)> {
    if ct.access == Access::Bool {
        return Some((0, 1));
    }
    let bits = 8 * u32::try_from(ct.known_size()?).ok()?;
    match ct.access {
        access if !access.is_integer() || bits == 0 || bits > 64 => None,
        access if access.is_signed() => Some((-(1 << (bits - 1)), (1 << (bits - 1)) - 1)),
        _ => Some((0, (1 << bits) - 1)),
    }
}

/// Adds to the error about a name that is no field of `ct` which ones there are.
#[cold]
#[inline(never)]
pub(crate) fn no_such_field(py: Py<'_>, raised: Raised, ct: &CType, fields: &Fields) -> Raised {
    /// Names that fit into a line or two.
    const SHOWN: usize = 12;
    let names: Vec<String> = fields.iter().map(|field| text::lossy(py, &field.name)).collect();
    let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len() {
        0 => py.note(raised, format_args!("'{}' has no fields", ct.name())),
        1 => py.note(raised, format_args!("the field of '{}': {shown}", ct.name())),
        _ => py.note(raised, format_args!("the fields of '{}': {shown}{more}", ct.name())),
    }
}

/// Adds to the error of an object that is no number what was expected and what came.
#[cold]
#[inline(never)]
pub(crate) fn not_a_number(py: Py<'_>, raised: Raised, expected: &str, value: &Obj) -> Raised {
    let line = |class| match class {
        Exc::Type => {
            let hint = hint::number(value).map_or_else(String::new, |hint| format!(" ({hint})"));
            format!("an argument: expected a {expected}, got {}{hint}", got(value))
        }
        _ => format!("an argument: a {expected}"),
    };
    py.note_conversion(raised, line, || None)
}
