//! Pointer values.

use super::error::{wrong_ctype, wrong_type};
use crate::ctype::{Access, CType, flag};
use crate::state::State;
use crate::value::CData;
use cffi_rt::{Obj, Owned, Py, R, raise};

/// Returns the address that `value` gives for the pointer or function type `ct`: that of a cdata pointer, function or
/// array of this type, or of one that converts to it as `void *` and `char *` do.
#[inline]
pub(crate) fn value(py: Py<'_>, ct: &CType, value: &Obj) -> R<*mut u8> {
    match value.downcast::<CData>() {
        Some(cd) => {
            match source_type(cd.ct()) {
                Some(from) if from.same(ct) => {}
                Some(from) => check_types(py, ct, from, cd.ct())?,
                None => return Err(wrong_type(py, ct, "pointer or array", value)),
            }
            Ok(cd.data())
        }
        None => match direct_function(py, ct.state(), value)? {
            Some((from, address)) => {
                if !from.same(ct) {
                    check_types(py, ct, &from, &from)?;
                }
                Ok(address)
            }
            None => Err(wrong_type(py, ct, "cdata pointer", value)),
        },
    }
}

/// Returns the function pointer type and the address of a built-in function of a compiled module's `lib`; `None` for
/// other objects.
pub(crate) fn direct_function(py: Py<'_>, st: &State, obj: &Obj) -> R<Option<(Owned<CType>, *mut u8)>> {
    let found = (st.hooks.lib_function)(py, obj)?;
    Ok(found.and_then(|found| found.downcast::<CData>().map(|cd| (cd.ct().new_ref(), cd.data()))))
}

/// Returns the pointer type of a cdata that has an address as its value: arrays decay.
#[inline]
fn source_type(ct: &CType) -> Option<&CType> {
    match ct.access {
        Access::Pointer => Some(ct),
        Access::Array | Access::OpenArray => ct.decayed(),
        _ => None,
    }
}

/// Checks that a pointer of type `from` converts to the other type `to`. `given` is the type to name in messages (an
/// array's own).
fn check_types(py: Py<'_>, to: &CType, from: &CType, given: &CType) -> R<()> {
    if to.has(flag::VOID_PTR) || from.has(flag::VOID_PTR) {
        return Ok(());
    }
    if !to.has(flag::VOID_OR_CHAR_PTR) && !from.has(flag::VOID_OR_CHAR_PTR) {
        return Err(wrong_ctype(py, to, "pointer to same type", given));
    }
    let to_bytes = |ct: &CType| ct.is_pointer() && ct.item().is_some_and(|item| item.size() == 1);
    if to_bytes(to) && to_bytes(from) {
        return Ok(());
    }
    if !to.state().release(py).refuses_char_pointers() {
        return warn(py, to);
    }
    // These are the C backend's texts, which differ in a full stop and a colon and lack a space.
    Err(if to.has(flag::VOID_OR_CHAR_PTR) {
        raise!(
            py,
            Type,
            "implicit cast to 'char *' from a different pointer type.(check that the types are as you expect; \
             use an explicit ffi.cast() if they are correct)"
        )
    } else {
        raise!(
            py,
            Type,
            "implicit cast from 'char *' to a different pointer type: (check that the types are as you expect; \
             use an explicit ffi.cast() if they are correct)"
        )
    })
}

/// Warns about the conversion, which front ends before 2.0 permit.
#[cold]
fn warn(py: Py<'_>, to: &CType) -> R<()> {
    let way = if to.has(flag::VOID_OR_CHAR_PTR) { "to 'char *' from" } else { "from 'char *' to" };
    let text = format!(
        "implicit cast {way} a different pointer type: will be forbidden in the future (check that the types are \
         as you expect; use an explicit ffi.cast() if they are correct)"
    );
    py.warn(cffi_rt::Exc::UserWarning, &text)
}
