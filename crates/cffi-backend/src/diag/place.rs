//! The place where a conversion to C failed, and the text of the notes below its exception.

use crate::ctype::{Access, CType, Field};
use crate::value::CData;
use cffi_rt::line::Line;
use cffi_rt::note::{Key, Notes};
use cffi_rt::{Exc, Obj, Py, Raised};

use super::hint;

/// The destination of a value.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    /// The argument with this number, the first is 1, of a function of this name.
    Argument(usize, &'a str),
    /// An argument of a compiled module's function, which does not tell its number or name.
    SomeArgument,
    /// A field of this struct or union.
    Field(&'a Field, &'a CType),
    /// An item of this array.
    Item(usize, &'a CType),
    /// A value that an iterator gives for a slice; the first is number 0.
    Value(usize),
    /// The initializer of `new()`.
    Initializer,
    /// A global variable of this name.
    Variable(&'a str),
}

impl Place<'_> {
    fn push(&self, line: &mut Line) {
        match self {
            Place::Argument(number, function) => {
                line.push("argument ").push_number(*number).push(" of ").push(function)
            }
            Place::SomeArgument => line.push("an argument"),
            Place::Field(field, ct) => {
                match field.name_text() {
                    "" => line.push("an unnamed field"),
                    name => line.push("field '").push(name).push("'"),
                };
                line.push(" of ");
                push_quoted(line, ct)
            }
            Place::Item(index, ct) => push_quoted(line.push("item ").push_number(*index).push(" of "), ct),
            Place::Value(index) => line.push("value ").push_number(*index).push(" for the slice"),
            Place::Initializer => line.push("the initializer"),
            Place::Variable(name) => line.push("variable '").push(name).push("'"),
        };
    }

    /// Returns the key of the note about a `value` that does not convert to `ct`. The key contains the address of the
    /// value's class, which identifies a class only if it is never freed. Returns `None` for other classes, and for a
    /// cdata, whose C type the note names.
    fn key(&self, ct: &CType, value: &Obj) -> Option<(Key, &str)> {
        if !value.is_of_static_class() {
            return None;
        }
        let ctype = |ct: &CType| std::ptr::from_ref(ct).addr();
        let (place, of, at, name) = match *self {
            Place::Argument(number @ 1..10, name) => (number << 3, [0; 2], "argument 1 of ".len(), name),
            Place::Argument(..) => return None,
            Place::SomeArgument => (1, [0; 2], 0, ""),
            Place::Field(field, ct) => (2, [ctype(ct), std::ptr::from_ref(field).addr()], 0, ""),
            Place::Item(index, ct) => ((index << 3) | 3, [ctype(ct), 0], 0, ""),
            Place::Value(index) => ((index << 3) | 4, [0; 2], 0, ""),
            Place::Initializer => (5, [0; 2], 0, ""),
            Place::Variable(name) => (6, [0; 2], "variable '".len(), name),
        };
        let got = value.tp().addr();
        Some((Key { place, of, expected: ctype(ct), got, name: [at, name.len()] }, name))
    }

    fn is_bit_field(&self) -> bool {
        matches!(self, Place::Field(field, _) if field.bitshift >= 0)
    }

    /// Adds the name of the expected C type, with the width of a bit field.
    fn push_expected(&self, ct: &CType, line: &mut Line) {
        if let Place::Field(field, _) = self
            && let Ok(width) = usize::try_from(field.width.bits())
            && self.is_bit_field()
        {
            line.push_number(width).push(" bits of ");
        }
        push_quoted(line, ct);
    }
}

pub(super) fn push_quoted<'l>(line: &'l mut Line, ct: &CType) -> &'l mut Line {
    line.push("'").push(ct.name()).push("'")
}

/// Adds notes to the error of storing `value` as `ct` at `place`: the expected type and the value that came.
#[cold]
#[inline(never)]
pub(crate) fn refused(py: Py<'_>, raised: Raised, place: Place<'_>, ct: &CType, value: &Obj) -> Raised {
    py.note_conversion(
        &ct.state().notes,
        raised,
        place.key(ct, value),
        |class, line| innermost(class, place, ct, value, line),
        |line| {
            // The other places add nothing to the first note.
            if !matches!(place, Place::Initializer | Place::SomeArgument) {
                place.push(line.push("in "));
            }
        },
    )
}

fn innermost(class: Exc, place: Place<'_>, ct: &CType, value: &Obj, line: &mut Line) {
    place.push(line);
    match class {
        Exc::Type => {
            place.push_expected(ct, line.push(": expected "));
            push_got(value, line);
            let hint = hint::of(ct, value, matches!(place, Place::Argument(..) | Place::SomeArgument));
            push_hint(hint, line);
        }
        Exc::Overflow => {
            place.push_expected(ct, line.push(": "));
            if let (Some((least, greatest)), false) = (limits(ct), place.is_bit_field()) {
                line.push(" holds ").push(least).push(" to ").push(greatest);
            }
        }
        _ => place.push_expected(ct, line.push(": ")),
    }
}

/// Adds a description of the value that came.
fn push_got(value: &Obj, line: &mut Line) {
    line.push(", got ");
    match value.downcast::<CData>() {
        Some(cd) => push_quoted(line.push("cdata "), cd.ct()),
        None if value.is_none() => line.push("None"),
        None => line.push(&value.type_name()),
    };
}

fn push_hint(hint: Option<&'static str>, line: &mut Line) {
    if let Some(hint) = hint {
        line.push(" (").push(hint).push(")");
    }
}

/// Returns the least and the greatest value of an integer type.
fn limits(ct: &CType) -> Option<(&'static str, &'static str)> {
    Some(match ct.access {
        Access::Bool => ("0", "1"),
        Access::I8 => ("-128", "127"),
        Access::I16 => ("-32768", "32767"),
        Access::I32 => ("-2147483648", "2147483647"),
        Access::I64 => ("-9223372036854775808", "9223372036854775807"),
        Access::U8 => ("0", "255"),
        Access::U16 => ("0", "65535"),
        Access::U32 => ("0", "4294967295"),
        Access::U64 => ("0", "18446744073709551615"),
        _ => return None,
    })
}

/// The number of this kind of place in keys of notes: [`Place::SomeArgument`] has its lowest bits and nothing above them.
const A_NUMBER: usize = 1 | 1 << 3;

/// Returns the key of the note that [`not_a_number`] adds, if it depends on the class of the value only.
pub(crate) fn number_key(expected: &'static str, value: &Obj) -> Option<Key> {
    let of = [expected.as_ptr().addr(), expected.len()];
    let key = Key { place: A_NUMBER, of, expected: 0, got: value.tp().addr(), name: [0; 2] };
    (value.is_of_static_class() && value.downcast::<CData>().is_none()).then_some(key)
}

/// Adds a note to the error of an object that is no number: the expected type and the object. `notes` is given where it
/// is known.
#[cold]
#[inline(never)]
pub(crate) fn not_a_number(
    py: Py<'_>,
    notes: Option<&Notes>,
    raised: Raised,
    expected: &'static str,
    value: &Obj,
) -> Raised {
    let innermost = |class, line: &mut Line| match class {
        Exc::Type => {
            line.push("an argument: expected a ").push(expected);
            push_got(value, line);
            push_hint(hint::number(value), line);
        }
        _ => {
            line.push("an argument: a ").push(expected);
        }
    };
    let key = number_key(expected, value).map(|key| (key, ""));
    match notes {
        Some(notes) => py.note_conversion(notes, raised, key, innermost, |_| {}),
        None => py.note_conversion(&Notes::new(), raised, None, innermost, |_| {}),
    }
}
