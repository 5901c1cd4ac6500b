//! The scalars of a record.

use cffi_types::types::{Length, RecordId, RecordKind, Shape};
use cffi_types::{QualType, Types};

use crate::error::Unsupported;
use crate::value::{Kind, kind};

/// A scalar in a record.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Leaf {
    /// A scalar that is not a bit-field, such as an integer, a floating-point number or a vector.
    Scalar { kind: Kind, offset: u64, size: u64 },
    /// A bit-field of a width above 0, with its position in bits, and whether it is a member of a union. `whole` tells
    /// whether it lies in its own record as an integer of 2, 4 or 8 bytes would lie, `precise` whether its type is a
    /// `_BitInt`.
    Bits { position: u64, width: u32, named: bool, in_union: bool, whole: bool, precise: bool },
    /// A bit-field of width 0, with its position in bits, and whether it is a member of a union that has bytes.
    NoBits { position: u64, in_union: bool },
    /// An array of length 0 at an offset, with the shape of its items.
    NoItems { offset: u64, item: QualType },
    /// An array without a length at the end of a record.
    Open,
    /// A struct or union without members.
    Empty,
    /// The start of a struct or union that has members.
    Enter,
    /// The end of the last struct or union that was entered.
    Leave,
    /// The start of an array of more than one item, with the size of an item and of all in bytes.
    EnterArray { offset: u64, item: u64, size: u64 },
    /// The end of the last array that was entered.
    LeaveArray,
}

/// The decision of a visitor after each leaf.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Flow {
    /// Visit the next leaf.
    Continue,
    /// Visit no further leaf.
    Stop,
}

/// The number of members that are visited before a type counts as too complex. A record in registers has at most 64
/// bytes, so only deeply nested unions have more.
const MOST: usize = 20_000;

/// An item on the work list: a type at an offset, or a record's members from an index on.
enum Work {
    Type { ty: QualType, offset: u64 },
    Items { item: QualType, size: u64, offset: u64, left: u64 },
    Members { id: RecordId, next: usize, offset: u64 },
    Leave,
    LeaveArray,
}

/// Calls `visit` with each leaf of a type in the order of declaration, until it stops.
pub(crate) fn visit(
    types: &Types,
    ty: QualType,
    visit: &mut dyn FnMut(Leaf) -> Flow,
) -> Result<(), Unsupported> {
    visit_at(types, ty, 0, visit)
}

/// Visits the leaves as [`visit`] does, with all offsets counted from `offset`.
pub(crate) fn visit_at(
    types: &Types,
    ty: QualType,
    offset: u64,
    visit: &mut dyn FnMut(Leaf) -> Flow,
) -> Result<(), Unsupported> {
    let mut work = vec![Work::Type { ty, offset }];
    let mut steps = 0;
    while let Some(next) = work.pop() {
        steps += 1;
        if steps > MOST {
            return Err(Unsupported::TooComplex);
        }
        let flow = match next {
            Work::Type { ty, offset } => type_step(types, ty, offset, &mut work, visit),
            Work::Items { item, size, offset, left } => {
                if left > 1 {
                    work.push(Work::Items { item, size, offset: offset + size, left: left - 1 });
                }
                work.push(Work::Type { ty: item, offset });
                Flow::Continue
            }
            Work::Members { id, next, offset } => member_step(types, id, next, offset, &mut work, visit),
            Work::Leave => visit(Leaf::Leave),
            Work::LeaveArray => visit(Leaf::LeaveArray),
        };
        if flow == Flow::Stop {
            break;
        }
    }
    Ok(())
}

fn type_step(
    types: &Types,
    ty: QualType,
    offset: u64,
    work: &mut Vec<Work>,
    visit: &mut dyn FnMut(Leaf) -> Flow,
) -> Flow {
    let canonical = types.canonical(ty).id();
    let shape = types.shape(canonical);
    match shape {
        Shape::Record(id) if types.fields(id).is_empty() => visit(Leaf::Empty),
        Shape::Record(id) => {
            work.push(Work::Leave);
            work.push(Work::Members { id, next: 0, offset });
            visit(Leaf::Enter)
        }
        Shape::Array { item, length: Length::Fixed(0) } => visit(Leaf::NoItems { offset, item }),
        Shape::Array { item, length: Length::Fixed(left) } => match types.size(item.id()) {
            // The items have no bytes, so visiting one of them is enough.
            Ok(0) => {
                work.push(Work::Type { ty: item, offset });
                Flow::Continue
            }
            Ok(size) if left == 1 => {
                work.push(Work::Items { item, size, offset, left });
                Flow::Continue
            }
            Ok(size) => {
                work.push(Work::LeaveArray);
                work.push(Work::Items { item, size, offset, left });
                visit(Leaf::EnterArray { offset, item: size, size: size.saturating_mul(left) })
            }
            Err(_) => visit(Leaf::Open),
        },
        Shape::Array { .. } => visit(Leaf::Open),
        shape => {
            let size = types.size(canonical).unwrap_or(0);
            visit(Leaf::Scalar { kind: kind(types, shape), offset, size })
        }
    }
}

fn member_step(
    types: &Types,
    id: RecordId,
    next: usize,
    offset: u64,
    work: &mut Vec<Work>,
    visit: &mut dyn FnMut(Leaf) -> Flow,
) -> Flow {
    let Some(field) = types.fields(id).get(next) else { return Flow::Continue };
    work.push(Work::Members { id, next: next + 1, offset });
    match field.bits() {
        Some(0) => visit(Leaf::NoBits {
            position: offset * 8 + field.bit_offset,
            in_union: types.record(id).kind == RecordKind::Union && types.record(id).size() != Some(0),
        }),
        Some(width) => visit(Leaf::Bits {
            position: offset * 8 + field.bit_offset,
            width,
            named: !field.name.is_empty(),
            in_union: types.record(id).kind == RecordKind::Union,
            whole: matches!(width, 16 | 32 | 64)
                && field.bit_offset.is_multiple_of(width.into())
                && !(types.record(id).attributes.packed || field.packed),
            precise: matches!(types.resolve(field.ty).0, Shape::BitInt { .. }),
        }),
        None => {
            work.push(Work::Type { ty: field.ty, offset: offset + field.offset() });
            Flow::Continue
        }
    }
}

/// Returns whether a type has no bytes to pass, because it consists of unnamed bit-fields and arrays of length 0 only.
pub(crate) fn is_empty(types: &Types, ty: QualType) -> Result<bool, Unsupported> {
    let mut empty = true;
    visit(types, ty, &mut |leaf| {
        empty = !matches!(leaf, Leaf::Scalar { .. } | Leaf::Bits { named: true, .. } | Leaf::Open);
        if empty { Flow::Continue } else { Flow::Stop }
    })?;
    Ok(empty)
}
