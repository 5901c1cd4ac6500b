//! The attributes that affect a declaration.

use cffi_types::Prim;
use cffi_types::decls::DeclFlags;
use cffi_types::types::Convention;

use crate::intern::Atom;

/// The attributes of a declaration, reduced to those that have an effect.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Attributes {
    pub(crate) packed: bool,
    /// The largest of the requested alignments, in bytes, or 0.
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
    /// The string of `deprecated`, with its quotes.
    pub(crate) deprecated: Atom,
    /// The string of an `asm` label.
    pub(crate) label: Atom,
    /// The name of an attribute that has an effect but is not supported, such as `scalar_storage_order`.
    pub(crate) unsupported: Atom,
}

/// The mode of `__attribute__((mode(…)))`, which gives a number another size.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// An integer with this number of bytes.
    Integer(u8),
    /// An integer of the size of a pointer.
    Word,
    Float(Prim),
    Complex(Prim),
    /// A vector: the number of items and the bytes of each.
    Vector(u8, u8),
}

impl Attributes {
    /// Adds the attributes of another set.
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
