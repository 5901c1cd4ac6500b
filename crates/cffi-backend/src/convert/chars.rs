//! Characters: `char`, `wchar_t`, `char16_t`, `char32_t`.

use pyo3_ffi as ffi;

use crate::ctype::Access;
use crate::value::CData;
use cffi_rt::{Obj, Owned, Py, R, Raised, raise};

const MAX_CODE_POINT: u32 = 0x10_FFFF;

/// Makes a `str` of `units` UTF-16 code units (surrogate pairs joined, lone ones kept).
///
/// # Safety
/// `data` is readable for `units * 2` bytes; it need not be aligned.
pub(crate) unsafe fn str_from_utf16(py: Py<'_>, data: *const u8, units: usize) -> R {
    // SAFETY: readable by the caller, for every i below `units`.
    let unit = |i: usize| unsafe { data.cast::<u16>().add(i).read_unaligned() };
    let pair = |i: usize| joined(unit(i), unit(i + 1));
    if (1..units).any(|i| pair(i - 1).is_some()) {
        let mut points: Vec<u32> = py.room(cffi_memory::vec(units))?;
        let mut i = 0;
        while i < units {
            let point = if i + 1 < units { pair(i) } else { None };
            i += if point.is_some() { 2 } else { 1 };
            points.push(point.unwrap_or_else(|| unit(i - 1).into()));
        }
        return str_from_slice(py, &points);
    }
    if units == 1 {
        return str_from_slice(py, &[unit(0)]);
    }
    if data.cast::<u16>().is_aligned() {
        // SAFETY: readable by the caller, aligned.
        return unsafe { str_from_kind(py, data.cast::<u16>(), units) };
    }
    str_from_slice(py, &py.collect((0..units).map(unit))?)
}

/// Returns the code point of a surrogate pair.
fn joined(high: u16, low: u16) -> Option<u32> {
    ((0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low))
        .then(|| 0x10000 + (((u32::from(high) & 0x3FF) << 10) | (u32::from(low) & 0x3FF)))
}

/// Makes a `str` of `units` code points; `ValueError` for values beyond U+10FFFF.
///
/// # Safety
/// `data` is readable for `units * 4` bytes; it need not be aligned.
pub(crate) unsafe fn str_from_utf32(py: Py<'_>, data: *const u8, units: usize) -> R {
    // SAFETY: readable by the caller, for every i below `units`.
    let unit = |i: usize| unsafe { data.cast::<u32>().add(i).read_unaligned() };
    if let Some(bad) = (0..units).map(unit).find(|point| *point > MAX_CODE_POINT) {
        return Err(raise!(py, Value, "char32_t out of range for conversion to unicode: {bad:#x}"));
    }
    if units == 1 {
        return str_from_slice(py, &[unit(0)]);
    }
    if data.cast::<u32>().is_aligned() {
        // SAFETY: readable by the caller, aligned.
        return unsafe { str_from_kind(py, data.cast::<u32>(), units) };
    }
    str_from_slice(py, &py.collect((0..units).map(unit))?)
}

/// Makes a `str` of code units that are code points.
fn str_from_slice<T: Unit>(py: Py<'_>, units: &[T]) -> R {
    // SAFETY: a slice is readable and aligned.
    unsafe { str_from_kind(py, units.as_ptr(), units.len()) }
}

/// Makes a `str` of the code units at a pointer.
///
/// # Safety
/// `units` is readable for `len` items and aligned.
unsafe fn str_from_kind<T: Unit>(py: Py<'_>, units: *const T, len: usize) -> R {
    let kind = size_of::<T>() as std::ffi::c_int;
    // SAFETY: attached; readable by the caller. The kinds of strings are numbered by the size of their units.
    unsafe { Owned::from_new(py, ffi::PyUnicode_FromKindAndData(kind, units.cast(), len.cast_signed())) }
}

/// The code units that the interpreter has strings of.
trait Unit: Copy + Into<u32> {}
impl Unit for u8 {}
impl Unit for u16 {}
impl Unit for u32 {}

