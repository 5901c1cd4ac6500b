//! Integer constants and enumerators.

use crate::decls::context::{Context, Includes};
use cffi_rt::{Owned, Py, R, num};

/// Returns the value of global `i`; `ffi.error` where the compiler disagrees with the declaration.
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

/// Returns the value of global `i` if it is a constant; `None` for names of other things.
pub(crate) fn int_if(py: Py<'_>, cx: &Context, i: usize) -> R<Option<Owned>> {
    use cffi_abi::Op;
    let op = cx.decl().global(i).and_then(|g| g.op.op().ok());
    if matches!(op, Some(Op::ConstantInt | Op::Enum)) { int(py, cx, i).map(Some) } else { Ok(None) }
}

/// Returns the value of the integer constant or enumerator `name` of an included FFI object; `None` if none has it.
pub(crate) fn find_in_includes(py: Py<'_>, cx: &Context, name: &[u8]) -> R<Option<Owned>> {
    search(py, cx, name, &mut Includes::new())
}

fn search(py: Py<'_>, cx: &Context, name: &[u8], path: &mut Includes) -> R<Option<Owned>> {
    for other in cx.includes() {
        let other = other.context();
        let found = path.enter(py, other, |path| match own(py, other, name)? {
            Some(value) => Ok(Some(value)),
            None => search(py, other, name, path),
        })?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Returns the value of the integer constant or enumerator `name`, of this FFI object or of an included one; `None` if
/// none has it.
///
/// # Errors
/// `ffi.error` if the name is not that of a constant.
pub(crate) fn find(py: Py<'_>, cx: &Context, name: &[u8]) -> R<Option<Owned>> {
    match own(py, cx, name)? {
        Some(value) => Ok(Some(value)),
        None => find_in_includes(py, cx, name),
    }
}

/// Returns the value of the integer constant or enumerator `name` of this FFI object alone.
fn own(py: Py<'_>, cx: &Context, name: &[u8]) -> R<Option<Owned>> {
    let Some(i) = cx.decl().find_global(name) else { return Ok(None) };
    match int_if(py, cx, i)? {
        Some(value) => Ok(Some(value)),
        None => {
            let name = String::from_utf8_lossy(&name[..name.len().min(200)]);
            let text = format_args!(
                "function, global variable or non-integer constant '{name}' must be fetched from its original \
                 'lib' object"
            );
            Err(cx.state().ffi_error(py, text))
        }
    }
}
