//! Records the locations of arguments and results.

use crate::error::Unsupported;
use crate::layout::{Abi, CallLayout, Extension, Location, Passing, Piece, Place, RegisterClass, StackUse};
use crate::value::Value;

/// A layout under construction.
pub(crate) struct Assigner {
    layout: CallLayout,
    /// The number of bytes of the stack in use, including `reserved`.
    stack: u64,
    /// The strictest alignment of an argument on the stack.
    align: u64,
    /// The numbers of integer and vector registers in use.
    pub(crate) integer: u8,
    pub(crate) vector: u8,
}

/// The largest distance of an argument from the stack pointer, in bytes.
const LIMIT: u64 = 1 << 62;

pub(crate) fn integer_register(number: u8) -> Location {
    Location::Register { class: RegisterClass::Integer, number }
}

pub(crate) fn vector_register(number: u8) -> Location {
    Location::Register { class: RegisterClass::Vector, number }
}

/// Returns how a scalar is extended to `width` bytes; other values are not extended.
pub(crate) fn extension(value: &Value, width: u8) -> Extension {
    match value.signedness() {
        Some(signed) if value.size < u64::from(width) => {
            if signed {
                Extension::Sign(width)
            } else {
                Extension::Zero(width)
            }
        }
        _ => Extension::None,
    }
}

impl Assigner {
    /// Starts the layout of a call that keeps the stack aligned to `align`. There is room for two pieces of each
    /// argument and of the result.
    pub(crate) fn new(abi: Abi, args: usize, align: u64, reserved: u64) -> Result<Assigner, Unsupported> {
        let nothing = Place { passing: Passing::Nothing, size: 0, align: 1, start: 0, count: 0 };
        let (mut places, mut pieces) = (Vec::new(), Vec::new());
        places.try_reserve_exact(args).map_err(|_| Unsupported::NoMemory)?;
        pieces
            .try_reserve_exact(args.saturating_add(1).saturating_mul(2))
            .map_err(|_| Unsupported::NoMemory)?;
        Ok(Assigner {
            layout: CallLayout {
                abi,
                args: places,
                ret: nothing,
                stack: StackUse { size: 0, align, reserved, callee_pops: 0 },
                registers: (0, 0),
                pieces,
            },
            stack: reserved,
            align,
            integer: 0,
            vector: 0,
        })
    }

    pub(crate) fn next_integer(&mut self) -> Location {
        self.integer += 1;
        integer_register(self.integer - 1)
    }

    pub(crate) fn next_vector(&mut self) -> Location {
        self.vector += 1;
        vector_register(self.vector - 1)
    }

    /// Takes bytes from the stack at this alignment, rounded up to a multiple of `cell`.
    pub(crate) fn take_stack(&mut self, size: u64, align: u64, cell: u64) -> Result<Location, Unsupported> {
        let offset = self.stack.checked_next_multiple_of(align).ok_or(Unsupported::TooLarge)?;
        let end = offset.checked_add(size).and_then(|end| end.checked_next_multiple_of(cell));
        self.stack = end.filter(|end| *end < LIMIT).ok_or(Unsupported::TooLarge)?;
        self.align = self.align.max(align);
        Ok(Location::Stack { offset })
    }

    /// Records the pieces of the next argument.
    pub(crate) fn arg(&mut self, value: &Value, passing: Passing, pieces: &[Piece]) {
        let place = self.place(value, passing, pieces);
        self.layout.args.push(place);
    }

    /// Records that the next argument is one piece.
    pub(crate) fn whole(&mut self, value: &Value, location: Location, extension: Extension) {
        let piece = Piece { location, offset: 0, size: value.size, extension };
        self.arg(value, Passing::Value, &[piece]);
    }

    /// Records that the next argument is passed by its address, which has `size` bytes.
    pub(crate) fn by_address(&mut self, value: &Value, location: Location, size: u64) {
        let piece = Piece { location, offset: 0, size, extension: Extension::None };
        self.arg(value, Passing::Address, &[piece]);
    }

    /// Records that the next argument has no bytes to pass.
    pub(crate) fn nothing(&mut self, value: &Value) {
        self.arg(value, Passing::Nothing, &[]);
    }

    /// Records the pieces of the result.
    pub(crate) fn ret(&mut self, value: &Value, passing: Passing, pieces: &[Piece]) {
        self.layout.ret = self.place(value, passing, pieces);
    }

    /// Records that the result is one piece.
    pub(crate) fn ret_whole(&mut self, value: &Value, location: Location, extension: Extension) {
        self.ret(value, Passing::Value, &[Piece { location, offset: 0, size: value.size, extension }]);
    }

    /// Records the number of bytes that the function removes from the stack when it returns.
    pub(crate) fn callee_pops(&mut self, bytes: u64) {
        self.layout.stack.callee_pops = bytes;
    }

    /// Returns the number of bytes of the stack in use so far.
    pub(crate) fn stack_in_use(&self) -> u64 {
        self.stack
    }

    pub(crate) fn finish(mut self) -> Result<CallLayout, Unsupported> {
        let size = self.stack.checked_next_multiple_of(self.align).filter(|size| *size < LIMIT);
        self.layout.stack.size = size.ok_or(Unsupported::TooLarge)?;
        self.layout.stack.align = self.align;
        self.layout.registers = (self.integer, self.vector);
        Ok(self.layout)
    }

    fn place(&mut self, value: &Value, passing: Passing, pieces: &[Piece]) -> Place {
        let start = self.layout.pieces.len() as u32;
        self.layout.pieces.extend_from_slice(pieces);
        Place { passing, size: value.size, align: value.align, start, count: pieces.len() as u32 }
    }
}

/// Returns the pieces of a value that goes to consecutive 8-byte registers or cells, one for each location.
pub(crate) fn eightbytes(size: u64, locations: &[Location]) -> Vec<Piece> {
    let piece = |(index, location): (usize, &Location)| {
        let offset = index as u64 * 8;
        let size = size.saturating_sub(offset).min(8);
        Piece { location: *location, offset, size, extension: Extension::None }
    };
    locations.iter().enumerate().map(piece).filter(|piece| piece.size > 0).collect()
}