/// The characters of a `str` object, in the form in which the interpreter keeps them.
#[derive(Clone, Copy)]
pub(crate) enum Text<'a> {
    /// Characters below U+0100.
    One(&'a [u8]),
    /// Characters below U+10000.
    Two(&'a [u16]),
    /// Any characters.
    Four(&'a [u32]),
}

impl<'a> Text<'a> {
    /// Returns the characters of a `str` object; other objects raise `TypeError`.
    pub(crate) fn of(_py: Py<'_>, s: &'a Obj) -> R<Text<'a>> {
        // SAFETY: attached; the first call raises for other objects and readies a string that is not ready. The
        // characters are immutable and live as long as the object.
        unsafe {
            let len = ffi::PyUnicode_GetLength(s.as_ptr());
            if len < 0 {
                return Err(Raised::already());
            }
            let (data, len) = (ffi::PyUnicode_DATA(s.as_ptr()), len.cast_unsigned());
            Ok(match ffi::PyUnicode_KIND(s.as_ptr()) {
                1 => Text::One(std::slice::from_raw_parts(data.cast(), len)),
                2 => Text::Two(std::slice::from_raw_parts(data.cast(), len)),
                _ => Text::Four(std::slice::from_raw_parts(data.cast(), len)),
            })
        }
    }

    /// Returns the number of characters, which is the number of UTF-32 code units.
    pub(crate) fn len(self) -> usize {
        match self {
            Text::One(s) => s.len(),
            Text::Two(s) => s.len(),
            Text::Four(s) => s.len(),
        }
    }

    /// Returns the number of UTF-16 code units.
    pub(crate) fn utf16_len(self) -> usize {
        match self {
            Text::Four(s) => s.len() + s.iter().filter(|point| **point > 0xFFFF).count(),
            _ => self.len(),
        }
    }

    /// Returns the only character, if there is exactly one.
    pub(crate) fn single(self) -> Option<u32> {
        match self {
            Text::One([c]) => Some((*c).into()),
            Text::Two([c]) => Some((*c).into()),
            Text::Four([c]) => Some(*c),
            _ => None,
        }
    }

    /// Returns the number of code units of `size` bytes (2 or 4).
    pub(crate) fn units(self, size: usize) -> usize {
        if size == 2 { self.utf16_len() } else { self.len() }
    }

    /// Writes the text as code units of `size` bytes (2 or 4), without a terminator.
    ///
    /// # Safety
    /// `to` is writable for `self.units(size)` of them; it need not be aligned.
    pub(crate) unsafe fn store(self, to: *mut u8, size: usize) {
        // SAFETY: the caller promises room for the characters at the address.
        unsafe {
            match (self, size) {
                (Text::One(s), 2) => store_each::<_, u16>(s, to, u16::from),
                (Text::Two(s), 2) => std::ptr::copy_nonoverlapping(s.as_ptr().cast(), to, s.len() * 2),
                (Text::Four(s), 2) => store_utf16(s, to),
                (Text::One(s), _) => store_each::<_, u32>(s, to, u32::from),
                (Text::Two(s), _) => store_each::<_, u32>(s, to, u32::from),
                (Text::Four(s), _) => std::ptr::copy_nonoverlapping(s.as_ptr().cast(), to, s.len() * 4),
            }
        }
    }
}

/// # Safety
/// `to` is writable for as many items as `from` has.
unsafe fn store_each<S: Copy, T>(from: &[S], to: *mut u8, convert: impl Fn(S) -> T) {
    for (i, c) in from.iter().enumerate() {
        // SAFETY: the caller promises room for all characters at the address.
        unsafe { to.cast::<T>().add(i).write_unaligned(convert(*c)) };
    }
}

/// # Safety
/// `to` is writable for the UTF-16 form of `from`.
unsafe fn store_utf16(from: &[u32], to: *mut u8) {
    let mut to = to.cast::<u16>();
    let mut put = |unit: u32| {
        // SAFETY: by the caller; as many units are stored as `utf16_len` counts.
        unsafe {
            to.write_unaligned(unit as u16);
            to = to.add(1);
        }
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

/// Returns the address of the cdata's own bytes, if `obj` is a cdata character of type `access`.
fn char_cdata(obj: &Obj, access: Access) -> Option<*const u8> {
    obj.downcast::<CData>().filter(|cd| cd.ct().access == access).map(|cd| cd.data().cast_const())
}

/// Converts to a `char`: `bytes` of length 1 or a cdata `char`.
pub(crate) fn to_char8(py: Py<'_>, obj: &Obj) -> R<u8> {
    if let Some([byte]) = obj.as_bytes() {
        return Ok(*byte);
    }
    match char_cdata(obj, Access::Char8) {
        // SAFETY: a primitive cdata's address is that of its value.
        Some(data) => Ok(unsafe { data.read() }),
        None => Err(not_a_char(py, "char", "bytes", &obj.type_name())),
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
    match char_cdata(obj, Access::Char16) {
        // SAFETY: a primitive cdata's address is that of its value.
        Some(data) => Ok(unsafe { data.cast::<u16>().read_unaligned() }),
        None => Err(not_a_char(py, "char16_t", "unicode string", &obj.type_name())),
    }
}

/// Converts to a 4-byte character: `str` of length 1, or a cdata character of that size.
pub(crate) fn to_char32(py: Py<'_>, obj: &Obj) -> R<u32> {
    if obj.is_str() {
        let text = Text::of(py, obj)?;
        return text.single().ok_or_else(|| wrong_length(py, "char32_t", text));
    }
    match char_cdata(obj, Access::Char32) {
        // SAFETY: a primitive cdata's address is that of its value.
        Some(data) => Ok(unsafe { data.cast::<u32>().read_unaligned() }),
        None => Err(not_a_char(py, "char32_t", "unicode string", &obj.type_name())),
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
