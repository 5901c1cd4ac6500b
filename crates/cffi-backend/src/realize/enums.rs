//! Enums of a module.

use cffi_abi::Op;

use crate::ctype::{CType, new_enum};
use crate::decls::context::Context;
use crate::decls::{consts, names};
use crate::realize::opcode as realize;
use cffi_rt::{Obj, Owned, Py, R, seq, text};

/// Makes enum `i` of the declarations.
pub(crate) fn realize(py: Py<'_>, cx: &Context, i: usize) -> R<Owned<CType>> {
    let Some(e) = cx.decl().enumeration(i) else {
        return Err(cx
            .state()
            .ffi_error(py, format_args!("enum {i} does not exist in the tables of this module")));
    };
    if let Some(ct) = realize::own_type(py, cx, e.type_index, Op::Enum, i)? {
        return Ok(ct);
    }
    let base = realize::by_number(py, cx, e.primitive.try_into().unwrap_or(isize::MIN))?;
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    for name in e.enumerators.split(|b| *b == b',').filter(|_| !e.enumerators.is_empty()) {
        let shown = py.room(cffi_memory::lossy(name))?;
        let Some(global) = cx.decl().find_global(name) else {
            let text = format_args!("enumerator '{shown}' has no value");
            return Err(cx.state().ffi_error(py, text));
        };
        py.push(&mut keys, text::new_str(py, &shown)?)?;
        py.push(&mut values, consts::int(py, cx, global)?)?;
    }
    let name = py.room(names::realized("enum", e.name))?;
    let keys = seq::tuple(py, &py.collect(keys.iter().map(|key| -> &Obj { key }))?)?;
    let values = seq::tuple(py, &py.collect(values.iter().map(|value| -> &Obj { value }))?)?;
    let ct = new_enum::new(py, &name, &keys, &values, &base)?;
    cx.keep(py, e.type_index, &ct);
    Ok(ct)
}
