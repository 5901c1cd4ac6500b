//! The places of a call on AArch64, as offsets in the image of a call or in the registers that a closure saves.
#![forbid(unsafe_code)]

use cffi_callconv::{CallLayout, Location, Passing, Piece, Place, RegisterClass, classify};

use crate::layout::{bounded, stack_used, vector_bytes};
use crate::plan_error::PlanError;
use crate::registers::{VECTORS, VECTORS_AT};
use crate::scalar::{Form, form};
use crate::signature::Signature;

/// The number of bytes of each vector register that an image contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// The low 8 bytes, which is enough for `double`.
    Narrow = 8,
    /// All 16 bytes.
    Wide = 16,
}

impl Width {
    /// Returns the number of bytes of all argument registers, behind which the stack arguments begin in an image.
    pub(crate) const fn registers(self) -> usize {
        VECTORS_AT + self as usize * VECTORS
    }

    fn cell(self, class: RegisterClass, number: u8) -> usize {
        match class {
            RegisterClass::Vector => VECTORS_AT + self as usize * usize::from(number),
            _ => 8 * usize::from(number),
        }
    }
}

/// Bytes of a value that lie in a register of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The distance from the start of the value.
    pub(crate) offset: usize,
    /// The offset in the registers.
    pub(crate) at: usize,
    pub(crate) size: usize,
}

/// The source or destination of an argument's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// They lie at this offset of the registers just as in memory.
    Registers(usize),
    /// They lie at this offset of the stack arguments, and the cell has 8 bytes at least.
    Stack(usize),
    /// They lie at this offset of the stack arguments, directly before the next argument.
    Packed { at: usize, size: usize },
    /// The argument is in several registers: `count` of the [`Part`]s from `start` on.
    Scattered { start: usize, count: usize },
    /// The argument's address is at this offset of the registers.
    AddressInRegister(usize),
    /// The argument's address is at this offset of the stack arguments.
    AddressOnStack(usize),
    /// The argument has no bytes to pass.
    Nowhere,
    /// The arguments behind `...`, as a `va_list`.
    Rest,
}

/// The location of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Return {
    /// There is no result.
    Void,
    /// An integer or pointer in x0, to be extended from this size.
    Integer { size: u8, signed: bool },
    /// A `float` or `double` in v0.
    Vector,
    /// At most 16 bytes in x0 and x1.
    Words,
    /// `count` parts of `size` bytes, each in a vector register.
    Vectors { count: u8, size: u8 },
    /// Written by the function where x8 points.
    Memory,
}

/// The places of a call.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) width: Width,
    pub(crate) sources: Vec<Source>,
    pub(crate) parts: Vec<Part>,
    pub(crate) result: Return,
    /// The numbers of integer and vector registers in use.
    pub(crate) counts: (usize, usize),
    /// Bytes of arguments on the stack, a multiple of 16.
    pub(crate) stack_size: usize,
    /// The bytes of the stack arguments without what aligns their end.
    pub(crate) stack_used: usize,
}

impl Places {
    /// Asks the calling convention for the places of a call, with vector registers of `least` bytes at least.
    pub(crate) fn new(sig: &Signature<'_>, least: Width) -> Result<Places, PlanError> {
        let layout = classify(sig.types, &sig.call)?;
        let widest = layout.args.iter().map(|place| vector_bytes(&layout, place)).max().unwrap_or(0);
        let width = if widest > 8 { Width::Wide } else { least };
        let (mut sources, mut parts) = (cffi_memory::vec(layout.args.len())?, Vec::new());
        for place in &layout.args {
            sources.push(source(&layout, place, width, &mut parts)?);
        }
        Ok(Places {
            width,
            sources,
            parts,
            result: result(&layout, form(sig.types, sig.call.result)),
            counts: (usize::from(layout.registers.0), usize::from(layout.registers.1)),
            stack_size: bounded(layout.stack.size)?.next_multiple_of(16),
            stack_used: stack_used(&layout),
        })
    }
}

fn source(
    layout: &CallLayout,
    place: &Place,
    width: Width,
    parts: &mut Vec<Part>,
) -> Result<Source, PlanError> {
    let pieces = layout.pieces(place);
    let Some(first) = pieces.first() else { return Ok(Source::Nowhere) };
    let by_address = place.passing == Passing::Address;
    let (class, number) = match first.location {
        Location::Stack { offset } if by_address => return Ok(Source::AddressOnStack(offset as usize)),
        Location::Stack { offset } if first.size < 8 || offset % 8 != 0 => {
            return Ok(Source::Packed { at: offset as usize, size: first.size as usize });
        }
        Location::Stack { offset } => return Ok(Source::Stack(offset as usize)),
        Location::Register { class, number } => (class, number),
    };
    let start = width.cell(class, number);
    if by_address {
        return Ok(Source::AddressInRegister(start));
    }
    let from = parts.len();
    let mut end = 0;
    for piece in pieces {
        let Location::Register { class, number } = piece.location else { return Err(PlanError::Refused) };
        let part =
            Part { offset: piece.offset as usize, at: width.cell(class, number), size: piece.size as usize };
        let follows = part.offset == end && part.at == start + part.offset;
        end = if follows { part.offset + part.size } else { usize::MAX };
        cffi_memory::push(parts, part)?;
    }
    if end as u64 == place.size {
        parts.truncate(from);
        return Ok(Source::Registers(start));
    }
    Ok(Source::Scattered { start: from, count: pieces.len() })
}

fn result(layout: &CallLayout, form: Form) -> Return {
    match layout.ret.passing {
        Passing::Nothing => return Return::Void,
        Passing::Address => return Return::Memory,
        Passing::Value => {}
    }
    match form {
        Form::Int { size, signed } => return Return::Integer { size, signed },
        Form::Pointer => return Return::Integer { size: 8, signed: false },
        Form::Float | Form::Double => return Return::Vector,
        _ => {}
    }
    match layout.pieces(&layout.ret) {
        [
            Piece { location: Location::Register { class: RegisterClass::Vector, .. }, size, .. },
            rest @ ..,
        ] => Return::Vectors { count: 1 + rest.len() as u8, size: *size as u8 },
        _ => Return::Words,
    }
}
