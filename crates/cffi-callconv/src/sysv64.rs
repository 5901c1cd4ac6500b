//! System V on x86-64.
//!
//! Source: *System V Application Binary Interface, AMD64 Architecture Processor Supplement*, section 3.2.3 "Parameter
//! Passing", <https://gitlab.com/x86-psABIs/x86-64-ABI>. This file follows gcc where the source is silent:
//!
//! * unnamed bit-fields count as INTEGER; a record that has no other members takes registers, but no memory;
//! * a bit-field in a union goes to memory if an integer of the smallest size for it would not be aligned there, and so
//!   does one of a struct that fills an aligned integer of that struct, if another struct does not align it;
//! * bit-fields of width 0 count in unions only, arrays of length 0 only if they start within an eightbyte, arrays
//!   without a length never;
//! * the items of an array have the classes of the first one, whatever their own offsets are;
//! * a vector of one `double` goes to memory, vectors of up to 4 bytes are integers;
//! * vectors of 32 and 64 bytes are passed as compiled with AVX and AVX-512.

use cffi_types::target::FloatFormat;
use cffi_types::types::Shape;
use cffi_types::{QualType, Types};

use crate::assign::{Assigner, extension, integer_register, vector_register};
use crate::error::Unsupported;
use crate::layout::{Abi, CallLayout, Extension, Location, Passing, Piece, RegisterClass};
use crate::leaf::{self, Flow, Leaf};
use crate::signature::Signature;
use crate::value::{Kind, Value, value};

/// The number of integer argument registers: rdi, rsi, rdx, rcx, r8, r9.
const INTEGER_REGISTERS: u8 = 6;
/// The number of vector argument registers: xmm0 to xmm7.
const VECTOR_REGISTERS: u8 = 8;
/// The number of eightbytes of the largest value in registers, a vector of 64 bytes.
const MOST: usize = 8;

/// The class of an eightbyte.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Class {
    /// Padding: NO_CLASS in the psABI.
    Padding,
    Integer,
    Sse,
    SseUp,
    X87,
    X87Up,
    ComplexX87,
    Memory,
}

/// The classes of a value's eightbytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
struct Classes {
    list: [Class; MOST],
    /// The number of eightbytes.
    count: usize,
}

pub(crate) fn classify(types: &Types, signature: &Signature<'_>) -> Result<CallLayout, Unsupported> {
    let mut assigner = Assigner::new(Abi::SystemV64, signature.args.len(), 16, 0)?;
    let result = value(types, signature.result, None)?;
    place_result(types, signature.result, &result, &mut assigner)?;
    for (index, ty) in signature.args.iter().enumerate() {
        let arg = value(types, *ty, Some(index))?;
        place_argument(types, *ty, &arg, signature.is_variable(index), &mut assigner)?;
    }
    assigner.finish()
}

fn place_argument(
    types: &Types,
    ty: QualType,
    arg: &Value,
    variable: bool,
    assigner: &mut Assigner,
) -> Result<(), Unsupported> {
    if arg.size == 0 {
        // gcc takes a record that ends in an array without a length for memory, of 0 bytes but aligned.
        if arg.record().is_some_and(|id| types.record(id).flexible) {
            assigner.take_stack(0, arg.align.max(8), 1)?;
        }
        assigner.nothing(arg);
        return Ok(());
    }
    let classes = classes(types, ty, arg)?;
    let (mut integers, mut vectors) = (0, 0);
    let mut in_memory = false;
    for class in classes.iter() {
        match class {
            Class::Integer => integers += 1,
            Class::Sse => vectors += 1,
            Class::SseUp | Class::Padding => {}
            // Arguments of the x87 classes are passed in memory.
            Class::X87 | Class::X87Up | Class::ComplexX87 | Class::Memory => in_memory = true,
        }
    }
    // No compiler could have passed a value that consists of padding only; memory is the safe choice.
    in_memory |= integers == 0 && vectors == 0;
    // A function saves 16 bytes of each vector register for `va_arg`, so wider vectors behind `...` are passed in memory.
    in_memory |= variable && classes.count > 2;
    // An argument is never split between registers and stack.
    in_memory |= assigner.integer + integers > INTEGER_REGISTERS;
    in_memory |= assigner.vector + vectors > VECTOR_REGISTERS;
    if in_memory && arg.record().is_some() && leaf::is_empty(types, ty)? {
        // A record without named members takes registers if they are free, but no memory.
        assigner.nothing(arg);
        return Ok(());
    }
    if in_memory {
        // "The size of each argument gets rounded up to eightbytes"; larger alignment applies too.
        let location = assigner.take_stack(arg.size, arg.align.max(8), 8)?;
        assigner.whole(arg, location, extension(arg, 4));
        return Ok(());
    }
    let pieces = pieces(&classes, arg, &mut |class| match class {
        RegisterClass::Integer => assigner.next_integer(),
        _ => assigner.next_vector(),
    });
    assigner.arg(arg, Passing::Value, pieces.as_slice());
    Ok(())
}

