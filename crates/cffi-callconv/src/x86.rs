//! 32-bit x86.
//!
//! Sources: *System V Application Binary Interface, Intel386 Architecture Processor Supplement*,
//! <https://gitlab.com/x86-psABIs/i386-ABI>, and Microsoft's pages on `__cdecl`, `__stdcall`, `__fastcall` and
//! `__thiscall`. Arguments lie on the stack in cells of 4 bytes. Small structs are returned in memory on Linux and in
//! registers on Windows, macOS and the BSDs.

use cffi_types::Types;
use cffi_types::target::{Env, FloatFormat, Os};
use cffi_types::types::{Convention, RecordId, RecordKind};

use crate::assign::{Assigner, extension, integer_register};
use crate::error::Unsupported;
use crate::layout::{Abi, CallLayout, Extension, Location, Passing, Piece, RegisterClass};
use crate::signature::Signature;
use crate::value::{self, Kind, Value, value};

pub(crate) fn classify(
    types: &Types,
    signature: &Signature<'_>,
    convention: Convention,
) -> Result<CallLayout, Unsupported> {
    // A variadic function is always called as cdecl.
    let convention = if signature.fixed.is_some() { Convention::C } else { convention };
    let target = types.target();
    let stack_align = if target.os == Os::Windows { 4 } else { 16 };
    let mut assigner = Assigner::new(Abi::X86(convention), signature.args.len(), stack_align, 0)?;
    let registers = match convention {
        Convention::Fastcall => 2,
        Convention::Thiscall => 1,
        _ => 0,
    };
    let result = value(types, signature.result, None)?;
    // The address of a result takes no register of a fastcall function.
    let for_result = if convention == Convention::Fastcall { 0 } else { registers };
    place_result(types, &result, for_result, &mut assigner)?;
    let hidden = assigner.stack_in_use();
    for (index, ty) in signature.args.iter().enumerate() {
        let arg = value(types, *ty, Some(index))?;
        place_argument(types, &arg, signature.is_variable(index), registers, &mut assigner)?;
    }
    if convention == Convention::C {
        // On System V the function removes the address of its result from the stack; on Windows it does not.
        assigner.callee_pops(if target.os == Os::Windows { 0 } else { hidden });
    } else {
        assigner.callee_pops(assigner.stack_in_use());
    }
    assigner.finish()
}

fn place_argument(
    types: &Types,
    arg: &Value,
    variable: bool,
    registers: u8,
    assigner: &mut Assigner,
) -> Result<(), Unsupported> {
    if let Kind::Vector { .. } = arg.kind {
        return Err(Unsupported::Vector { size: arg.size });
    }
    if arg.size == 0 {
        assigner.nothing(arg);
        return Ok(());
    }
    if types.target().is_msvc() && !variable && asks_for_alignment(types, arg) {
        let location = if registers > assigner.integer {
            assigner.next_integer()
        } else {
            assigner.take_stack(4, 4, 4)?
        };
        assigner.by_address(arg, location, 4);
        return Ok(());
    }
    // Registers are for the first integers and pointers of this size, whatever lies between them.
    let is_small_integer = arg.signedness().is_some() && arg.size <= 4;
    if is_small_integer && registers > assigner.integer {
        let location = assigner.next_integer();
        assigner.whole(arg, location, extension(arg, 4));
        return Ok(());
    }
    // Alignment beyond that of a cell applies to `_Float128` only.
    let align = if arg.kind == Kind::Float(FloatFormat::Quad) { 16 } else { 4 };
    let location = assigner.take_stack(arg.size, align, 4)?;
    assigner.whole(arg, location, extension(arg, 4));
    Ok(())
}

/// Returns whether a record or its members request more alignment than a cell has; Visual C++ passes it by address then.
fn asks_for_alignment(types: &Types, arg: &Value) -> bool {
    arg.record().is_some_and(|id| types.record(id).required_align() > 4)
}

fn place_result(
    types: &Types,
    result: &Value,
    registers: u8,
    assigner: &mut Assigner,
) -> Result<(), Unsupported> {
    let is_unix = types.target().os != Os::Windows;
    if result.kind == Kind::Void || (result.size == 0 && !is_unix) {
        assigner.ret(result, Passing::Nothing, &[]);
        return Ok(());
    }
    let x87 = Location::Register { class: RegisterClass::X87, number: 0 };
    match how(types, result)? {
        How::Integers => {
            let piece = |n: u8| {
                let offset = u64::from(n) * 4;
                let size = result.size.saturating_sub(offset).min(4);
                Piece { location: integer_register(n), offset, size, extension: Extension::None }
            };
            let pieces: Vec<Piece> = (0..2).map(piece).filter(|piece| piece.size > 0).collect();
            assigner.ret(result, Passing::Value, &pieces);
        }
        How::X87 => assigner.ret_whole(result, x87, Extension::None),
        How::Vector => {
            let location = Location::Register { class: RegisterClass::Vector, number: 0 };
            assigner.ret_whole(result, location, Extension::None);
        }
        How::Memory => {
            let location = if registers > assigner.integer {
                assigner.next_integer()
            } else {
                assigner.take_stack(4, 4, 4)?
            };
            let piece = Piece { location, offset: 0, size: 4, extension: Extension::None };
            assigner.ret(result, Passing::Address, &[piece]);
        }
    }
    Ok(())
}

enum How {
    /// In eax, or in eax and edx.
    Integers,
    X87,
    Vector,
    Memory,
}

fn how(types: &Types, result: &Value) -> Result<How, Unsupported> {
    let target = types.target();
    Ok(match result.kind {
        Kind::Float(FloatFormat::Half) => How::Vector,
        Kind::Float(FloatFormat::Bfloat) => return Err(Unsupported::Primitive(cffi_types::Prim::Bfloat16)),
        Kind::Float(FloatFormat::Quad) => How::Memory,
        Kind::Float(_) => How::X87,
        Kind::Vector { .. } => return Err(Unsupported::Vector { size: result.size }),
        Kind::Pointer | Kind::Integer { .. } | Kind::BitInt { .. } if result.size <= 8 => How::Integers,
        Kind::Complex(FloatFormat::Single | FloatFormat::Half) => How::Integers,
        Kind::Record(id) if target.os == Os::Windows && matches!(result.size, 1 | 2 | 4 | 8) => {
            // gcc returns a struct of one floating-point number as that number.
            if target.env == Env::Gnu && is_one_float(types, id) { How::X87 } else { How::Integers }
        }
        Kind::Record(id)
            if matches!(target.os, Os::Bsd | Os::Apple) && matches!(result.size, 1 | 2 | 4 | 8) =>
        {
            if is_one_float(types, id) {
                How::X87
            } else {
                How::Integers
            }
        }
        _ => How::Memory,
    })
}

/// Returns whether a struct has one member, which is a floating-point number or such a struct.
fn is_one_float(types: &Types, id: RecordId) -> bool {
    let mut id = id;
    loop {
        let [field] = types.fields(id) else { return false };
        if field.bits().is_some() || types.record(id).kind == RecordKind::Union {
            return false;
        }
        match value::kind(types, types.resolve(field.ty).0) {
            Kind::Float(FloatFormat::Single | FloatFormat::Double) => return true,
            Kind::Record(inner) => id = inner,
            _ => return false,
        }
    }
}
