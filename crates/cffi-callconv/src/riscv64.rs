//! RISC-V with 64-bit pointers and double-precision registers: LP64D.
//!
//! Source: *RISC-V Calling Conventions*, <https://github.com/riscv-non-isa/riscv-elf-psabi-doc>. The floating-point
//! calling convention takes floating-point numbers, and structs of one or two members at least one of which is such a
//! number. The integer calling convention takes all other values.

use cffi_types::target::FloatFormat;
use cffi_types::types::RecordKind;
use cffi_types::{QualType, Types};

use crate::assign::{Assigner, eightbytes};
use crate::error::Unsupported;
use crate::layout::{Abi, CallLayout, Extension, Location, Passing, Piece};
use crate::leaf::{self, Flow, Leaf};
use crate::signature::Signature;
use crate::value::{Kind, Value, value};

/// The number of argument registers of each kind: a0 to a7, fa0 to fa7.
const REGISTERS: u8 = 8;
const XLEN: u64 = 8;

pub(crate) fn classify(types: &Types, signature: &Signature<'_>) -> Result<CallLayout, Unsupported> {
    let result = value(types, signature.result, None)?;
    // "Values are returned in the same manner as a first named argument of the same type would be passed."
    let mut call = Call { types, assigner: Assigner::new(Abi::Riscv64, signature.args.len(), 16, 0)? };
    let returned = call.pieces(signature.result, &result, false)?;
    call.assigner.integer = 0;
    call.assigner.vector = 0;
    match returned {
        Pieces::Address(_) => {
            let location = call.assigner.next_integer();
            let piece = Piece { location, offset: 0, size: 8, extension: Extension::None };
            call.assigner.ret(&result, Passing::Address, &[piece]);
        }
        Pieces::Value(pieces) if pieces.is_empty() => call.assigner.ret(&result, Passing::Nothing, &[]),
        Pieces::Value(pieces) => call.assigner.ret(&result, Passing::Value, &pieces),
    }
    for (index, ty) in signature.args.iter().enumerate() {
        let arg = value(types, *ty, Some(index))?;
        match call.pieces(*ty, &arg, signature.is_variable(index))? {
            Pieces::Address(location) => call.assigner.by_address(&arg, location, 8),
            Pieces::Value(pieces) if pieces.is_empty() => call.assigner.nothing(&arg),
            Pieces::Value(pieces) => call.assigner.arg(&arg, Passing::Value, &pieces),
        }
    }
    call.assigner.finish()
}

struct Call<'a> {
    types: &'a Types,
    assigner: Assigner,
}

enum Pieces {
    Value(Vec<Piece>),
    Address(Location),
}

/// A member of a struct, which the floating-point convention passes by itself.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
struct Part {
    is_float: bool,
    offset: u64,
    size: u64,
    signed: bool,
}

impl Call<'_> {
    fn pieces(&mut self, ty: QualType, value: &Value, variable: bool) -> Result<Pieces, Unsupported> {
        if value.size == 0 {
            return Ok(Pieces::Value(Vec::new()));
        }
        if !variable && let Some(parts) = parts(self.types, ty, value)? {
            let floats = parts.iter().filter(|part| part.is_float).count() as u8;
            let integers = parts.len() as u8 - floats;
            if self.assigner.vector + floats <= REGISTERS && self.assigner.integer + integers <= REGISTERS {
                let piece = |part: &Part| Piece {
                    location: if part.is_float {
                        self.assigner.next_vector()
                    } else {
                        self.assigner.next_integer()
                    },
                    offset: part.offset,
                    size: part.size,
                    extension: Extension::None,
                };
                return Ok(Pieces::Value(parts.iter().map(piece).collect()));
            }
        }
        if value.size > 2 * XLEN {
            return Ok(Pieces::Address(self.cell()?));
        }
        self.in_integers(value, variable)
    }

    /// Applies the integer calling convention to a value of at most 16 bytes.
    fn in_integers(&mut self, value: &Value, variable: bool) -> Result<Pieces, Unsupported> {
        let wide = value.size > XLEN;
        if wide && variable && value.align == 2 * XLEN {
            // "Variadic arguments with 2×XLEN-bit alignment are passed in an aligned register pair."
            self.assigner.integer = self.assigner.integer.next_multiple_of(2).min(REGISTERS);
        }
        if wide && self.assigner.integer >= REGISTERS {
            let location = self.assigner.take_stack(value.size, value.align.clamp(8, 16), 8)?;
            let piece = Piece { location, offset: 0, size: value.size, extension: Extension::None };
            return Ok(Pieces::Value(vec![piece]));
        }
        let first = self.first_cell(value)?;
        if !wide {
            let piece = Piece { location: first, offset: 0, size: value.size, extension: extended(value) };
            return Ok(Pieces::Value(vec![piece]));
        }
        // If one register is left, the second half is the first value on the stack.
        let second = self.cell()?;
        Ok(Pieces::Value(eightbytes(value.size, &[first, second])))
    }

    fn first_cell(&mut self, value: &Value) -> Result<Location, Unsupported> {
        if self.assigner.integer < REGISTERS {
            return Ok(self.assigner.next_integer());
        }
        self.assigner.take_stack(8, value.align.clamp(8, 16), 8)
    }

    fn cell(&mut self) -> Result<Location, Unsupported> {
        if self.assigner.integer < REGISTERS {
            return Ok(self.assigner.next_integer());
        }
        self.assigner.take_stack(8, 8, 8)
    }
}

