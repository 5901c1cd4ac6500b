//! What to do about a value of the wrong type, for the cases that are met most.

use pyo3_ffi as ffi;

use crate::ctype::{Access, CType, Kind};
use crate::value::CData;
use cffi_rt::Obj;

/// A short piece of advice for a `value` that `ct` does not take; `argument`: of a call, which takes more.
pub(super) fn of(ct: &CType, value: &Obj, argument: bool) -> Option<&'static str> {
    if let Some(cd) = value.downcast::<CData>() {
        return of_cdata(ct, cd.ct());
    }
    match ct.access {
        _ if ct.kind == Kind::Enum && value.is_str() => Some("lib.NAME is the number of a constant"),
        access if access.is_integer() => number(value),
        access if access.is_float() && (value.is_str() || value.is_bytes()) => Some("float(x) reads a text"),
        Access::Char8 => character(value),
        Access::Char16 | Access::Char32 if value.is_bytes() => Some(DECODE),
        Access::Pointer => pointer(ct, value, argument),
        Access::Array | Access::OpenArray => array(ct, value),
        _ => None,
    }
}

const ENCODE: &str = "x.encode() makes bytes of a text";
const DECODE: &str = "x.decode() makes a text of bytes";

fn character(value: &Obj) -> Option<&'static str> {
    if value.is_str() {
        Some(ENCODE)
    } else if value.is_int() {
        Some("bytes([x]) is the byte of that number")
    } else if value.is_bytes() {
        Some("a single byte, as x[:1]")
    } else {
        None
    }
}

/// The same for any integer type.
pub(super) fn number(value: &Obj) -> Option<&'static str> {
    if value.is_float() {
        Some("int(x) drops the fraction")
    } else if value.is_str() {
        Some("int(x) reads a text")
    } else if value.is_bytes() {
        Some("x[0] is the number of a byte")
    } else {
        None
    }
}

fn pointer(ct: &CType, value: &Obj, argument: bool) -> Option<&'static str> {
    if value.is_none() {
        return Some("NULL is ffi.NULL");
    }
    if ct.is_function() {
        // SAFETY: alive.
        let callable = unsafe { ffi::PyCallable_Check(value.as_ptr()) } != 0;
        return callable.then_some("ffi.callback() makes a function pointer, to be kept as long as C has it");
    }
    let bytes = ct.item().is_some_and(|item| item.size() == 1);
    if value.is_str() && bytes {
        let made = "ffi.new() makes memory for x.encode(), to be kept as long as C has the address";
        return Some(if argument { ENCODE } else { made });
    }
    if value.is_int() {
        return Some("ffi.cast() makes a pointer of an address; NULL is ffi.NULL");
    }
    if value.is_list() || value.is_tuple() || value.is_bytes() || value.is_str() {
        return (!argument)
            .then_some("ffi.new() makes memory for it, to be kept as long as C has the address");
    }
    // SAFETY: alive.
    let buffer = unsafe { ffi::PyObject_CheckBuffer(value.as_ptr()) } != 0;
    buffer.then_some("ffi.from_buffer(x) gives the address of its memory")
}

fn array(ct: &CType, value: &Obj) -> Option<&'static str> {
    let item = ct.item()?;
    match item.access {
        Access::Char8 | Access::I8 | Access::U8 if value.is_str() => Some(ENCODE),
        Access::Char16 | Access::Char32 if value.is_bytes() => Some(DECODE),
        _ => None,
    }
}

fn of_cdata(ct: &CType, got: &CType) -> Option<&'static str> {
    match (ct.access, got.access) {
        (Access::Aggregate, Access::Pointer) if got.item().is_some_and(|item| item.same(ct)) => {
            Some("x[0] is what a pointer points to")
        }
        (Access::Pointer, Access::Aggregate) if ct.item().is_some_and(|item| item.same(got)) => {
            Some("ffi.addressof(x) is its address")
        }
        // No cast for functions: C would call one with arguments that it does not take.
        (Access::Pointer, _) if ct.is_function() => None,
        (Access::Pointer, Access::Pointer | Access::Array | Access::OpenArray) if ct.name() != got.name() => {
            Some("ffi.cast() converts between pointer types")
        }
        (access, other) if access.is_integer() && other.is_float() => Some("int(x) drops the fraction"),
        (access, Access::Pointer | Access::Array | Access::OpenArray)
            if (access.is_integer() || access.is_float()) && got.item().is_some_and(is_number) =>
        {
            Some("x[0] is what it points to")
        }
        (access, Access::Pointer) if access.is_integer() => {
            Some("ffi.cast('uintptr_t', x) is the address as a number")
        }
        _ => None,
    }
}

fn is_number(ct: &CType) -> bool {
    ct.access.is_integer() || ct.access.is_float()
}
