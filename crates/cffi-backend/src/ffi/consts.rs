//! Integer constants and enumerators.

use super::context::Context;
use crate::rt::{Owned, Py, R, num};

/// The value of global `i`; `ffi.error` where the compiler disagrees with the declaration.
pub(crate) fn int(py: Py<'_>, cx: &Context, i: usize) -> R {
    let value = cx.decl().int_value(i);
    let Some(value) = value else {
        let name = name(cx, i);
        return Err(cx.state().ffi_error(py, format_args!("constant '{name}' has no value")));
    };
    let signed = value.bits.cast_signed();
    if value.disagrees {
        let name: String = name(cx, i).chars().take(200).collect();
        let got = if value.non_positive {
            signed.to_string()
        } else {
            format!("{} (0x{:x})", value.bits, value.bits)
        };
        return Err(cx.state().ffi_error(
            py,
            format_args!("the C compiler says '{name}' is equal to {got}, but the cdef disagrees"),
        ));
    }
    if value.non_positive { num::from_i64(py, signed) } else { num::from_u64(py, value.bits) }
}

fn name(cx: &Context, i: usize) -> String {
    cx.decl().global(i).map_or_else(String::new, |g| g.name.to_string_lossy().into_owned())
}

/// The same as an owned object or nothing, for names that may be something else.
pub(crate) fn int_if(py: Py<'_>, cx: &Context, i: usize) -> R<Option<Owned>> {
    use cffi_abi::Op;
    let op = cx.decl().global(i).and_then(|g| g.op.op().ok());
    if matches!(op, Some(Op::ConstantInt | Op::Enum)) { int(py, cx, i).map(Some) } else { Ok(None) }
}