/// Returns the extension of a value: "Scalars are extended according to their type up to 32 bits, then sign-extended to
/// 64 bits". This applies to unsigned scalars of 32 bits too.
fn extended(value: &Value) -> Extension {
    match (value.signedness(), value.size) {
        (Some(_), 4) | (Some(true), 1..8) => Extension::Sign(8),
        (Some(false), 1..4) => Extension::Zero(8),
        _ => Extension::None,
    }
}

/// Returns the members that the floating-point convention passes: those of a number, a complex number, a struct of one
/// number, of two numbers, or of a number and an integer.
fn parts(types: &Types, ty: QualType, value: &Value) -> Result<Option<Vec<Part>>, Unsupported> {
    let float = |offset, size| Part { is_float: true, offset, size, signed: false };
    let fits = |format| {
        matches!(format, FloatFormat::Half | FloatFormat::Bfloat | FloatFormat::Single | FloatFormat::Double)
    };
    match value.kind {
        Kind::Float(format) => return Ok(fits(format).then(|| vec![float(0, value.size)])),
        Kind::Complex(format) => {
            let half = value.size / 2;
            return Ok(fits(format).then(|| vec![float(0, half), float(half, half)]));
        }
        // The size does not matter, because padding does not count.
        Kind::Record(id) if types.record(id).kind == RecordKind::Struct => {}
        _ => return Ok(None),
    }
    if has_union(types, ty)? {
        return Ok(None);
    }
    let mut parts = Vec::new();
    let mut possible = true;
    leaf::visit(types, ty, &mut |leaf| {
        match leaf {
            Leaf::Scalar { kind: Kind::Float(format), offset, size } if fits(format) => {
                parts.push(float(offset, size));
            }
            Leaf::Scalar { kind: Kind::Complex(format), offset, size } if fits(format) => {
                parts.push(float(offset, size / 2));
                parts.push(float(offset + size / 2, size / 2));
            }
            Leaf::Scalar { kind: Kind::Integer { signed } | Kind::BitInt { signed, .. }, offset, size }
                if size <= XLEN =>
            {
                parts.push(Part { is_float: false, offset, size, signed });
            }
            Leaf::Bits { position, width, .. } => {
                // A bit-field counts as an integer of the bytes that it touches.
                let offset = position / 8;
                let size = (position + u64::from(width)).div_ceil(8) - offset;
                parts.push(Part { is_float: false, offset, size, signed: false });
            }
            Leaf::Enter
            | Leaf::Leave
            | Leaf::EnterArray { .. }
            | Leaf::LeaveArray
            | Leaf::Empty
            | Leaf::NoItems { .. }
            | Leaf::NoBits { .. }
            | Leaf::Open => {}
            // A struct of a pointer and a number is not taken apart: gcc and clang agree on that, and the specification
            // does not cover it.
            Leaf::Scalar { .. } => possible = false,
        }
        possible &= parts.len() <= 2;
        if possible { Flow::Continue } else { Flow::Stop }
    })?;
    let floats = parts.iter().filter(|part| part.is_float).count();
    Ok((possible && floats > 0).then_some(parts))
}

/// Returns whether a record contains a union at any depth: unions are never taken apart.
fn has_union(types: &Types, ty: QualType) -> Result<bool, Unsupported> {
    let mut work = vec![ty];
    let mut steps = 0;
    while let Some(ty) = work.pop() {
        steps += 1;
        if steps > 20_000 {
            return Err(Unsupported::TooComplex);
        }
        match types.resolve(ty).0 {
            cffi_types::types::Shape::Record(id) if types.record(id).kind == RecordKind::Union => {
                return Ok(true);
            }
            cffi_types::types::Shape::Record(id) => {
                work.extend(types.fields(id).iter().map(|field| field.ty));
            }
            cffi_types::types::Shape::Array { item, .. } => work.push(item),
            _ => {}
        }
    }
    Ok(false)
}