/// Assigns the registers or the memory of the result ("Returning of Values").
fn place_result(
    types: &Types,
    ty: QualType,
    result: &Value,
    assigner: &mut Assigner,
) -> Result<(), Unsupported> {
    if result.size == 0 || (result.record().is_some() && leaf::is_empty(types, ty)?) {
        assigner.ret(result, Passing::Nothing, &[]);
        return Ok(());
    }
    let classes = classes(types, ty, result)?;
    let x87 = |number| Location::Register { class: RegisterClass::X87, number };
    match classes.list[0] {
        Class::Memory => {
            let location = assigner.next_integer();
            let piece = Piece { location, offset: 0, size: 8, extension: Extension::None };
            assigner.ret(result, Passing::Address, &[piece]);
        }
        Class::X87 => {
            let piece = Piece { location: x87(0), offset: 0, size: 16, extension: Extension::None };
            assigner.ret(result, Passing::Value, &[piece]);
        }
        Class::ComplexX87 => {
            let part = |n: u8| Piece {
                location: x87(n),
                offset: u64::from(n) * 16,
                size: 16,
                extension: Extension::None,
            };
            assigner.ret(result, Passing::Value, &[part(0), part(1)]);
        }
        _ => {
            let (mut integers, mut vectors) = (0, 0);
            let mut pieces = pieces(&classes, result, &mut |class| match class {
                RegisterClass::Integer => {
                    integers += 1;
                    integer_register(integers - 1)
                }
                _ => {
                    vectors += 1;
                    vector_register(vectors - 1)
                }
            });
            // The bits beyond a narrow result are undefined.
            pieces.list.iter_mut().for_each(|piece| piece.extension = Extension::None);
            assigner.ret(result, Passing::Value, pieces.as_slice());
        }
    }
    Ok(())
}

/// The pieces of a value in registers: one for each of two eightbytes, or one vector.
struct Pieces {
    list: [Piece; 2],
    count: usize,
}

impl Pieces {
    fn as_slice(&self) -> &[Piece] {
        &self.list[..self.count]
    }
}

/// Returns the pieces of a value in registers, which `next` assigns.
fn pieces(classes: &Classes, value: &Value, next: &mut dyn FnMut(RegisterClass) -> Location) -> Pieces {
    let none = Piece { location: integer_register(0), offset: 0, size: 0, extension: Extension::None };
    let mut pieces = Pieces { list: [none; 2], count: 0 };
    for (index, class) in classes.iter().enumerate() {
        let offset = index as u64 * 8;
        let size = (value.size - offset).min(8);
        let location = match class {
            Class::Integer => next(RegisterClass::Integer),
            Class::Sse => next(RegisterClass::Vector),
            Class::SseUp => {
                // This eightbyte extends the one before in the same register.
                if let Some(last) = pieces.list[..pieces.count].last_mut() {
                    last.size += size;
                }
                continue;
            }
            _ => continue,
        };
        if let Some(place) = pieces.list.get_mut(pieces.count) {
            *place = Piece { location, offset, size, extension: extension(value, 4) };
            pieces.count += 1;
        }
    }
    pieces
}

