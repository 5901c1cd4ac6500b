//! What attributes say, as far as it matters.

use cffi_types::Prim;
use cffi_types::decls::DeclFlags;
use cffi_types::types::Convention;

use crate::intern::Atom;

/// What attributes say that matters.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Attributes {
    pub(crate) packed: bool,
    /// The largest alignment of all that are asked for, in bytes, or 0.
    pub(crate) aligned: u32,
    pub(crate) mode: Option<Mode>,
    /// The size of a vector in bytes.
    pub(crate) vector_size: Option<u32>,
    /// The number of items of a vector (Clang).
    pub(crate) vector_items: Option<u32>,
    pub(crate) transparent: bool,
    pub(crate) ms_struct: Option<bool>,
    pub(crate) convention: Option<Convention>,
    pub(crate) flags: DeclFlags,
    /// The text of `deprecated`, with its quotes.
    pub(crate) deprecated: Atom,
    /// The string of an `asm` label.
    pub(crate) label: Atom,
    /// Something was said that cannot be honoured, such as `scalar_storage_order`.
    pub(crate) unsupported: Atom,
}

/// `__attribute__((mode(…)))`: another size of integer or floating-point number.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// An integer of so many bytes.
    Integer(u8),
    /// A number of the size of a pointer.
    Word,
    Float(Prim),
    Complex(Prim),
    /// A vector of so many items.
    Vector(u8, u8),
}

impl Attributes {
    /// Adds what other attributes say.
    pub(crate) fn merge(&mut self, other: &Attributes) {
        self.packed |= other.packed;
        self.aligned = self.aligned.max(other.aligned);
        self.mode = other.mode.or(self.mode);
        self.vector_size = other.vector_size.or(self.vector_size);
        self.vector_items = other.vector_items.or(self.vector_items);
        self.transparent |= other.transparent;
        self.ms_struct = other.ms_struct.or(self.ms_struct);
        self.convention = other.convention.or(self.convention);
        self.flags |= other.flags;
        for (mine, theirs) in [
            (&mut self.deprecated, other.deprecated),
            (&mut self.label, other.label),
            (&mut self.unsupported, other.unsupported),
        ] {
            if theirs != Atom::EMPTY {
                *mine = theirs;
            }
        }
    }
}
