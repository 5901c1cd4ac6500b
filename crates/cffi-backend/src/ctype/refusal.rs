//! The texts by which types that cannot be passed by value are refused. They are the stock backend's.

use super::by_value::Position;
use super::{CType, Detail};
use cffi_rt::{Owned, Py, Raised, raise};

/// The reason why the stock backend does not pass a type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reason {
    /// A kind of type that C does not pass.
    Kind,
    Complex,
    Union,
    Anonymous,
    Packed,
    BitFields,
    /// An array of length 0, or without a length.
    NoItems,
    /// A struct without members.
    Empty,
}

/// A type that the stock backend does not pass.
pub(crate) struct Refusal {
    ct: Owned<CType>,
    position: Position,
    reason: Reason,
}

impl Refusal {
    pub(crate) fn of(ct: &CType, position: Position, reason: Reason) -> Refusal {
        Refusal { ct: ct.new_ref(), position, reason }
    }

    /// Makes the exception.
    #[cold]
    pub(crate) fn raise(&self, py: Py<'_>) -> Raised {
        let Refusal { ct, position, reason } = self;
        match reason {
            Reason::Kind => unsupported_primitive(py, ct, *position, ""),
            Reason::Complex => unsupported_primitive(
                py,
                ct,
                *position,
                " (the support for complex types inside libffi is mostly missing at this point, so CFFI only \
                 supports complex types as arguments or return value in API-mode functions)",
            ),
            Reason::Empty => raise!(py, Type, "ctype '{}' has size 0", ct.name()),
            Reason::Union => raise!(
                py,
                NotImplemented,
                "ctype '{}' not supported as {} by libffi.  Unions{}",
                ct.name(),
                text(*position),
                only_in_api_mode(*position)
            ),
            Reason::Anonymous => missing_members(py, ct, *position),
            Reason::Packed => {
                let reason = "It is a 'packed' structure, with a different layout than expected by libffi";
                unsupported(py, ct, *position, reason)
            }
            Reason::BitFields => {
                let reason = "It is a struct with bit fields, which libffi does not support";
                unsupported(py, ct, *position, reason)
            }
            Reason::NoItems => {
                let reason = "It is a struct with a zero-length array, which libffi does not support";
                unsupported(py, ct, *position, reason)
            }
        }
    }
}

fn text(position: Position) -> &'static str {
    match position {
        Position::Argument => "argument",
        Position::Result => "return value",
    }
}

/// Makes the `TypeError` for a type whose size is not known.
pub(super) fn incomplete(py: Py<'_>, ct: &CType) -> Option<Raised> {
    (ct.size() < 0).then(|| raise!(py, Type, "ctype '{}' has incomplete type", ct.name()))
}

/// Makes the `NotImplementedError` for a struct some of whose members only the C compiler knows.
#[cold]
pub(super) fn missing_members(py: Py<'_>, ct: &CType, position: Position) -> Raised {
    unsupported(
        py,
        ct,
        position,
        "It is a struct declared with \"...;\", but the C calling convention may depend on the missing \
         fields; or, it contains anonymous struct/unions",
    )
}

/// Makes the `NotImplementedError` for a type that no plan can pass, for a reason of its own.
#[cold]
pub(super) fn unsupported(py: Py<'_>, ct: &CType, position: Position, reason: &str) -> Raised {
    if matches!(ct.detail, Detail::Primitive(_) | Detail::BitInt(_)) {
        return unsupported_primitive(py, ct, position, "");
    }
    let (name, at, only) = (ct.name(), text(position), only_in_api_mode(position));
    raise!(py, NotImplemented, "ctype '{name}' not supported as {at}.  {reason}.  Such structs{only}")
}

fn unsupported_primitive(py: Py<'_>, ct: &CType, position: Position, more: &str) -> Raised {
    let (name, size, at) = (ct.name(), ct.size(), text(position));
    raise!(py, NotImplemented, "ctype '{name}' (size {size}) not supported as {at}{more}")
}

fn only_in_api_mode(position: Position) -> String {
    format!(
        " are only supported as {} if the function is 'API mode' and non-variadic (i.e. declared inside \
         ffibuilder.cdef()+ffibuilder.set_source() and not taking a final '...' argument)",
        text(position)
    )
}