impl Classes {
    fn memory() -> Classes {
        Classes { list: [Class::Memory; MOST], count: 1 }
    }

    fn iter(&self) -> impl Iterator<Item = Class> + '_ {
        self.list[..self.count].iter().copied()
    }

    fn merge(&mut self, index: usize, class: Class) {
        if let Some(own) = self.list.get_mut(index) {
            *own = merge(*own, class);
        }
    }

    /// Merges the eightbytes of a member that is a record itself, which has been settled.
    fn merge_all(&mut self, member: &Classes) {
        for index in 0..member.count {
            self.merge(index, member.list[index]);
        }
    }

    /// Applies the post-merger clean-up to a whole value.
    fn clean_up(self) -> Classes {
        let is_one_vector = self.list[0] == Class::Sse && self.iter().skip(1).all(|c| c == Class::SseUp);
        if self.count > 2 && !is_one_vector {
            return Classes::memory();
        }
        self.settle()
    }

    /// Applies the part of the post-merger clean-up that each record inside a value has too.
    fn settle(self) -> Classes {
        if self.iter().any(|class| class == Class::Memory) {
            return Classes::memory();
        }
        for index in 0..self.count {
            let before = index.checked_sub(1).map(|before| self.list[before]);
            if self.list[index] == Class::X87Up && before != Some(Class::X87) {
                return Classes::memory();
            }
        }
        let mut cleaned = self;
        for index in 0..cleaned.count {
            let before = index.checked_sub(1).map(|before| cleaned.list[before]);
            if cleaned.list[index] == Class::SseUp && !matches!(before, Some(Class::Sse | Class::SseUp)) {
                cleaned.list[index] = Class::Sse;
            }
        }
        cleaned
    }
}

/// Classifies the eightbytes of a value whose size is above 0 ("Classification").
fn classes(types: &Types, ty: QualType, value: &Value) -> Result<Classes, Unsupported> {
    if value.size > MOST as u64 * 8 {
        return Ok(Classes::memory());
    }
    // A complex number by itself has a separate class; in a record its parts count.
    if value.kind == Kind::Complex(FloatFormat::X87) {
        return Ok(Classes { list: [Class::ComplexX87; MOST], count: 1 });
    }
    let mut classes = Classes { list: [Class::Padding; MOST], count: value.size.div_ceil(8) as usize };
    if value.record().is_none() {
        add_scalar(&mut classes, value.kind, 0, value.size);
        return Ok(classes.clean_up());
    }
    // The order of merging matters, so the members of each record are merged before the record is.
    let none = classes;
    let mut outer = Vec::new();
    let mut arrays: Vec<Array> = Vec::new();
    leaf::visit(types, ty, &mut |leaf| {
        // The other items of an array have the classes of the first.
        if let Some(array) = arrays.last_mut()
            && !array.is_in_first_item(leaf)
        {
            return Flow::Continue;
        }
        match leaf {
            Leaf::EnterArray { offset, item, size } => {
                arrays.push(Array { offset, item, size, skipped: 0, entered: 0, is_behind_first: false });
                outer.push(std::mem::replace(&mut classes, none));
            }
            Leaf::LeaveArray => {
                if let Some(array) = arrays.pop() {
                    let items = array.repeated(&classes.settle());
                    classes = outer.pop().unwrap_or(none);
                    classes.merge_all(&items);
                }
            }
            Leaf::Enter => outer.push(std::mem::replace(&mut classes, none)),
            Leaf::Leave => {
                let member = classes.settle();
                classes = outer.pop().unwrap_or(none);
                classes.merge_all(&member);
            }
            Leaf::Scalar { kind, offset, size } => add_scalar(&mut classes, kind, offset, size),
            Leaf::Bits { position, width, in_union, whole, precise, .. } => {
                add_bits(&mut classes, position, width, in_union || whole, precise);
            }
            Leaf::NoItems { offset, item } if offset % 8 != 0 => {
                add_no_items(types, &mut classes, item, offset);
            }
            // A bit-field of width 0 in a union counts as INTEGER too.
            Leaf::NoBits { position, in_union: true } => {
                classes.merge((position / 64) as usize, Class::Integer);
            }
            Leaf::NoItems { .. } | Leaf::NoBits { .. } | Leaf::Open | Leaf::Empty => {}
        }
        Flow::Continue
    })?;
    Ok(classes.clean_up())
}

