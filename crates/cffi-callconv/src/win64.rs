//! Microsoft's convention on x86-64.
//!
//! Source: <https://learn.microsoft.com/cpp/build/x64-calling-convention>. Each of the first four arguments has a
//! register by its position, integer or vector; the others have a cell of 8 bytes on the stack, above 32 bytes that
//! belong to the function. A value whose size is not 1, 2, 4 or 8 bytes is passed by the address of a copy.
//!
//! MinGW means gcc, with types that Visual C++ lacks: it passes `long double`, `__int128`, `_Float128` and vectors of
//! more than 8 bytes by address. An empty struct, which has no bytes there, takes a position. A vector of 8 bytes
//! counts as an integer in gcc and is passed by address in clang where clang follows Visual C++.

use cffi_types::Types;
use cffi_types::target::FloatFormat;

use crate::assign::{Assigner, extension, integer_register, vector_register};
use crate::error::Unsupported;
use crate::layout::{Abi, CallLayout, Extension, Location, Passing, Piece};
use crate::signature::Signature;
use crate::value::{Kind, Value, value};

/// The number of argument positions: rcx, rdx, r8, r9 or xmm0 to xmm3.
const POSITIONS: u8 = 4;
/// Bytes above the return address where the function may keep its register arguments.
const HOME: u64 = 32;

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum How {
    Integer,
    Vector,
    Address,
}

pub(crate) fn classify(types: &Types, signature: &Signature<'_>) -> Result<CallLayout, Unsupported> {
    let mut call = Call { assigner: Assigner::new(Abi::Win64, signature.args.len(), 16, HOME)?, position: 0 };
    let msvc = types.target().is_msvc();
    let result = value(types, signature.result, None)?;
    call.result(&result, msvc)?;
    for (index, ty) in signature.args.iter().enumerate() {
        let arg = value(types, *ty, Some(index))?;
        call.argument(&arg, signature.is_variable(index), msvc)?;
    }
    // Each position counts as used in both kinds of registers.
    call.assigner.integer = call.position;
    call.assigner.finish()
}

struct Call {
    assigner: Assigner,
    /// The number of positions in use, at most four.
    position: u8,
}

impl Call {
    fn argument(&mut self, arg: &Value, variable: bool, msvc: bool) -> Result<(), Unsupported> {
        let how = how(arg, msvc);
        if arg.size == 0 {
            self.next(How::Integer)?;
            self.assigner.nothing(arg);
            return Ok(());
        }
        let in_registers = self.position < POSITIONS;
        let position = self.position;
        let location = self.next(how)?;
        match how {
            How::Address => self.assigner.by_address(arg, location, 8),
            // A variadic function may read an argument from either kind of register.
            How::Vector if variable && in_registers => {
                let piece =
                    |location| Piece { location, offset: 0, size: arg.size, extension: Extension::None };
                let both = [piece(location), piece(integer_register(position))];
                self.assigner.arg(arg, Passing::Value, &both);
            }
            // The convention does not require an extension, but compilers extend integers.
            _ => self.assigner.whole(arg, location, extension(arg, 4)),
        }
        Ok(())
    }

    fn result(&mut self, result: &Value, msvc: bool) -> Result<(), Unsupported> {
        if result.size == 0 {
            self.assigner.ret(result, Passing::Nothing, &[]);
            return Ok(());
        }
        let location = match result_how(result, msvc) {
            How::Integer => integer_register(0),
            How::Vector => vector_register(0),
            How::Address => {
                let location = self.next(How::Integer)?;
                let piece = Piece { location, offset: 0, size: 8, extension: Extension::None };
                self.assigner.ret(result, Passing::Address, &[piece]);
                return Ok(());
            }
        };
        self.assigner.ret_whole(result, location, Extension::None);
        Ok(())
    }

    /// Takes the register or stack cell of the next position.
    fn next(&mut self, how: How) -> Result<Location, Unsupported> {
        if self.position == POSITIONS {
            return self.assigner.take_stack(8, 8, 8);
        }
        self.position += 1;
        Ok(match how {
            How::Vector => vector_register(self.position - 1),
            How::Integer | How::Address => integer_register(self.position - 1),
        })
    }
}

fn how(value: &Value, msvc: bool) -> How {
    match value.kind {
        Kind::Float(FloatFormat::Half | FloatFormat::Bfloat | FloatFormat::Single | FloatFormat::Double) => {
            How::Vector
        }
        Kind::Vector { .. } if msvc && value.size >= 8 => How::Address,
        _ if matches!(value.size, 1 | 2 | 4 | 8) => How::Integer,
        _ => How::Address,
    }
}

fn result_how(value: &Value, msvc: bool) -> How {
    match value.kind {
        // Apart from vectors, an integer is the only value of 16 bytes that is returned in xmm0.
        Kind::Integer { .. } if value.size == 16 => How::Vector,
        Kind::Vector { .. } if value.size == 16 || (msvc && value.size == 8) => How::Vector,
        Kind::Vector { .. } if msvc && value.size > 16 => How::Vector,
        _ => how(value, msvc),
    }
}
