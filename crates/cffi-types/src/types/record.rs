//! Structs and unions.

use crate::symbol::Symbol;

use super::error::LayoutProblem;
use super::qualified::QualType;
use super::shape::TypeId;

/// Struct or union.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum RecordKind {
    /// Members follow each other.
    Struct,
    /// Members overlay each other.
    Union,
}

impl RecordKind {
    /// The keyword.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            RecordKind::Struct => "struct",
            RecordKind::Union => "union",
        }
    }
}

/// How much of a struct or union is known.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum RecordState {
    /// It is declared but not defined.
    Opaque,
    /// It is defined, but only the C compiler knows where its members lie (`...;`).
    Partial,
    /// It is defined; the types of some members have no size yet.
    Pending,
    /// It is defined and laid out.
    Complete,
    /// It is defined and breaks a rule.
    Broken(LayoutProblem),
}

/// What attributes and pragmas say of a struct or union.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct RecordAttributes {
    /// `__attribute__((packed))`.
    pub packed: bool,
    /// `#pragma pack(n)` in effect: largest alignment of a member in bytes, a power of two, or 0.
    pub pack: u8,
    /// `__attribute__((aligned(n)))` of the type: a power of two, or 0.
    pub aligned: u32,
    /// `__attribute__((ms_struct))` or `gcc_struct`; `None` for the target's own rules.
    pub ms_struct: Option<bool>,
    /// `__attribute__((transparent_union))`.
    pub transparent: bool,
    /// The list of members is not complete (`...;`).
    pub partial: bool,
}

/// A member of a struct or union.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name; empty for an unnamed bit-field and an anonymous struct or union.
    pub name: Symbol,
    /// Its type.
    pub ty: QualType,
    /// Width of a bit-field; [`Field::NO_BITS`] for other members.
    bits: u32,
    /// 0, or 1 more than the logarithm of the alignment that the declaration asks for.
    align_log2: u8,
    /// `__attribute__((packed))` of the member.
    pub packed: bool,
    /// Where the declaration starts in its source.
    pub position: u32,
    /// Where the member lies, once the record is complete: distance from the start in bits, in the order of memory.
    pub bit_offset: u64,
}

impl Field {
    const NO_BITS: u32 = u32::MAX;

    /// A member without attributes.
    #[must_use]
    pub const fn new(name: Symbol, ty: QualType) -> Field {
        Field { name, ty, bits: Field::NO_BITS, align_log2: 0, packed: false, position: 0, bit_offset: 0 }
    }

    /// A bit-field.
    #[must_use]
    pub const fn bit_field(name: Symbol, ty: QualType, bits: u32) -> Field {
        Field { bits, ..Field::new(name, ty) }
    }

    /// The member with an alignment that its declaration asks for: a power of two, or 0.
    #[must_use]
    pub const fn aligned(self, align: u32) -> Field {
        let align_log2 = if align.is_power_of_two() { align.trailing_zeros() as u8 + 1 } else { 0 };
        Field { align_log2, ..self }
    }

    /// Width of a bit-field.
    #[must_use]
    pub const fn bits(&self) -> Option<u32> {
        if self.bits == Field::NO_BITS { None } else { Some(self.bits) }
    }

    /// Alignment in bytes that the declaration asks for, or 0.
    #[must_use]
    pub const fn explicit_align(&self) -> u64 {
        if self.align_log2 == 0 { 0 } else { 1 << (self.align_log2 - 1) }
    }

    /// Distance from the start of the record in bytes; for a bit-field, that of the byte where it starts.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.bit_offset / 8
    }
}

/// A struct or union.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Struct or union.
    pub kind: RecordKind,
    /// Its tag; empty for a record without one.
    pub tag: Symbol,
    /// The typedef name by which a record without a tag is known; empty if there is none.
    pub alias: Symbol,
    /// Its type.
    pub ty: TypeId,
    /// How much of it is known.
    pub state: RecordState,
    /// What attributes and pragmas say of it.
    pub attributes: RecordAttributes,
    /// Whether the last member is an array without a length, or a record that ends in one.
    pub flexible: bool,
    pub(super) start: u32,
    pub(super) count: u32,
    pub(super) size: u64,
    pub(super) align: u64,
    pub(super) natural: u64,
    pub(super) required: u64,
}

impl Record {
    /// Size in bytes, if it is complete.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        (self.state == RecordState::Complete).then_some(self.size)
    }

    /// Alignment in bytes, if it is complete.
    #[must_use]
    pub fn align(&self) -> Option<u64> {
        (self.state == RecordState::Complete).then_some(self.align)
    }

    /// The largest alignment of a member, which some calling conventions go by: alignment that is asked for the whole
    /// record does not count.
    #[must_use]
    pub fn natural_align(&self) -> u64 {
        self.natural
    }

    /// Whether it is defined, completely or not.
    #[must_use]
    pub fn is_defined(&self) -> bool {
        self.state != RecordState::Opaque
    }
}
