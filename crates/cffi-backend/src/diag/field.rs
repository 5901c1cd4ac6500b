//! The note about a name that is no field of a struct.

use super::nearest::nearest;
use super::place::push_quoted;
use crate::ctype::aggregate::Fields;
use crate::ctype::{CType, Field};
use cffi_rt::line::Line;
use cffi_rt::note::Key;
use cffi_rt::{Obj, Py, Raised, text, version};

/// The number of names that fit into a line or two.
const SHOWN: usize = 12;
/// The largest number of names that are compared. Without a GIL no note is kept, so each of them has to be cheap.
const COMPARED: usize = if cfg!(Py_GIL_DISABLED) { 64 } else { 4000 };

/// Adds a note to the error about `name`, which is no field of `ct`: the nearest field and the names of the fields.
///
/// The note for one name and type is made once, because programs look for fields with `hasattr()`.
#[cold]
#[inline(never)]
pub(crate) fn no_such_field(py: Py<'_>, raised: Raised, ct: &CType, fields: &Fields, name: &Obj) -> Raised {
    let notes = &ct.state().notes;
    if !name.is_str() {
        return py.note_known(notes, raised, None, |line| push(line, ct, fields, ""));
    }
    let hash = version::str_hash(name);
    let of = [std::ptr::from_ref(ct).addr(), 0];
    let key = Key { place: NO_FIELD, of, expected: hash, got: 0, name: [0; 2] };
    py.note_known(notes, raised, Some(&key), |line| push(line, ct, fields, &text::lossy(py, name)))
}

/// The number of this kind of place in keys of notes. Those of [`super::place`] are smaller or have a number above the
/// lowest bits.
const NO_FIELD: usize = 7;

fn push(line: &mut Line, ct: &CType, fields: &Fields, name: &str) {
    let names = || fields.iter().map(Field::name_text).filter(|name| !name.is_empty());
    let near = nearest(name.as_bytes(), names().take(COMPARED).map(str::as_bytes));
    if let Some(near) = near {
        line.push("the nearest field is '").push(&String::from_utf8_lossy(near)).push("'; ");
    }
    let number = names().count();
    match number {
        0 => push_quoted(line, ct).push(" has no fields"),
        1 => push_quoted(line.push("the field of "), ct).push(": "),
        _ => push_quoted(line.push("the fields of "), ct).push(": "),
    };
    for (i, shown) in names().take(SHOWN).enumerate() {
        line.push(if i > 0 { ", " } else { "" }).push(shown);
    }
    if number > SHOWN {
        line.push(" and ").push_number(number - SHOWN).push(" more");
    }
}
