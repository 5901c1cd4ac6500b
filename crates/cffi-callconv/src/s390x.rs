//! IBM Z in 64-bit mode.
//!
//! Source: *ELF Application Binary Interface, s390x Supplement*, <https://github.com/IBM/s390x-abi>. Arguments go to
//! five integer and four floating-point registers, then to the stack: above 160 bytes that belong to the function there
//! are cells of 8 bytes, in which a narrower value lies at the right end. A record is passed as an integer of its size
//! or by the address of a copy, and always returned in memory, even if it is empty.

use cffi_types::Types;
use cffi_types::target::FloatFormat;
use cffi_types::types::{RecordId, RecordKind, Shape};

use crate::assign::{Assigner, integer_register, vector_register};
use crate::error::Unsupported;
use crate::layout::{Abi, CallLayout, Extension, Location, Passing, Piece};
use crate::signature::Signature;
use crate::value::{Kind, Value, kind, value};

/// The number of integer argument registers: r2 to r6.
const INTEGER_REGISTERS: u8 = 5;
/// The number of floating-point argument registers: f0, f2, f4, f6.
const VECTOR_REGISTERS: u8 = 4;
/// The size in bytes of the area where the function may save its registers.
const HOME: u64 = 160;

enum How {
    Integer,
    Float,
    Address,
}

pub(crate) fn classify(types: &Types, signature: &Signature<'_>) -> Result<CallLayout, Unsupported> {
    let mut assigner = Assigner::new(Abi::S390x, signature.args.len(), 8, HOME)?;
    let result = value(types, signature.result, None)?;
    place_result(&result, &mut assigner)?;
    for (index, ty) in signature.args.iter().enumerate() {
        let arg = value(types, *ty, Some(index))?;
        place_argument(types, &arg, &mut assigner)?;
    }
    assigner.finish()
}

fn place_argument(types: &Types, arg: &Value, assigner: &mut Assigner) -> Result<(), Unsupported> {
    let how = how(types, arg)?;
    let register = match how {
        How::Float if assigner.vector < VECTOR_REGISTERS => Some(assigner.next_vector()),
        How::Integer | How::Address if assigner.integer < INTEGER_REGISTERS => Some(assigner.next_integer()),
        _ => None,
    };
    let extension = extended(arg);
    if let How::Address = how {
        let location = match register {
            Some(location) => location,
            None => assigner.take_stack(8, 8, 8)?,
        };
        assigner.by_address(arg, location, 8);
        return Ok(());
    }
    let location = match register {
        Some(location) => location,
        None => right_end(assigner.take_stack(8, 8, 8)?, arg.size),
    };
    assigner.whole(arg, location, extension);
    Ok(())
}

/// Returns the location of a value of this size at the right end of a cell of 8 bytes.
fn right_end(cell: Location, size: u64) -> Location {
    match cell {
        Location::Stack { offset } => Location::Stack { offset: offset + (8 - size) },
        register => register,
    }
}

fn place_result(result: &Value, assigner: &mut Assigner) -> Result<(), Unsupported> {
    if result.kind == Kind::Void {
        assigner.ret(result, Passing::Nothing, &[]);
        return Ok(());
    }
    match result.kind {
        Kind::Pointer | Kind::Integer { .. } | Kind::BitInt { .. } if result.size <= 8 => {
            assigner.ret_whole(result, integer_register(0), extended(result));
        }
        Kind::Float(_) if result.size <= 8 => {
            assigner.ret_whole(result, vector_register(0), Extension::None);
        }
        Kind::Vector { .. } => return Err(Unsupported::Vector { size: result.size }),
        _ => {
            let location = assigner.next_integer();
            let piece = Piece { location, offset: 0, size: 8, extension: Extension::None };
            assigner.ret(result, Passing::Address, &[piece]);
        }
    }
    Ok(())
}

/// Returns the extension of an integer to a whole register, which arguments and results have.
fn extended(value: &Value) -> Extension {
    match value.signedness() {
        Some(true) if value.size < 8 => Extension::Sign(8),
        Some(false) if value.size < 8 => Extension::Zero(8),
        _ => Extension::None,
    }
}

fn how(types: &Types, arg: &Value) -> Result<How, Unsupported> {
    Ok(match arg.kind {
        Kind::Float(_) if arg.size <= 8 => How::Float,
        Kind::Vector { .. } => return Err(Unsupported::Vector { size: arg.size }),
        Kind::Complex(_) => How::Address,
        Kind::Record(id) if matches!(arg.size, 1 | 2 | 4 | 8) => {
            if ends_openly(types, id) {
                How::Address
            } else if matches!(arg.size, 4 | 8) && is_one_float(types, id) {
                How::Float
            } else {
                How::Integer
            }
        }
        Kind::Pointer | Kind::Integer { .. } | Kind::BitInt { .. } if arg.size <= 8 => How::Integer,
        _ => How::Address,
    })
}

fn ends_openly(types: &Types, id: RecordId) -> bool {
    types.record(id).flexible
}

/// Returns whether a struct has one member, which is a `float`, a `double` or such a struct. Arrays do not count.
fn is_one_float(types: &Types, id: RecordId) -> bool {
    let mut id = id;
    loop {
        let [field] = types.fields(id) else { return false };
        if field.bits().is_some() || types.record(id).kind == RecordKind::Union {
            return false;
        }
        match types.resolve(field.ty).0 {
            Shape::Record(inner) => id = inner,
            shape => {
                return matches!(kind(types, shape), Kind::Float(FloatFormat::Single | FloatFormat::Double));
            }
        }
    }
}
