//! Making and reading `str` and `bytes` objects.

use std::borrow::Cow;

use pyo3_ffi as ffi;

use super::err::{R, Raised, raise};
use super::obj::{Obj, Owned};
use super::token::Py;

fn ssize(n: usize) -> ffi::Py_ssize_t {
    // A Rust slice is never longer than isize::MAX bytes.
    n.cast_signed()
}

/// Makes a `str`.
pub fn new_str(py: Py<'_>, s: &str) -> R {
    // Copying is faster than the interpreter's decoder. Only for texts of one letter does the decoder have ready
    // objects.
    if s.len() > 1 && s.is_ascii() {
        return new_ascii(py, s);
    }
    // SAFETY: attached; pointer and length describe `s`, which is UTF-8.
    unsafe { Owned::from_new(py, ffi::PyUnicode_FromStringAndSize(s.as_ptr().cast(), ssize(s.len()))) }
}

/// Makes a `str` of a text of ASCII characters.
fn new_ascii(py: Py<'_>, s: &str) -> R {
    // SAFETY: attached; nobody else has the object yet, which has room for `s` in its form for ASCII.
    unsafe {
        let text = Owned::from_new(py, ffi::PyUnicode_New(ssize(s.len()), 127))?;
        ffi::PyUnicode_1BYTE_DATA(text.as_ptr()).copy_from_nonoverlapping(s.as_ptr(), s.len());
        Ok(text)
    }
}

/// Makes a `str` of the bytes of a C name, with each sequence that is not UTF-8 replaced.
pub fn from_c(py: Py<'_>, name: &[u8]) -> R {
    // SAFETY: attached; pointer and length describe `name`.
    unsafe {
        let made = ffi::PyUnicode_DecodeUTF8(name.as_ptr().cast(), ssize(name.len()), c"replace".as_ptr());
        Owned::from_new(py, made)
    }
}

/// Makes an interned `str`.
pub fn interned(py: Py<'_>, s: &str) -> R {
    let mut p = new_str(py, s)?.into_ptr();
    // SAFETY: `p` is an owned str; interning replaces it by an owned reference to the canonical one.
    unsafe {
        ffi::PyUnicode_InternInPlace(&mut p);
        Owned::from_new(py, p)
    }
}

/// Returns the interned `str` that is equal to `s`. A subclass of `str` is copied into a plain one first.
pub fn intern_object(py: Py<'_>, s: &Obj) -> R {
    // SAFETY: attached, a str; interning replaces an owned reference by another.
    unsafe {
        let mut p = plain_str(py, s)?.into_ptr();
        ffi::PyUnicode_InternInPlace(&mut p);
        Owned::from_new(py, p)
    }
}

/// Returns the text as an object of the class `str` itself, not of a subclass.
#[inline]
pub fn plain_str(py: Py<'_>, s: &Obj) -> R {
    // SAFETY: attached, a str; gives the object itself or a copy.
    unsafe { Owned::from_new(py, ffi::PyUnicode_FromObject(s.as_ptr())) }
}

/// Makes a `bytes` object.
pub fn new_bytes(py: Py<'_>, s: &[u8]) -> R {
    // SAFETY: attached; pointer and length describe `s`.
    unsafe { Owned::from_new(py, ffi::PyBytes_FromStringAndSize(s.as_ptr().cast(), ssize(s.len()))) }
}

/// Returns the UTF-8 text of a `str` object; lone surrogates raise `UnicodeEncodeError`.
pub fn utf8<'a>(_py: Py<'_>, s: &'a Obj) -> R<&'a str> {
    let mut len = 0;
    // SAFETY: attached; a non-str argument makes the call fail with TypeError.
    let p = unsafe { ffi::PyUnicode_AsUTF8AndSize(s.as_ptr(), &mut len) };
    if p.is_null() {
        return Err(Raised::already());
    }
    // SAFETY: the UTF-8 form is cached in the object and lives as long as it.
    Ok(unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(p.cast(), len.cast_unsigned())) })
}

