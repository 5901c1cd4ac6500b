//! Cdata in the values that are stored: structs and arrays are copied, so their memory is read.

use super::gate::{Use, pass_all as pass};
use super::slots::Part;
use crate::ctype::{Access, CType};
use crate::value::CData;
use cffi_rt::seq::Seq;
use cffi_rt::{Obj, Py, R, dict};

/// The depth of nested initializers that are looked through.
const DEPTH: u32 = 16;

/// Checks the memory that storing `value` as a value of type `ct` reads.
pub(super) fn readable(py: Py<'_>, ct: &CType, value: &Obj) -> R<()> {
    nested(py, ct, value, DEPTH)
}

/// Checks the memory that storing the items of `value` reads.
pub(super) fn items_readable(py: Py<'_>, item: &CType, value: &Obj) -> R<()> {
    items(py, item, value, DEPTH)
}

/// Checks the memory of a whole array.
pub(super) fn whole_array(py: Py<'_>, from: &CData) -> R<()> {
    let size = from.ct().item().map_or(0, |item| item.size().max(0));
    let size = from.array_len().saturating_mul(size).max(0).unsigned_abs();
    pass(py, from.data(), size, Use::Read, &Part { verb: "copying", part: &"the items", of: from.ct() })
}

/// Checks the memory of a whole struct.
pub(super) fn whole_struct(py: Py<'_>, from: &CData) -> R<()> {
    let size = from.ct().known_size().unwrap_or(0);
    pass(py, from.data(), size, Use::Read, &Part { verb: "copying", part: &"the value", of: from.ct() })
}

fn nested(py: Py<'_>, ct: &CType, value: &Obj, depth: u32) -> R<()> {
    if !matches!(ct.access, Access::Aggregate | Access::Array | Access::OpenArray) || depth == 0 {
        return Ok(());
    }
    if let Some(from) = value.downcast::<CData>() {
        return match from.ct().access {
            Access::Aggregate => whole_struct(py, from),
            Access::Array | Access::OpenArray if ct.is_array() => whole_array(py, from),
            _ => Ok(()),
        };
    }
    if let (true, Some(item)) = (ct.is_array(), ct.item()) {
        return items(py, item, value, depth);
    }
    let Some(fields) = ct.fields(py)? else { return Ok(()) };
    if value.is_dict() {
        for field in fields.iter() {
            if let Some(part) = dict::get(py, value, &field.name)? {
                nested(py, &field.ct, &part, depth - 1)?;
            }
        }
        return Ok(());
    }
    let Some(parts) = Seq::of(value) else { return Ok(()) };
    for (i, field) in fields.iter().filter(|field| !field.skipped()).enumerate() {
        let Some(part) = parts.get(i) else { break };
        nested(py, &field.ct, &part, depth - 1)?;
    }
    Ok(())
}

fn items(py: Py<'_>, item: &CType, value: &Obj, depth: u32) -> R<()> {
    if !matches!(item.access, Access::Aggregate | Access::Array | Access::OpenArray) {
        return Ok(());
    }
    let Some(parts) = Seq::of(value) else { return Ok(()) };
    for i in 0..parts.len() {
        let Some(part) = parts.get(i) else { break };
        nested(py, item, &part, depth.saturating_sub(1))?;
    }
    Ok(())
}

/// Returns the number of bytes that storing `value` into an array without length writes.
pub(super) fn open_size(ct: &CType, value: &Obj) -> usize {
    let size = ct.item().and_then(CType::known_size).unwrap_or(0);
    let length = match (Seq::of(value), value.as_bytes(), value.downcast::<CData>()) {
        (Some(parts), ..) => parts.len(),
        (_, Some(bytes), _) => bytes.len(),
        (_, _, Some(from)) => from.array_len().max(0).unsigned_abs(),
        _ => 0,
    };
    length.saturating_mul(size)
}
