//! Giving a struct or union its members.

use crate::rt::{Args, Py, R, raise};
use crate::state::Module;

/// Module function `complete_struct_or_union`.
pub(crate) fn complete_struct_or_union(py: Py<'_>, _module: &Module, _args: Args<'_>) -> R {
    Err(raise!(py, NotImplemented, "complete_struct_or_union"))
}
