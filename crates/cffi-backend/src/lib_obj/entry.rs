//! Reads the entry of a global in the tables of a module.

use cffi_abi::Opcode;

use crate::ctype::CType;
use crate::decls::context::Context;
use crate::decls::entries::GlobalDecl;
use crate::realize::opcode as realize;
use crate::realize::words::Words;
use cffi_rt::{Owned, Py, R};

/// Returns the address of a global of a compiled module. It is an error if there is none.
pub(crate) fn needed(py: Py<'_>, cx: &Context, global: &GlobalDecl<'_>) -> R<*mut std::ffi::c_void> {
    if global.address().is_null() {
        let name = global.name.to_string_lossy();
        return Err(cx.state().ffi_error(py, format_args!("'{name}' has no address in its module")));
    }
    Ok(global.address())
}

/// Returns the index of the type of a global.
pub(crate) fn type_index(py: Py<'_>, cx: &Context, op: Opcode) -> R<usize> {
    let text = "a global has no type";
    op.index().ok_or_else(|| cx.state().ffi_error(py, format_args!("{text}")))
}

/// Returns the type of a global.
pub(crate) fn type_of(py: Py<'_>, cx: &Context, op: Opcode) -> R<Owned<CType>> {
    realize::ctype(py, cx, Words::Table, type_index(py, cx, op)?)
}
