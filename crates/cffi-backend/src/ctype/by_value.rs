//! The description of ctypes for calling conventions.

use std::ffi::c_char;
use std::sync::Arc;

use cffi_call::ctype::{ArgType, StructType};

use super::aggregate::layout;
use super::{Access, CType, Field, Kind};
use cffi_rt::{Py, R, raise, recursion};

/// The position of a value in a signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    Argument,
    Result,
}

impl Position {
    fn text(self) -> &'static str {
        match self {
            Position::Argument => "argument",
            Position::Result => "return value",
        }
    }
}

/// Describes `ct` for a call plan. `NotImplementedError` for types that cannot be passed by value outside of compiled
/// modules, `TypeError` for incomplete types.
pub(crate) fn arg_type(py: Py<'_>, ct: &CType, position: Position) -> R<ArgType> {
    Ok(match ct.access {
        Access::I8 | Access::I16 | Access::I32 | Access::I64 => int(ct, true),
        Access::U8
        | Access::U16
        | Access::U32
        | Access::U64
        | Access::Bool
        | Access::Char16
        | Access::Char32 => int(ct, false),
        // Some compilers rely on the caller to extend an argument.
        Access::Char8 => int(ct, c_char::MIN < 0),
        Access::F32 => ArgType::Float,
        Access::F64 => ArgType::Double,
        Access::LongDouble => ArgType::LongDouble,
        Access::Pointer => ArgType::Pointer,
        Access::Void if position == Position::Result => ArgType::Void,
        Access::Void | Access::Array | Access::OpenArray | Access::ComplexF32 | Access::ComplexF64 => {
            check_size(py, ct)?;
            return Err(unsupported_primitive(py, ct, position));
        }
        Access::Aggregate => {
            check_size(py, ct)?;
            ArgType::Struct(Arc::new(struct_type(py, ct, position)?))
        }
    })
}

fn int(ct: &CType, signed: bool) -> ArgType {
    ArgType::Int { size: u8::try_from(ct.size()).unwrap_or(8), signed }
}

fn check_size(py: Py<'_>, ct: &CType) -> R<()> {
    match ct.size() {
        0 => Err(raise!(py, Type, "ctype '{}' has size 0", ct.name())),
        n if n < 0 => Err(raise!(py, Type, "ctype '{}' has incomplete type", ct.name())),
        _ => Ok(()),
    }
}

#[cold]
fn unsupported_primitive(py: Py<'_>, ct: &CType, position: Position) -> cffi_rt::Raised {
    let complex = if ct.access.is_complex() {
        " (the support for complex types inside libffi is mostly missing at this point, so CFFI only \
         supports complex types as arguments or return value in API-mode functions)"
    } else {
        ""
    };
    let (name, size) = (ct.name(), ct.size());
    raise!(py, NotImplemented, "ctype '{name}' (size {size}) not supported as {}{complex}", position.text())
}

fn only_in_api_mode(position: Position) -> String {
    format!(
        " are only supported as {} if the function is 'API mode' and non-variadic (i.e. declared inside \
         ffibuilder.cdef()+ffibuilder.set_source() and not taking a final '...' argument)",
        position.text()
    )
}

/// Makes the `NotImplementedError` for a struct that cannot be passed outside of compiled modules.
#[cold]
pub(super) fn unsupported(py: Py<'_>, ct: &CType, position: Position, reason: &str) -> cffi_rt::Raised {
    raise!(
        py,
        NotImplemented,
        "ctype '{}' not supported as {}.  {reason}.  Such structs{}",
        ct.name(),
        position.text(),
        only_in_api_mode(position)
    )
}

fn struct_type(py: Py<'_>, ct: &CType, position: Position) -> R<StructType> {
    let _level = recursion::enter(py, c" while describing a struct for a call")?;
    if ct.kind == Kind::Union {
        return Err(raise!(
            py,
            NotImplemented,
            "ctype '{}' not supported as {} by libffi.  Unions{}",
            ct.name(),
            position.text(),
            only_in_api_mode(position)
        ));
    }
    let fields = ct.fields(py)?;
    if ct.layout_has(layout::CUSTOM_FIELD_POS) {
        return Err(unsupported(
            py,
            ct,
            position,
            "It is a struct declared with \"...;\", but the C calling convention may depend on the missing \
             fields; or, it contains anonymous struct/unions",
        ));
    }
    if ct.layout_has(layout::WITH_PACKED_CHANGE) {
        return Err(unsupported(
            py,
            ct,
            position,
            "It is a 'packed' structure, with a different layout than expected by libffi",
        ));
    }
    let mut members = Vec::new();
    for field in fields.into_iter().flat_map(super::aggregate::Fields::iter) {
        py.push(&mut members, member(py, ct, field, position)?)?;
    }
    let (size, align) = (ct.size().unsigned_abs(), ct.length().max(1).unsigned_abs());
    Ok(StructType { size, align, fields: members })
}

fn member(py: Py<'_>, ct: &CType, field: &Field, position: Position) -> R<(usize, ArgType, usize)> {
    if field.bitshift >= 0 {
        let reason = "It is a struct with bit fields, which libffi does not support";
        return Err(unsupported(py, ct, position, reason));
    }
    let (mut repeat, mut inner) = (1usize, &*field.ct);
    while inner.is_array() {
        repeat = repeat.saturating_mul(usize::try_from(inner.length()).unwrap_or(0));
        match inner.item() {
            Some(item) => inner = item,
            None => break,
        }
    }
    if repeat == 0 {
        let reason = "It is a struct with a zero-length array, which libffi does not support";
        return Err(unsupported(py, ct, position, reason));
    }
    Ok((field.offset.max(0).unsigned_abs(), arg_type(py, inner, Position::Argument)?, repeat))
}
