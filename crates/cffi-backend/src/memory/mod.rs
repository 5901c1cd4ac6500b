//! The gate to C memory: a [`Loc`] says that a C value is at an address, and its [`Typed`] form reads and writes it.
//!
//! A `Loc` is made where the fact is known: by code that has allocated the memory, and by code that takes the word of
//! the program, of a library or of C code that a value of this type is there. Whoever has a `Loc` needs no unsafe code.

mod items;
mod loc;
mod member;
mod scratch;
mod typed;

pub(crate) use items::{Bits, Items, Scalars};
pub(crate) use loc::{Foreign, Loc, copy_variable, set_word};
pub(crate) use member::{Member, WideBits};
pub(crate) use scratch::Scratch;
pub(crate) use typed::{LongDoubleBytes, Scalar, Typed, char_cell, primitive};
