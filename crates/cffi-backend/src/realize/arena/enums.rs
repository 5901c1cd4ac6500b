//! Enums from the arena.

use cffi_types::primitive;

use crate::ctype::{CType, make, new_enum};
use crate::decls::object::FfiObject;
use crate::inline::node::EnumNode;
use crate::realize::integer;
use cffi_rt::{Exc, Obj, Owned, Py, R, raise, seq, text};

/// Makes an enum.
///
/// # Errors
/// `ffi.error` if only the C compiler knows all values.
pub(super) fn enumeration(py: Py<'_>, ffi: &FfiObject, e: &EnumNode) -> R<Owned<CType>> {
    let st = ffi.context().state();
    if e.partial {
        let text = format_args!("'{}' has values that only a C compiler knows", e.name);
        return Err(st.ffi_error(py, text));
    }
    if e.enumerators.is_empty() {
        let name = &e.name;
        let text = py.format(format_args!(
            "'{name}' has no values explicitly defined; guessing that it is equivalent to 'unsigned int'"
        ))?;
        py.warn(Exc::UserWarning, &text)?;
    }
    let Some(base) = e.base.primitive().and_then(|prim| primitive::by_number(prim as usize)) else {
        return Err(raise!(py, NotImplemented, "'{}' has a type that is not supported", e.name));
    };
    let base = make::primitive(py, st, base)?;
    let keys = py.try_collect(e.enumerators.iter().map(|(name, _)| text::new_str(py, name)))?;
    let values = py.try_collect(e.enumerators.iter().map(|(_, value)| integer::object(py, *value)))?;
    let keys = seq::tuple(py, &py.collect(keys.iter().map(|key| -> &Obj { key }))?)?;
    let values = seq::tuple(py, &py.collect(values.iter().map(|value| -> &Obj { value }))?)?;
    new_enum::new(py, &e.name, &keys, &values, &base)
}
