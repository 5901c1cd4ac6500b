//! Structs and unions.

use crate::symbol::Symbol;

use super::error::LayoutProblem;
use super::qualified::QualType;
use super::shape::TypeId;

/// The kind of a record: struct or union.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum RecordKind {
    /// A struct, whose members follow each other.
    Struct,
    /// A union, whose members overlay each other.
    Union,
}

impl RecordKind {
    /// Returns the keyword.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            RecordKind::Struct => "struct",
            RecordKind::Union => "union",
        }
    }
}

/// The state of a struct or union: how much of it is known.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum RecordState {
    /// The record is declared but not defined.
    Opaque,
    /// The record is defined, but only the C compiler knows the positions of its members (`...;`).
    Partial,
    /// The record is defined, but the types of some members have no size yet.
    Pending,
    /// The record is defined and laid out.
    Complete,
    /// The record is defined and breaks a rule.
    Broken(LayoutProblem),
}

/// The properties of a struct or union that attributes and pragmas define.
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
    /// Whether the list of members is incomplete (`...;`).
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
    /// 0, or 1 more than the logarithm of the alignment that the declaration requests.
    align_log2: u8,
    /// `__attribute__((packed))` of the member.
    pub packed: bool,
    /// The position of the declaration in its source.
    pub position: u32,
    /// The distance from the start of the record in bits, in the order of memory, once the record is complete.
    pub bit_offset: u64,
}

impl Field {
    const NO_BITS: u32 = u32::MAX;

    /// Makes a member without attributes.
    #[must_use]
    pub const fn new(name: Symbol, ty: QualType) -> Field {
        Field { name, ty, bits: Field::NO_BITS, align_log2: 0, packed: false, position: 0, bit_offset: 0 }
    }

    /// Makes a bit-field.
    #[must_use]
    pub const fn bit_field(name: Symbol, ty: QualType, bits: u32) -> Field {
        Field { bits, ..Field::new(name, ty) }
    }

    /// Returns the member with an alignment that its declaration requests: a power of two, or 0.
    #[must_use]
    pub const fn aligned(self, align: u32) -> Field {
        let align_log2 = if align.is_power_of_two() { align.trailing_zeros() as u8 + 1 } else { 0 };
        Field { align_log2, ..self }
    }

    /// Returns the width of a bit-field.
    #[must_use]
    pub const fn bits(&self) -> Option<u32> {
        if self.bits == Field::NO_BITS { None } else { Some(self.bits) }
    }

    /// Returns the alignment in bytes that the declaration requests, or 0.
    #[must_use]
    pub const fn explicit_align(&self) -> u64 {
        if self.align_log2 == 0 { 0 } else { 1 << (self.align_log2 - 1) }
    }

    /// Returns the distance from the start of the record in bytes; for a bit-field, that of the byte where it starts.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.bit_offset / 8
    }
}

/// A struct or union.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// The kind: struct or union.
    pub kind: RecordKind,
    /// Its tag; empty for a record without one.
    pub tag: Symbol,
    /// The typedef name by which the record is known; empty if there is none. In C, only records without a tag have one.
    pub alias: Symbol,
    /// Its type.
    pub ty: TypeId,
    /// The state, which says how much is known.
    pub state: RecordState,
    /// The properties that attributes and pragmas define.
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
    /// Makes a struct or union that is not defined.
    pub(super) fn declared(kind: RecordKind, tag: Symbol, ty: TypeId) -> Record {
        Record {
            kind,
            tag,
            alias: Symbol::EMPTY,
            ty,
            state: RecordState::Opaque,
            attributes: RecordAttributes::default(),
            flexible: false,
            start: 0,
            count: 0,
            size: 0,
            align: 1,
            natural: 1,
            required: 1,
        }
    }

    /// Returns the size in bytes, if the record is complete.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        (self.state == RecordState::Complete).then_some(self.size)
    }

    /// Returns the alignment in bytes, if the record is complete.
    #[must_use]
    pub fn align(&self) -> Option<u64> {
        (self.state == RecordState::Complete).then_some(self.align)
    }

    /// Returns the largest alignment of a member, which some calling conventions use. Alignment requested for the whole
    /// record does not count.
    #[must_use]
    pub fn natural_align(&self) -> u64 {
        self.natural
    }

    /// Returns the largest alignment that the record or a member of it requests, as Visual C++ counts it; 1 if none does.
    #[must_use]
    pub fn required_align(&self) -> u64 {
        self.required
    }

    /// Returns whether the record is defined, completely or not.
    #[must_use]
    pub fn is_defined(&self) -> bool {
        self.state != RecordState::Opaque
    }
}
