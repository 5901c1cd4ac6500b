//! Messages that the conversions share.

use crate::ctype::CType;
use crate::value::CData;
use cffi_rt::{Obj, Py, Raised, raise, text};

/// Makes the error for a value of the wrong type: `initializer for ctype '..' must be a EXPECTED, not ..`, with other
/// texts for a cdata whose type only looks like `ct`.
#[cold]
pub(crate) fn wrong_type(py: Py<'_>, ct: &CType, expected: &str, got: &Obj) -> Raised {
    match got.downcast::<CData>() {
        Some(cd) => wrong_ctype(py, ct, expected, cd.ct()),
        None => raise!(
            py,
            Type,
            "initializer for ctype '{}' must be a {expected}, not {}",
            ct.name(),
            got.type_name()
        ),
    }
}

/// Makes the error for a cdata of the type `got`, whose value does not matter.
#[cold]
pub(crate) fn wrong_ctype(py: Py<'_>, ct: &CType, expected: &str, got: &CType) -> Raised {
    let (name, other) = (ct.name(), got.name());
    if name != other {
        raise!(py, Type, "initializer for ctype '{name}' must be a {expected}, not cdata '{other}'")
    } else if !ct.same(got) {
        raise!(
            py,
            Type,
            "initializer for ctype '{name}' appears indeed to be '{other}', but the types are different \
             (check that you are not e.g. mixing up different ffi instances)"
        )
    } else {
        raise!(
            py,
            System,
            "initializer for ctype '{name}' is correct, but we get an internal mismatch--please report a bug"
        )
    }
}

/// Makes the `OverflowError` for a number that does not fit in an integer type.
#[cold]
pub(super) fn does_not_fit(py: Py<'_>, ct: &CType, value: &Obj) -> Raised {
    number_does_not_fit(py, ct.name(), value)
}

/// Makes the `OverflowError` for a number that does not fit in the type that `what` describes.
#[cold]
pub(crate) fn number_does_not_fit(py: Py<'_>, what: &str, value: &Obj) -> Raised {
    match text::str_of(py, value) {
        Ok(value) => raise!(py, Overflow, "integer {value} does not fit '{what}'"),
        Err(raised) => raised,
    }
}

/// Makes the `IndexError` for a sequence longer than its array.
#[cold]
pub(super) fn too_many_items(py: Py<'_>, array: &CType, got: usize) -> Raised {
    raise!(py, Index, "too many initializers for '{}' (got {got})", array.name())
}

/// Makes the `OverflowError` for memory that cannot be addressed.
#[cold]
pub(crate) fn array_too_large(py: Py<'_>) -> Raised {
    raise!(py, Overflow, "array size would overflow a Py_ssize_t")
}

/// Makes the `TypeError` for a struct without members.
#[cold]
pub(super) fn opaque(py: Py<'_>, ct: &CType) -> Raised {
    raise!(py, Type, "'{}' is opaque", ct.name())
}
