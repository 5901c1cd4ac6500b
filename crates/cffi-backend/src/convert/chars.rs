//! Characters: `char`, `wchar_t`, `char16_t`, `char32_t`.

use crate::memory::{Bits, Items, Scalars, Typed, primitive};
use cffi_rt::text::Text;
use cffi_rt::{Obj, Py, R, Raised, raise, text};

const MAX_CODE_POINT: u32 = 0x10_FFFF;

/// Makes a `str` of UTF-16 code units (surrogate pairs joined, lone ones kept).
pub(crate) fn str_from_utf16(py: Py<'_>, units: Scalars<'_, u16>) -> R {
    let pair = |i: usize| joined(units.get(i)?, units.get(i + 1)?);
    if (1..units.len()).any(|i| pair(i - 1).is_some()) {
        let mut points: Vec<u32> = py.room(cffi_memory::vec(units.len()))?;
        let mut i = 0;
        while let Some(unit) = units.get(i) {
            let point = pair(i);
            i += if point.is_some() { 2 } else { 1 };
            points.push(point.unwrap_or_else(|| unit.into()));
        }
        return text::from_units(py, &points);
    }
    str_from_units(py, units)
}

/// Makes a `str` of code units that are code points.
fn str_from_units<T: Bits + text::Unit>(py: Py<'_>, units: Scalars<'_, T>) -> R {
    if let (1, Some(unit)) = (units.len(), units.get(0)) {
        return text::from_units(py, &[unit]);
    }
    match units.to_str(py) {
        Some(made) => made,
        None => text::from_units(py, &py.collect(units.iter())?),
    }
}

/// Returns the code point of a surrogate pair.
fn joined(high: u16, low: u16) -> Option<u32> {
    ((0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low))
        .then(|| 0x10000 + (((u32::from(high) & 0x3FF) << 10) | (u32::from(low) & 0x3FF)))
}

/// Makes a `str` of code points; `ValueError` for values beyond U+10FFFF.
pub(crate) fn str_from_utf32(py: Py<'_>, units: Scalars<'_, u32>) -> R {
    if let Some(bad) = units.iter().find(|point| *point > MAX_CODE_POINT) {
        return Err(out_of_range(py, bad));
    }
    str_from_units(py, units)
}

/// Makes a `str` of one UTF-16 code unit.
#[inline(never)]
pub(crate) fn str_from_unit16(py: Py<'_>, unit: u16) -> R {
    text::from_units(py, &[unit])
}

/// Makes a `str` of one code point; `ValueError` for a value beyond U+10FFFF.
#[inline(never)]
pub(crate) fn str_from_unit32(py: Py<'_>, point: u32) -> R {
    if point > MAX_CODE_POINT {
        return Err(out_of_range(py, point));
    }
    text::from_units(py, &[point])
}

#[cold]
fn out_of_range(py: Py<'_>, point: u32) -> Raised {
    raise!(py, Value, "char32_t out of range for conversion to unicode: {point:#x}")
}

/// Writes a text as code units, as many as `to` has room for, without a terminator. Returns whether `to` is an array of
/// units of 2 or 4 bytes.
pub(crate) fn store(text: Text<'_>, to: Items<'_>) -> bool {
    if let Some(to) = to.scalars::<u16>() {
        match text {
            Text::One(s) => store_each(s, to, u16::from),
            Text::Two(s) => store_each(s, to, |unit| unit),
            Text::Four(s) => store_utf16(s, to),
        }
    } else if let Some(to) = to.scalars::<u32>() {
        match text {
            Text::One(s) => store_each(s, to, u32::from),
            Text::Two(s) => store_each(s, to, u32::from),
            Text::Four(s) => store_each(s, to, |unit| unit),
        }
    } else {
        return false;
    }
    true
}

fn store_each<S: Copy, T: Bits>(from: &[S], to: Scalars<'_, T>, convert: impl Fn(S) -> T) {
    for (i, c) in from.iter().enumerate() {
        to.set(i, convert(*c));
    }
}

fn store_utf16(from: &[u32], to: Scalars<'_, u16>) {
    let mut next = 0;
    let mut put = |unit: u32| {
        to.set(next, unit as u16);
        next += 1;
    };
    for point in from {
        match point.checked_sub(0x10000) {
            None => put(*point),
            Some(above) => {
                put(0xD800 | (above >> 10));
                put(0xDC00 | (above & 0x3FF));
            }
        }
    }
}

/// Converts to a `char`: `bytes` of length 1 or a cdata `char`.
pub(crate) fn to_char8(py: Py<'_>, obj: &Obj) -> R<u8> {
    if let Some([byte]) = obj.as_bytes() {
        return Ok(*byte);
    }
    match primitive(obj) {
        Some(Typed::Char8(place)) => Ok(place.get()),
        _ => Err(not_a_char(py, "char", "bytes", &obj.type_name())),
    }
}

/// Converts to a 2-byte character: `str` of length 1 in the basic plane, or a cdata character of that size.
pub(crate) fn to_char16(py: Py<'_>, obj: &Obj) -> R<u16> {
    if obj.is_str() {
        let text = Text::of(py, obj)?;
        return match text.single() {
            Some(point) => u16::try_from(point)
                .map_err(|_| not_a_char(py, "char16_t", "unicode string", "larger-than-0xFFFF character")),
            None => Err(wrong_length(py, "char16_t", text)),
        };
    }
    match primitive(obj) {
        Some(Typed::Char16(place)) => Ok(place.get()),
        _ => Err(not_a_char(py, "char16_t", "unicode string", &obj.type_name())),
    }
}

/// Converts to a 4-byte character: `str` of length 1, or a cdata character of that size.
pub(crate) fn to_char32(py: Py<'_>, obj: &Obj) -> R<u32> {
    if obj.is_str() {
        let text = Text::of(py, obj)?;
        return text.single().ok_or_else(|| wrong_length(py, "char32_t", text));
    }
    match primitive(obj) {
        Some(Typed::Char32(place)) => Ok(place.get()),
        _ => Err(not_a_char(py, "char32_t", "unicode string", &obj.type_name())),
    }
}

#[cold]
fn wrong_length(py: Py<'_>, name: &str, text: Text<'_>) -> Raised {
    not_a_char(py, name, "unicode string", &format!("unicode string of length {}", text.len()))
}

#[cold]
fn not_a_char(py: Py<'_>, name: &str, kind: &str, got: &str) -> Raised {
    raise!(py, Type, "initializer for ctype '{name}' must be a {kind} of length 1, not {got}")
}