/// Returns the text of a `str` whose UTF-8 form has been made before; an empty one for other objects.
pub fn cached_utf8(s: &Obj) -> &str {
    // SAFETY: only attached threads have references to objects.
    let py = unsafe { Py::assume() };
    utf8(py, s).unwrap_or_else(|raised| {
        py.err_clear(raised);
        ""
    })
}

/// Returns whether the object is a `str` with that text.
pub fn is(py: Py<'_>, s: &Obj, text: &str) -> bool {
    match utf8(py, s) {
        Ok(found) => found == text,
        Err(raised) => {
            py.err_clear(raised);
            false
        }
    }
}

/// Returns the UTF-8 text, and rejects a NUL inside as C string arguments do.
pub fn utf8_no_nul<'a>(py: Py<'_>, s: &'a Obj) -> R<&'a str> {
    let text = utf8(py, s)?;
    if text.as_bytes().contains(&0) {
        return Err(raise!(py, Value, "embedded null character"));
    }
    Ok(text)
}

/// Returns a text for a message: characters that cannot be encoded are written as escapes. Never raises.
pub fn lossy<'a>(py: Py<'_>, s: &'a Obj) -> Cow<'a, str> {
    match utf8(py, s) {
        Ok(text) => Cow::Borrowed(text),
        Err(raised) => {
            py.err_clear(raised);
            // SAFETY: attached; the names are C strings.
            let bytes = unsafe {
                ffi::PyUnicode_AsEncodedString(s.as_ptr(), c"utf-8".as_ptr(), c"backslashreplace".as_ptr())
            };
            // SAFETY: null or a new reference to a bytes object.
            match unsafe { Owned::from_new(py, bytes) } {
                Ok(bytes) => {
                    let bytes = bytes.as_bytes().unwrap_or_default();
                    let text = std::str::from_utf8(bytes).unwrap_or("?");
                    cffi_memory::concat(&[text]).map_or(Cow::Borrowed("?"), Cow::Owned)
                }
                Err(raised) => {
                    py.err_clear(raised);
                    Cow::Borrowed("?")
                }
            }
        }
    }
}

/// Computes `repr(obj)` as a Rust string.
pub fn repr(py: Py<'_>, obj: &Obj) -> R<String> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let r = unsafe { Owned::from_new(py, ffi::PyObject_Repr(obj.as_ptr()))? };
    py.room(cffi_memory::concat(&[&lossy(py, &r)]))
}

/// Computes `str(obj)` as a Rust string.
pub fn str_of(py: Py<'_>, obj: &Obj) -> R<String> {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let r = unsafe { Owned::from_new(py, ffi::PyObject_Str(obj.as_ptr()))? };
    py.room(cffi_memory::concat(&[&lossy(py, &r)]))
}

/// Returns the number of characters of a `str`, or `None` for another object.
pub fn len(py: Py<'_>, s: &Obj) -> Option<usize> {
    if !s.is_str() {
        return None;
    }
    // SAFETY: the token proves that the thread is attached, and the object was checked to be a str.
    let len = unsafe { ffi::PyUnicode_GetLength(s.as_ptr()) };
    usize::try_from(len).map_err(|_| py.err_clear(Raised::already())).ok()
}

/// Returns a character of a `str`.
pub fn char_at(py: Py<'_>, s: &Obj, at: usize) -> Option<u32> {
    if len(py, s)? <= at {
        return None;
    }
    // SAFETY: the token proves that the thread is attached, and the str has a character at this index.
    Some(unsafe { ffi::PyUnicode_ReadChar(s.as_ptr(), at.cast_signed()) })
}

/// Returns whether two `str` objects have equal texts.
#[inline]
pub fn equal(_py: Py<'_>, a: &Obj, b: &Obj) -> bool {
    // SAFETY: the token proves that the thread is attached; the function raises nothing for two `str`, and `TypeError`
    // with another result than 0 for other objects.
    unsafe { ffi::PyUnicode_Compare(a.as_ptr(), b.as_ptr()) == 0 }
}

