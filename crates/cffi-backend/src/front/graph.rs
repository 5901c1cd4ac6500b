//! The types of the declarations as Python data, by which objects of `cffi.model` find the ctypes that exist already.

use cffi_types::TypeId;
use cffi_types::types::{RecordAttributes, Shape};

use super::parser::CdefParser;
use crate::ctype::CType;
use cffi_rt::{Exc, Obj, Owned, Py, R, num, seq, text};

/// Parser method `_root`: the number of the type of a declaration, given its key; `None` if there is none.
pub(super) fn root(py: Py<'_>, parser: &CdefParser, key: &Obj) -> R {
    let key = text::utf8(py, key)?;
    let found = parser.core(py)?.begin_inline(py)?.find(key);
    match found {
        Some(found) => num::from_u64(py, found.id().number() as u64),
        None => Ok(py.none()),
    }
}

/// Returns a ctype whose members, if it has any, are known. One whose members cannot be made is as good as none: the
/// genuine parser says why.
fn complete(py: Py<'_>, ct: Option<Owned<CType>>) -> R<Option<Owned<CType>>> {
    let Some(ct) = ct else { return Ok(None) };
    match ct.force(py) {
        Ok(()) => Ok(Some(ct)),
        Err(raised) if py.err_matches(Exc::Memory) => Err(raised),
        Err(raised) => {
            py.err_clear(raised);
            Ok(None)
        }
    }
}

/// Parser method `_node`: `(kind, ctype, parts)` of a type, given its number. `kind` is a letter, `ctype` is `None` if
/// nobody has needed it, and `parts` are the numbers of the types that it consists of.
pub(super) fn node(py: Py<'_>, parser: &CdefParser, number: &Obj) -> R {
    let number = u32::try_from(num::arg_ssize(py, number)?).unwrap_or(0);
    let inline = parser.core(py)?.begin_inline(py)?;
    let ty = inline.canonical(TypeId::from_number(number).into());
    let (kind, parts): (&str, Vec<usize>) = inline.with(|session| {
        let types = &session.decls.types;
        match types.shape(ty) {
            Shape::Pointer(to) => ("p", vec![to.id().number()]),
            Shape::Array { item, .. } => ("a", vec![item.id().number()]),
            Shape::Function(id) => {
                let function = types.function_of(id);
                let params = types.params(function).iter().map(|param| param.id().number());
                ("f", std::iter::once(function.result.id().number()).chain(params).collect())
            }
            Shape::Record(id) => ("s", types.fields(id).iter().map(|field| field.ty.id().number()).collect()),
            Shape::Enum(_) => ("e", Vec::new()),
            Shape::Unknown { .. } => ("u", Vec::new()),
            _ => ("b", Vec::new()),
        }
    });
    let made = complete(py, inline.made(ty).map(|kept| kept.ct))?.map_or_else(|| py.none(), Owned::into_obj);
    let list = seq::new_list(py)?;
    for part in parts {
        seq::push(py, &list, &*num::from_u64(py, part as u64)?)?;
    }
    seq::tuple(py, &[&*text::new_str(py, kind)?, &made, &list])
}

/// Parser method `_is_attributed`: whether attributes other than `packed` decide about the layout of a struct or union.
pub(super) fn is_attributed(py: Py<'_>, parser: &CdefParser, number: &Obj) -> R {
    let number = u32::try_from(num::arg_ssize(py, number)?).unwrap_or(0);
    let inline = parser.core(py)?.begin_inline(py)?;
    let ty = inline.canonical(TypeId::from_number(number).into());
    let attributed = inline.with(|session| {
        let types = &session.decls.types;
        let Shape::Record(id) = types.shape(ty) else { return false };
        let attributes = types.record(id).attributes;
        let plain = RecordAttributes {
            partial: attributes.partial,
            packed: attributes.packed,
            pack: attributes.pack,
            ..RecordAttributes::default()
        };
        attributes != plain
            || types.fields(id).iter().any(|field| {
                let own = types.align(field.ty.id());
                field.explicit_align() != 0
                    || field.packed
                    || own != types.align(types.canonical(field.ty).id())
            })
    });
    Ok(py.bool(attributed))
}