/// An array that is being classified.
struct Array {
    offset: u64,
    /// The sizes of an item and of all items in bytes.
    item: u64,
    size: u64,
    /// The number of arrays inside that were entered behind the first item.
    skipped: usize,
    /// The number of records that were entered and not left, and whether the first item has been left.
    entered: usize,
    is_behind_first: bool,
}

impl Array {
    /// Returns whether a leaf belongs to the first item, or is the end of the array.
    fn is_in_first_item(&mut self, leaf: Leaf) -> bool {
        let end = self.offset + self.item;
        match leaf {
            Leaf::Scalar { offset, .. } => offset < end,
            // An array of length 0 may lie where the next item begins.
            Leaf::NoItems { offset, .. } => {
                offset < end || (offset == end && self.skipped == 0 && !self.is_behind_first)
            }
            Leaf::Bits { position, .. } | Leaf::NoBits { position, .. } => position / 8 < end,
            Leaf::EnterArray { offset, .. } => {
                self.skipped += usize::from(offset >= end);
                offset < end
            }
            Leaf::LeaveArray if self.skipped > 0 => {
                self.skipped -= 1;
                false
            }
            Leaf::Enter => {
                self.entered += 1;
                true
            }
            Leaf::Leave => {
                self.entered = self.entered.saturating_sub(1);
                self.is_behind_first |= self.entered == 0;
                true
            }
            Leaf::LeaveArray | Leaf::Open | Leaf::Empty => true,
        }
    }

    /// Repeats the classes of the first item over the eightbytes of the array.
    fn repeated(&self, item: &Classes) -> Classes {
        if item.iter().any(|class| class == Class::Memory) {
            return Classes::memory();
        }
        let (first, within) = ((self.offset / 8) as usize, self.offset % 8);
        let of_item = (self.item + within).div_ceil(8).max(1) as usize;
        let all = (self.size + within).div_ceil(8) as usize;
        let mut classes = Classes { list: [Class::Padding; MOST], count: item.count };
        for index in 0..all {
            if let (Some(to), Some(class)) =
                (classes.list.get_mut(first + index), item.list.get(first + index % of_item))
            {
                *to = *class;
            }
        }
        classes
    }
}

/// Classifies an array of length 0 within an eightbyte as one of its items, and arrays of length 0 in that as one of
/// theirs.
fn add_no_items(types: &Types, classes: &mut Classes, item: QualType, offset: u64) {
    let mut own = Classes { list: [Class::Padding; MOST], count: MOST };
    let mut work = vec![(item, offset % 8)];
    while let Some((item, offset)) = work.pop() {
        let visited = leaf::visit_at(types, item, offset, &mut |leaf| {
            match leaf {
                Leaf::Scalar { kind, offset, size } => add_scalar(&mut own, kind, offset, size),
                Leaf::Bits { position, width, in_union, whole, precise, .. } => {
                    add_bits(&mut own, position, width, in_union || whole, precise);
                }
                Leaf::NoItems { offset, item } if offset % 8 != 0 => work.push((item, offset)),
                _ => {}
            }
            Flow::Continue
        });
        if visited.is_err() || is_long(types, item, offset, &own) {
            own.merge(0, Class::Memory);
        }
    }
    classes.merge((offset / 8) as usize, own.list[0]);
}

