//! The message for a value of the wrong type.

use crate::ctype::CType;
use crate::rt::{Obj, Py, Raised, raise};

/// `initializer for ctype ... must be a EXPECTED, not ...` (contract: the shared message builder).
#[cold]
pub(crate) fn wrong_type(py: Py<'_>, ct: &CType, expected: &str, got: &Obj) -> Raised {
    raise!(py, Type, "initializer for ctype '{}' must be a {expected}, not {}", ct.name(), got.type_name())
}
