//! Pragmas that the parser applies.

use crate::intern::Atom;

/// A pragma that the parser applies.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Pragma {
    /// `#pragma pack`.
    Pack(PackAction),
}

/// The effect of `#pragma pack` on the largest alignment of members.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum PackAction {
    /// `pack(n)`. Without a number, or with 0, the default alignment is used.
    Set(u32),
    /// `pack(push)` and `pack(push, n)`, with a label in Visual C++.
    Push(Atom, Option<u32>),
    /// `pack(pop)` and `pack(pop, n)`, with a label in Visual C++.
    Pop(Atom, Option<u32>),
}
