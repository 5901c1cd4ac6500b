//! Advice about a value of the wrong type, for the most frequent mistakes.

use crate::ctype::{Access, CType, Kind};
use crate::value::CData;
use cffi_rt::Obj;
use cffi_rt::num;

/// Returns short advice for a `value` that `ct` does not take. `argument`: the value is the argument of a call, which
/// takes more kinds of values.
pub(super) fn of(ct: &CType, value: &Obj, argument: bool) -> Option<&'static str> {
    if let Some(cd) = value.downcast::<CData>() {
        return of_cdata(ct, cd.ct());
    }
    match ct.access {
        _ if ct.kind == Kind::Enum && value.is_str() => Some("lib.NAME gives the value of an enumerator"),
        access if access.is_integer() => number(value),
        access if access.is_float() && (value.is_str() || value.is_bytes()) => {
            Some("float(x) parses a string")
        }
        Access::Char8 => character(value),
        Access::Char16 | Access::Char32 if value.is_bytes() => Some(DECODE),
        Access::Pointer => pointer(ct, value, argument),
        Access::Array | Access::OpenArray => array(ct, value),
        _ => None,
    }
}

const ENCODE: &str = "x.encode() gives bytes";
const DECODE: &str = "x.decode() gives a str";
/// C gets the storage of the bytes object itself, and Python relies on its contents not to change.
const ENCODE_TO_READ: &str = "x.encode() gives bytes, which C may read but not change";
const NULL: &str = "use ffi.NULL where C accepts a null pointer";

fn character(value: &Obj) -> Option<&'static str> {
    if value.is_str() {
        Some(ENCODE)
    } else if value.is_int() {
        Some("bytes([x]) gives the byte with that value")
    } else if value.is_bytes() {
        Some("a char is exactly one byte")
    } else {
        None
    }
}

/// Returns advice for any integer type.
pub(super) fn number(value: &Obj) -> Option<&'static str> {
    if value.is_float() {
        Some("int(x) drops the fraction")
    } else if value.is_str() {
        Some("int(x) parses a string")
    } else if value.is_bytes() {
        Some("x[0] gives the value of the first byte")
    } else {
        None
    }
}

fn pointer(ct: &CType, value: &Obj, argument: bool) -> Option<&'static str> {
    if value.is_none() {
        return Some(NULL);
    }
    if ct.is_function() {
        return value
            .is_callable()
            .then_some("ffi.callback() makes a function pointer; keep it alive while C may call it");
    }
    if value.is_str() && ct.item().is_some_and(|item| item.size() == 1) {
        let made = "ffi.new() allocates memory for x.encode(); keep it alive while C uses it";
        return Some(if argument { ENCODE_TO_READ } else { made });
    }
    if value.is_int() {
        // Other numbers are seldom addresses, and a pointer to one number is too little where C expects an array.
        return num::is_zero(value).then_some(NULL);
    }
    if value.is_list() || value.is_tuple() || value.is_bytes() || value.is_str() {
        return (!argument).then_some("ffi.new() allocates memory for it; keep it alive while C uses it");
    }
    let buffer = value.has_buffer();
    let of_bytes = ct.item().is_none_or(|item| item.size() <= 1);
    buffer.then_some(match (argument, of_bytes) {
        (true, true) => "ffi.from_buffer(x) passes its memory; add require_writable=True if C writes to it",
        (true, false) => {
            "ffi.from_buffer(T, x) passes its memory as the array type T; add require_writable=True if C writes to it"
        }
        (false, true) => "ffi.from_buffer(x) gives its address; keep the result alive while C uses it",
        (false, false) => {
            "ffi.from_buffer(T, x) gives its address as the array type T; keep the result alive while C uses it"
        }
    })
}

fn array(ct: &CType, value: &Obj) -> Option<&'static str> {
    let item = ct.item()?;
    match item.access {
        Access::Char8 | Access::I8 | Access::U8 if value.is_str() => Some(ENCODE),
        Access::Char16 | Access::Char32 if value.is_bytes() => Some(DECODE),
        _ => None,
    }
}

/// Returns advice about a cdata. It never advises a cast: C would follow the pointer as if it had the other type, and
/// the result of a cast keeps no memory alive.
fn of_cdata(ct: &CType, got: &CType) -> Option<&'static str> {
    match (ct.access, got.access) {
        (Access::Aggregate, Access::Pointer) if got.item().is_some_and(|item| item.same(ct)) => {
            Some("x[0] is what x points to")
        }
        (Access::Pointer, Access::Aggregate) if ct.item().is_some_and(|item| item.same(got)) => {
            Some("ffi.addressof(x) is its address, valid while x is alive")
        }
        (access, other) if access.is_integer() && other.is_float() => Some("int(x) drops the fraction"),
        (access, Access::Pointer | Access::Array | Access::OpenArray)
            if (access.is_integer() || access.is_float()) && got.item().is_some_and(is_number) =>
        {
            Some("x[0] is the number that x points to")
        }
        _ => None,
    }
}

fn is_number(ct: &CType) -> bool {
    ct.access.is_integer() || ct.access.is_float()
}
