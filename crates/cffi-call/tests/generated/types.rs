//! Random structs and signatures.

use std::sync::Arc;

use crate::model::{ArgType, Signature, StructType};

use crate::rng::Rng;

/// The longest list of arguments.
pub(crate) const MOST_ARGS: usize = 20;

/// How C declares a struct; the layout follows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    Plain,
    Packed,
    Union,
    /// Aligned to 32 bytes.
    Aligned,
}

pub(crate) struct Declared {
    pub(crate) ty: Arc<StructType>,
    pub(crate) flavour: Flavour,
}

/// A scalar type that is not void.
pub(crate) fn scalar(rng: &mut Rng) -> ArgType {
    match rng.below(16) {
        0..=7 => ArgType::int(1 << rng.below(4), rng.chance(2)),
        8 | 9 => ArgType::Float,
        10..=12 => ArgType::Double,
        13 => ArgType::LongDouble,
        _ => ArgType::Pointer,
    }
}

/// Structs small enough for registers and large ones, plain, packed and unions, nested and with arrays.
pub(crate) fn structs(rng: &mut Rng, count: usize) -> Vec<Declared> {
    let mut all: Vec<Declared> = Vec::new();
    while all.len() < count {
        let flavour = match rng.below(8) {
            0 => Flavour::Packed,
            1 => Flavour::Union,
            2 if rng.chance(4) => Flavour::Aligned,
            _ => Flavour::Plain,
        };
        let ty = structure(rng, &all, flavour);
        if ty.size <= 200 {
            all.push(Declared { ty: Arc::new(ty), flavour });
        }
    }
    all
}

fn structure(rng: &mut Rng, known: &[Declared], flavour: Flavour) -> StructType {
    let small = rng.chance(2);
    let count = 1 + rng.below(if small { 3 } else { 6 });
    let mut s = StructType { size: 0, align: 1, fields: Vec::new() };
    let mut end = 0;
    for _ in 0..count {
        let ty = if !known.is_empty() && rng.chance(6) {
            ArgType::Struct(known[rng.below(known.len())].ty.clone())
        } else if small && rng.chance(3) {
            ArgType::Float
        } else {
            scalar(rng)
        };
        let repeat = if rng.chance(5) { 1 + rng.below(if small { 4 } else { 9 }) } else { 1 };
        // `packed` lowers the alignment of the members, not of what is inside them.
        let align = if flavour == Flavour::Packed { 1 } else { ty.align() };
        let offset = if flavour == Flavour::Union { 0 } else { usize::next_multiple_of(end, align) };
        s.align = s.align.max(align);
        end = end.max(offset + ty.size() * repeat);
        s.fields.push((offset, ty, repeat));
    }
    if flavour == Flavour::Aligned {
        s.align = s.align.max(32);
    }
    s.size = end.next_multiple_of(s.align);
    s
}

/// Which types a signature is made of. Those of one kind are what most functions have, and what direct calls
/// treat apart.
#[derive(Clone, Copy)]
enum Mix {
    Integers,
    Floats,
    Scalars,
    Structs,
    All,
}

/// One signature. Every tenth is variadic; the variadic part has promoted types only.
pub(crate) fn signature(rng: &mut Rng, known: &[Declared]) -> Signature {
    let count = match rng.below(4) {
        0 => rng.below(4),
        1 | 2 => rng.below(10),
        _ => rng.below(MOST_ARGS + 1),
    };
    let mix = match rng.below(10) {
        0 => Mix::Integers,
        1 => Mix::Floats,
        2 | 3 => Mix::Scalars,
        4 => Mix::Structs,
        _ => Mix::All,
    };
    let mut args: Vec<ArgType> = (0..count).map(|_| any(rng, known, mix)).collect();
    let result = if rng.chance(12) {
        ArgType::Void
    } else {
        let like_arguments = rng.chance(2);
        any(rng, known, if like_arguments { mix } else { Mix::All })
    };
    let mut fixed_args = None;
    if count > 0 && rng.chance(10) {
        let fixed = 1 + rng.below(count);
        for ty in &mut args[fixed..] {
            match ty {
                ArgType::Float => *ty = ArgType::Double,
                ArgType::Int { size: size @ (1 | 2), .. } => *size = 4,
                _ => {}
            }
        }
        fixed_args = Some(fixed);
    }
    Signature { args, result, fixed_args, abi: cffi_call::Abi::Default }
}

fn any(rng: &mut Rng, known: &[Declared], mix: Mix) -> ArgType {
    match mix {
        Mix::Integers if rng.chance(4) => ArgType::Pointer,
        Mix::Integers => ArgType::int(1 << rng.below(4), rng.chance(2)),
        Mix::Floats if rng.chance(2) => ArgType::Float,
        Mix::Floats => ArgType::Double,
        Mix::All if !rng.chance(4) => scalar(rng),
        Mix::Scalars => scalar(rng),
        Mix::Structs | Mix::All => ArgType::Struct(known[rng.below(known.len())].ty.clone()),
    }
}