/// Returns whether an array or record takes more than two eightbytes and is not one vector, which makes it memory.
fn is_long(types: &Types, item: QualType, offset: u64, classes: &Classes) -> bool {
    let whole = matches!(types.resolve(item).0, Shape::Array { .. } | Shape::Record(_));
    let size = types.size(types.canonical(item).id()).unwrap_or(0);
    let words = size.saturating_add(offset).div_ceil(8);
    whole && words > 2 && {
        let rest = classes.list.iter().take(words.min(MOST as u64) as usize).skip(1);
        classes.list[0] != Class::Sse || rest.into_iter().any(|class| *class != Class::SseUp)
    }
}

/// Adds a bit-field. gcc takes one in a union for an integer of the smallest size that holds it, and so it takes one that
/// fills such an integer in its own struct.
fn add_bits(classes: &mut Classes, position: u64, width: u32, is_integer: bool, precise: bool) {
    let integer = u64::from(width.max(8).next_power_of_two());
    // Of a `_BitInt` in two eightbytes gcc does not ask whether it is aligned.
    let is_checked = is_integer && !(precise && position % 64 + integer > 64);
    if is_checked && !position.is_multiple_of(integer) {
        return classes.merge((position / 64) as usize, Class::Memory);
    }
    for index in position / 64..=(position + u64::from(width) - 1) / 64 {
        classes.merge(index as usize, Class::Integer);
    }
}

fn add_scalar(classes: &mut Classes, kind: Kind, offset: u64, size: u64) {
    if size == 0 {
        return;
    }
    let first = (offset / 8) as usize;
    let (own, rest, align) = match kind {
        Kind::Void => return,
        Kind::Pointer | Kind::Integer { .. } => (Class::Integer, Class::Integer, size),
        // gcc does not ask whether one in two eightbytes is aligned.
        Kind::BitInt { .. } if size <= 8 && offset % 8 + size > 8 => (Class::Integer, Class::Integer, 1),
        Kind::BitInt { .. } if size <= 16 => (Class::Integer, Class::Integer, size.min(8)),
        Kind::BitInt { .. } => (Class::Memory, Class::Memory, 1),
        Kind::Float(FloatFormat::X87) => (Class::X87, Class::X87Up, 16),
        Kind::Float(FloatFormat::Quad) => (Class::Sse, Class::SseUp, 16),
        Kind::Float(_) => (Class::Sse, Class::Sse, size),
        Kind::Complex(FloatFormat::X87) => {
            add_scalar(classes, Kind::Float(FloatFormat::X87), offset, 16);
            add_scalar(classes, Kind::Float(FloatFormat::X87), offset + 16, 16);
            return;
        }
        Kind::Complex(FloatFormat::Quad) => {
            add_scalar(classes, Kind::Float(FloatFormat::Quad), offset, 16);
            add_scalar(classes, Kind::Float(FloatFormat::Quad), offset + 16, 16);
            return;
        }
        Kind::Complex(_) => (Class::Sse, Class::Sse, size / 2),
        Kind::Vector { .. } if size <= 4 => (Class::Integer, Class::Integer, size),
        Kind::Vector { item: Some(FloatFormat::Double), item_size: 8 } if size == 8 => {
            (Class::Memory, Class::Memory, 8)
        }
        Kind::Vector { .. } => (Class::Sse, Class::SseUp, size),
        Kind::Record(_) => return,
    };
    // "If it contains unaligned fields, it has class MEMORY."
    if !offset.is_multiple_of(align) {
        classes.merge(0, Class::Memory);
        return;
    }
    classes.merge(first, own);
    for index in first + 1..=((offset + size - 1) / 8) as usize {
        classes.merge(index, rest);
    }
}

/// Merges the classes of two fields in one eightbyte by rules (a) to (f).
fn merge(a: Class, b: Class) -> Class {
    match (a, b) {
        _ if a == b => a,
        (Class::Padding, other) | (other, Class::Padding) => other,
        (Class::Memory, _) | (_, Class::Memory) => Class::Memory,
        (Class::Integer, _) | (_, Class::Integer) => Class::Integer,
        (Class::X87 | Class::X87Up | Class::ComplexX87, _)
        | (_, Class::X87 | Class::X87Up | Class::ComplexX87) => Class::Memory,
        (Class::Sse | Class::SseUp, _) => Class::Sse,
    }
}
