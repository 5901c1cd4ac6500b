//! The memory that the memory of an argument points to: C may write to it too.

use std::sync::Arc;

use crate::ctype::{Access, CType};
use cffi_regions::{Region, registry};
use cffi_rt::{Py, R};

/// The largest number of pointers that are followed for one argument.
const MOST: usize = 64;
/// The depth of structs in structs that is looked at.
const DEPTH: u32 = 4;

/// Calls `f` with the regions between guard zones, live or ended, to which pointers in the memory of an argument lead. `item` is the
/// type of the items behind the pointer, of which there may be as many as the region has room for.
pub(super) fn regions(
    py: Py<'_>,
    item: &CType,
    address: usize,
    region: &Region,
    f: &mut dyn FnMut(Arc<Region>) -> R<()>,
) -> R<()> {
    let Some(size) = item.known_size().filter(|size| *size > 0) else { return Ok(()) };
    if !matches!(item.access, Access::Pointer | Access::Aggregate) {
        return Ok(());
    }
    let Some(block) = region.block() else { return Ok(()) };
    let mut offsets = Vec::new();
    pointers(py, item, 0, DEPTH, &mut offsets)?;
    let mut left = MOST;
    let mut at = address;
    while !offsets.is_empty() && at >= region.start && at.saturating_add(size) <= region.end() && left > 0 {
        for offset in &offsets {
            if let Some(to) = block.word_at(at + offset)
                && let Some(found) = registry().find(to).filter(|found| found.block().is_some())
            {
                f(found)?;
            }
            left = left.saturating_sub(1);
        }
        at += size;
    }
    Ok(())
}

/// Collects the offsets of the pointers to data in a type.
fn pointers(py: Py<'_>, ct: &CType, base: usize, depth: u32, offsets: &mut Vec<usize>) -> R<()> {
    if depth == 0 || offsets.len() >= MOST {
        return Ok(());
    }
    match ct.access {
        Access::Pointer if ct.is_pointer() => py.push(offsets, base)?,
        Access::Aggregate => {
            let Some(fields) = ct.fields(py)? else { return Ok(()) };
            for field in fields.iter().filter(|field| field.bitshift < 0) {
                let offset = base.saturating_add(field.offset.max(0).unsigned_abs());
                pointers(py, &field.ct, offset, depth - 1, offsets)?;
            }
        }
        Access::Array => {
            let Some(item) = ct.item() else { return Ok(()) };
            if !matches!(item.access, Access::Pointer | Access::Aggregate) {
                return Ok(());
            }
            let size = item.known_size().unwrap_or(0);
            for i in 0..ct.length().max(0).unsigned_abs().min(MOST) {
                pointers(py, item, base + i * size, depth - 1, offsets)?;
            }
        }
        _ => {}
    }
    Ok(())
}
