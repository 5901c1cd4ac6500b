//! `string`.

use super::extent::known_extent;
use super::{from_buffer, reach};
use crate::convert::{self, chars};
use crate::ctype::{Access, CType, Kind};
use crate::memory::{Items, Loc, Typed};
use crate::value::object::CData;
use cffi_rt::args::{self, Args, Params, Place};
use cffi_rt::buffer::View;
use cffi_rt::{Obj, Py, R, raise, text};

const PARAMS: Params = Params { function: "string", names: &["cdata", "maxlen"], required: 1 };

/// Module function and FFI method `string`.
pub(crate) fn string(py: Py<'_>, _receiver: &Obj, args: Args<'_>) -> R {
    if args.len() == 1
        && args.keywords() == 0
        && let Some(cd) = args.get(0).downcast::<CData>()
        && let Some(bytes) = plain_bytes(py, cd)
    {
        return bytes;
    }
    string_any(py, args)
}

#[inline(never)]
fn string_any(py: Py<'_>, args: Args<'_>) -> R {
    let [Some(cd), maxlen] = args.bind(py, &PARAMS)? else { return Err(py.no_memory()) };
    let cd = Place { function: "string", number: 1 }.exact::<CData>(py, cd)?;
    let maxlen = args::ssize_or(py, maxlen, -1)?;
    of(py, cd, usize::try_from(maxlen).ok())
}

/// Returns the bytes of a pointer or array of bytes whose memory needs no further check; `None` for other cdata.
#[inline(always)]
fn plain_bytes(py: Py<'_>, cd: &CData) -> Option<R> {
    let item = cd.ct().item()?;
    if !matches!(item.access, Access::Char8 | Access::I8 | Access::U8) || !cd.ct().is_pointer_or_array() {
        return None;
    }
    from_buffer::steady_address(cd)?;
    // An item has one byte.
    let known = if cd.ct().is_array() { usize::try_from(cd.array_len()).ok() } else { known_extent(cd) };
    Some(reach::bytes(cd, known)?.scalars::<u8>()?.to_bytes(py))
}

/// Returns the text of a pointer, an array, an enum's value or a single character. `maxlen` counts characters.
///
/// # Errors
/// `TypeError` for other types, `RuntimeError` for a NULL that would point to integers or characters.
pub(crate) fn of(py: Py<'_>, cd: &CData, maxlen: Option<usize>) -> R {
    let ct = cd.ct();
    let points_to =
        |item: &&CType| item.access.is_char() || (item.access.is_integer() && item.access != Access::Bool);
    if let Some(item) = ct.item().filter(points_to) {
        if cd.data().is_null() {
            return Err(raise!(py, Runtime, "cannot use string() on {}", text::repr(py, cd)?));
        }
        if let Some(unit) = Unit::of(item.access) {
            return text_at(py, cd, unit, maxlen);
        }
    }
    if ct.kind == Kind::Enum {
        return enumerator(py, cd);
    }
    match Unit::of(ct.access) {
        Some(_) if ct.kind == Kind::Primitive => single(py, cd),
        _ => Err(raise!(py, Type, "string(): unexpected cdata '{}' argument", ct.name())),
    }
}

/// The unit of a text.
#[derive(Clone, Copy)]
enum Unit {
    Byte,
    Utf16,
    Utf32,
}

impl Unit {
    /// Returns the unit for characters, and for integers of one byte other than `_Bool`.
    fn of(access: Access) -> Option<Unit> {
        match access {
            Access::Char8 | Access::I8 | Access::U8 => Some(Unit::Byte),
            Access::Char16 => Some(Unit::Utf16),
            Access::Char32 => Some(Unit::Utf32),
            _ => None,
        }
    }

    fn size(self) -> usize {
        match self {
            Unit::Byte => 1,
            Unit::Utf16 => 2,
            Unit::Utf32 => 4,
        }
    }
}

/// Makes the Python object of one character.
fn single(py: Py<'_>, cd: &CData) -> R {
    match Loc::of(cd).map(Loc::typed) {
        Some(Typed::Char8(place) | Typed::U8(place)) => text::new_bytes(py, &[place.get()]),
        Some(Typed::I8(place)) => text::new_bytes(py, &[place.get().cast_unsigned()]),
        _ => convert::value(py, cd),
    }
}

/// Makes the Python object of characters.
#[inline(always)]
fn object(py: Py<'_>, characters: Items<'_>) -> Option<R> {
    Some(match characters.item().access {
        Access::Char16 => chars::str_from_utf16(py, characters.scalars()?),
        Access::Char32 => chars::str_from_utf32(py, characters.scalars()?),
        _ => characters.scalars::<u8>()?.to_bytes(py),
    })
}

/// Returns the text in memory. It ends at a zero, at `maxlen`, or where the memory ends, if that is known.
fn text_at(py: Py<'_>, cd: &CData, unit: Unit, maxlen: Option<usize>) -> R {
    let mut lock = View::none();
    from_buffer::guard(py, cd, &mut lock)?;
    let known = known_extent(cd).map(|bytes| bytes / unit.size());
    let limit = match (known, maxlen) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    match reach::characters(cd, limit).and_then(|characters| object(py, characters)) {
        Some(made) => made,
        None => Err(raise!(py, Type, "string(): unexpected cdata '{}' argument", cd.ct().name())),
    }
}

/// Returns the name of an enum's value, or its number where it has none.
fn enumerator(py: Py<'_>, cd: &CData) -> R {
    let value = convert::value(py, cd)?;
    if let Some(e) = cd.ct().enumeration()
        && let Some(name) = e.name_of(py, &value)?
    {
        return Ok(name);
    }
    text::new_str(py, &text::str_of(py, &value)?)
}
