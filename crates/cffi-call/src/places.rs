//! The places of a System V call on x86-64, as offsets in the image of a call or in the registers that a closure saves.
#![forbid(unsafe_code)]

use cffi_callconv::{CallLayout, Location, Passing, Piece, Place, RegisterClass, Unsupported, classify};

use crate::layout::{bounded, stack_used, vector_bytes};
use crate::plan_error::PlanError;
use crate::registers::{INTEGERS, VECTORS, VECTORS_AT};
use crate::scalar::{Form, form};
use crate::signature::Signature;

/// The number of bytes of each vector register that an image contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// The low 8 bytes, which is enough for `double`.
    Narrow = 8,
    /// All 16 bytes of SSE's registers.
    Wide = 16,
    /// All 32 bytes of AVX's registers.
    Avx = 32,
    /// All 64 bytes of AVX-512's registers.
    Avx512 = 64,
}

impl Width {
    /// Returns the number of bytes of all argument registers, behind which the stack arguments begin in an image.
    pub(crate) const fn registers(self) -> usize {
        VECTORS_AT + self as usize * VECTORS
    }

    /// Returns the width for a call with a piece of `bytes` in one vector register, if this processor has it.
    fn of(bytes: u64) -> Option<Width> {
        match bytes {
            0..=8 => Some(Width::Narrow),
            9..=16 => Some(Width::Wide),
            17..=32 => std::arch::is_x86_feature_detected!("avx").then_some(Width::Avx),
            33..=64 => std::arch::is_x86_feature_detected!("avx512f").then_some(Width::Avx512),
            _ => None,
        }
    }

    fn cell(self, class: RegisterClass, number: u8) -> usize {
        match class {
            RegisterClass::Vector => VECTORS_AT + self as usize * usize::from(number),
            _ => 8 * usize::from(number),
        }
    }
}

const _: () = assert!(VECTORS_AT == 8 * INTEGERS);

/// The source or destination of an argument's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// They lie at this offset of the registers just as in memory.
    Registers(usize),
    /// They lie at this offset of the stack arguments.
    Stack(usize),
    /// Each half of the argument lies at an offset of the registers; `None` is padding.
    Scattered([Option<usize>; 2]),
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
    /// An integer or pointer in rax, to be extended from this size.
    Integer { size: u8, signed: bool },
    /// A `float` or `double` in xmm0.
    Vector,
    /// On top of the x87 stack.
    X87,
    /// A complex number: its real part on top of the x87 stack, its imaginary part below.
    ComplexX87,
    /// Each half of the result is a word of [`Words`]; `None` is padding.
    Words([Option<u8>; 2]),
    /// A vector of more than 16 bytes in the first vector register.
    WideVector { size: u8 },
    /// Written by the function where the first integer register points.
    Memory,
}

/// The registers of results as words: rax, rdx, two of xmm0, two of xmm1.
pub(crate) type Words = [u64; 6];

/// The places of a call.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) width: Width,
    pub(crate) sources: Vec<Source>,
    pub(crate) result: Return,
    /// The numbers of integer and vector registers in use.
    pub(crate) counts: (usize, usize),
    /// Bytes of arguments on the stack, a multiple of `stack_align`.
    pub(crate) stack_size: usize,
    /// The bytes of the stack arguments without what aligns their end.
    pub(crate) stack_used: usize,
    /// Alignment of the stack pointer at the time of the call: 16 or more.
    pub(crate) stack_align: usize,
}

impl Places {
    /// Asks the calling convention for the places of a call, with vector registers of `least` bytes at least.
    pub(crate) fn new(sig: &Signature<'_>, least: Width) -> Result<Places, PlanError> {
        let layout = classify(sig.types, &sig.call)?;
        let widest = widest_vector(&layout);
        // The result counts only where it needs other instructions than those that store 16 bytes.
        let args = layout.args.iter().map(|place| vector_bytes(&layout, place)).max().unwrap_or(0);
        let needed = if widest > 16 { widest } else { args.max(least as u64) };
        let width = Width::of(needed).ok_or(Unsupported::Vector { size: widest })?;
        let mut sources = cffi_memory::vec(layout.args.len())?;
        sources.extend(layout.args.iter().map(|place| source(&layout, place, width)));
        Ok(Places {
            width,
            sources,
            result: result(&layout, form(sig.types, sig.call.result)),
            counts: (usize::from(layout.registers.0), usize::from(layout.registers.1)),
            stack_size: bounded(layout.stack.size)?,
            stack_used: stack_used(&layout),
            stack_align: bounded(layout.stack.align)?,
        })
    }
}

fn widest_vector(layout: &CallLayout) -> u64 {
    layout.args.iter().chain([&layout.ret]).map(|place| vector_bytes(layout, place)).max().unwrap_or(0)
}

fn source(layout: &CallLayout, place: &Place, width: Width) -> Source {
    let pieces = layout.pieces(place);
    let cell = |location| match location {
        Location::Register { class, number } => Some(width.cell(class, number)),
        Location::Stack { .. } => None,
    };
    let Some(first) = pieces.first() else { return Source::Nowhere };
    if let Location::Stack { offset } = first.location {
        return Source::Stack(offset as usize);
    }
    let start = cell(first.location).unwrap_or(0);
    let mut end = 0;
    let same_class = |a: Location, b: Location| match (a, b) {
        (Location::Register { class: a, .. }, Location::Register { class: b, .. }) => a == b,
        _ => false,
    };
    // r9 and xmm0 are neighbours in an image, but not by design.
    let in_place = pieces.iter().all(|piece| {
        let at = piece.offset == end && cell(piece.location) == Some(start + piece.offset as usize);
        end = piece.offset + piece.size;
        at && same_class(piece.location, first.location)
    });
    if in_place && end == place.size && place.passing == Passing::Value {
        return Source::Registers(start);
    }
    let mut halves = [None; 2];
    for piece in pieces {
        if let Some(half) = halves.get_mut(piece.offset as usize / 8) {
            *half = cell(piece.location);
        }
    }
    Source::Scattered(halves)
}

fn result(layout: &CallLayout, form: Form) -> Return {
    let pieces = layout.pieces(&layout.ret);
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
    if let [Piece { location: Location::Register { .. }, size, .. }] = pieces
        && *size > 16
    {
        return Return::WideVector { size: *size as u8 };
    }
    let mut halves = [None; 2];
    for piece in pieces {
        let word = match piece.location {
            Location::Register { class: RegisterClass::Integer, number } => number,
            Location::Register { class: RegisterClass::Vector, number } => 2 + 2 * number,
            _ if pieces.len() > 1 => return Return::ComplexX87,
            _ => return Return::X87,
        };
        let half = piece.offset as usize / 8;
        for (k, half) in halves.iter_mut().skip(half).take(piece.size.div_ceil(8) as usize).enumerate() {
            *half = Some(word + k as u8);
        }
    }
    Return::Words(halves)
}