/// Returns the bytes of a file name in the encoding of the file system.
///
/// # Errors
/// `TypeError` for an object that is no `str`, and `UnicodeEncodeError`.
pub fn file_name_bytes(py: Py<'_>, name: &Obj) -> R {
    // SAFETY: the token proves that the thread is attached; the function checks the object.
    unsafe { Owned::from_new(py, ffi::PyUnicode_EncodeFSDefault(name.as_ptr())) }
}

/// Returns the `str` of a file name in the encoding of the file system.
///
/// # Errors
/// `UnicodeDecodeError`, and `MemoryError`.
pub fn file_name(py: Py<'_>, name: &[u8]) -> R {
    // SAFETY: the token proves that the thread is attached; pointer and length describe `name`.
    unsafe {
        Owned::from_new(py, ffi::PyUnicode_DecodeFSDefaultAndSize(name.as_ptr().cast(), ssize(name.len())))
    }
}

/// Makes a `str` of the characters that the system calls wide.
///
/// # Errors
/// `MemoryError`.
#[cfg(windows)]
pub fn from_wide(py: Py<'_>, characters: &[u16]) -> R {
    // SAFETY: the token proves that the thread is attached; pointer and length describe the characters.
    unsafe { Owned::from_new(py, ffi::PyUnicode_FromWideChar(characters.as_ptr(), ssize(characters.len()))) }
}

/// Computes `bytes(obj)` for an object with a buffer.
///
/// # Errors
/// `TypeError` for an object without a buffer, and whatever its export raises.
pub fn bytes_of(py: Py<'_>, obj: &Obj) -> R {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    unsafe { Owned::from_new(py, ffi::PyBytes_FromObject(obj.as_ptr())) }
}

/// The code units that the interpreter has strings of.
///
/// # Safety
/// The type is a number of 1, 2 or 4 bytes without other bit patterns than values.
pub unsafe trait Unit: Copy + Into<u32> {}
// SAFETY: a number of one byte.
unsafe impl Unit for u8 {}
// SAFETY: a number of two bytes.
unsafe impl Unit for u16 {}
// SAFETY: a number of four bytes.
unsafe impl Unit for u32 {}

/// Makes a `str` of code points.
///
/// # Errors
/// `MemoryError`, and `SystemError` for a number that is no code point.
#[inline]
pub fn from_units<T: Unit>(py: Py<'_>, units: &[T]) -> R {
    let (kind, len) = (size_of::<T>() as std::ffi::c_int, units.len().cast_signed());
    // SAFETY: the token proves that the thread is attached, and a slice is readable and aligned. The kinds of strings are
    // numbered by the size of their units.
    unsafe { Owned::from_new(py, ffi::PyUnicode_FromKindAndData(kind, units.as_ptr().cast(), len)) }
}

/// The characters of a `str` object, in the form in which the interpreter keeps them.
#[derive(Clone, Copy)]
pub enum Text<'a> {
    /// Characters below U+0100.
    One(&'a [u8]),
    /// Characters below U+10000.
    Two(&'a [u16]),
    /// Any characters.
    Four(&'a [u32]),
}

impl<'a> Text<'a> {
    /// Returns the characters of a `str` object; other objects raise `TypeError`.
    ///
    /// # Errors
    /// `TypeError`.
    pub fn of(_py: Py<'_>, s: &'a Obj) -> R<Text<'a>> {
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
    pub fn len(self) -> usize {
        match self {
            Text::One(s) => s.len(),
            Text::Two(s) => s.len(),
            Text::Four(s) => s.len(),
        }
    }

    /// Returns the number of UTF-16 code units.
    pub fn utf16_len(self) -> usize {
        match self {
            Text::Four(s) => s.len() + s.iter().filter(|point| **point > 0xFFFF).count(),
            _ => self.len(),
        }
    }

    /// Returns the only character, if there is exactly one.
    pub fn single(self) -> Option<u32> {
        match self {
            Text::One([c]) => Some((*c).into()),
            Text::Two([c]) => Some((*c).into()),
            Text::Four([c]) => Some(*c),
            _ => None,
        }
    }

    /// Returns the number of code units of `size` bytes (2 or 4).
    pub fn units(self, size: usize) -> usize {
        if size == 2 { self.utf16_len() } else { self.len() }
    }
}
