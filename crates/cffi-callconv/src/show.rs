//! Layouts as text, for people and for tests.

use core::fmt;

use crate::layout::{CallLayout, Extension, Location, Passing, Piece, Place};

/// Shows a layout on one line: `(rdi, xmm0:0+8 rsi:8+4, [0], &rdx) -> rax; stack 16`.
///
/// Each argument is written as its pieces: a register or `[distance from the stack pointer]`, then the offset and size
/// of the piece unless it is the whole value. `&` before a location marks an address; `-` is a value without bytes.
impl fmt::Display for CallLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (index, arg) in self.args.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            self.show(f, arg, false)?;
        }
        f.write_str(") -> ")?;
        self.show(f, &self.ret, true)?;
        write!(f, "; stack {}", self.stack.size)?;
        if self.stack.align != 16 {
            write!(f, " aligned {}", self.stack.align)?;
        }
        if self.stack.callee_pops > 0 {
            write!(f, ", {} popped", self.stack.callee_pops)?;
        }
        Ok(())
    }
}

impl CallLayout {
    fn show(&self, f: &mut fmt::Formatter<'_>, place: &Place, result: bool) -> fmt::Result {
        let mark = match place.passing {
            Passing::Nothing => return f.write_str("-"),
            Passing::Value => "",
            Passing::Address => "&",
        };
        // The address of a result is passed like an argument.
        let result = result && place.passing == Passing::Value;
        for (index, piece) in self.pieces(place).iter().enumerate() {
            f.write_str(if index > 0 { " " } else { mark })?;
            self.show_piece(f, piece, place, result)?;
        }
        Ok(())
    }

    fn show_piece(
        &self,
        f: &mut fmt::Formatter<'_>,
        piece: &Piece,
        place: &Place,
        result: bool,
    ) -> fmt::Result {
        match piece.location {
            Location::Stack { offset } => write!(f, "[{offset}]")?,
            register => f.write_str(self.register_name(register, result))?,
        }
        if place.passing == Passing::Value && (piece.offset, piece.size) != (0, place.size) {
            write!(f, ":{}+{}", piece.offset, piece.size)?;
        }
        match piece.extension {
            Extension::None => Ok(()),
            Extension::Zero(width) => write!(f, "<u{}", u32::from(width) * 8),
            Extension::Sign(width) => write!(f, "<i{}", u32::from(width) * 8),
        }
    }
}
