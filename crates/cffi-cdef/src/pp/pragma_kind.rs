//! Pragmas that the parser has to know.

use crate::intern::Atom;

/// A pragma that the parser has to know.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Pragma {
    /// `#pragma pack`.
    Pack(PackAction),
}

/// What `#pragma pack` does to the largest alignment of members.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum PackAction {
    /// `pack(n)`; 0 or nothing is the default.
    Set(u32),
    /// `pack(push)` and `pack(push, n)`, with a label in Visual C++.
    Push(Atom, Option<u32>),
    /// `pack(pop)` and `pack(pop, n)`, with a label in Visual C++.
    Pop(Atom, Option<u32>),
}
