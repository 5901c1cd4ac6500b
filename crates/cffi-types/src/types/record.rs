//! Structs and unions.

use crate::layout::place::{Frame, Member, Placer, Style, TooLarge};
use crate::primitive::PrimKind;
use crate::symbol::Symbol;
use crate::target::RecordRules;

use super::{LayoutProblem, Length, NoSize, QualType, Redefinition, Shape, TypeId, Types};

/// The number of a struct or union in a [`Types`].
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct RecordId(u32);

impl RecordId {
    /// The number itself: records are numbered from 0 in the order in which they were declared.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 as usize
    }
}

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
    start: u32,
    count: u32,
    size: u64,
    align: u64,
    natural: u64,
    required: u64,
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

impl Types {
    /// Declares a struct or union without defining it. Each call makes a new one.
    pub fn declare_record(&mut self, kind: RecordKind, tag: Symbol) -> RecordId {
        let id = RecordId(self.records.len() as u32);
        let ty = self.intern(Shape::Record(id));
        self.records.push(Record {
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
        });
        id
    }

    /// Defines a struct or union, and lays it out if the types of all members have a size already. If they have
    /// not, [`Types::complete_records`] does so later.
    ///
    /// # Errors
    /// It is defined already.
    pub fn define_record(
        &mut self,
        id: RecordId,
        fields: &[Field],
        attributes: RecordAttributes,
    ) -> Result<(), Redefinition> {
        if self.record(id).is_defined() {
            return Err(Redefinition);
        }
        let start = self.fields.len() as u32;
        let record = self.record_mut(id);
        (record.start, record.count) = (start, fields.len() as u32);
        record.attributes = attributes;
        record.state = if attributes.partial { RecordState::Partial } else { RecordState::Pending };
        self.fields.extend_from_slice(fields);
        self.complete_record(id);
        Ok(())
    }

    /// Gives a struct or union without a tag the typedef name by which it is known.
    pub fn name_record(&mut self, id: RecordId, alias: Symbol) {
        self.record_mut(id).alias = alias;
    }

    /// A struct or union.
    ///
    /// # Panics
    /// If the number comes from another arena that has more records.
    #[must_use]
    pub fn record(&self, id: RecordId) -> &Record {
        &self.records[id.0 as usize]
    }

    /// A struct or union, to be changed; notes what it was if the source may be refused.
    fn record_mut(&mut self, id: RecordId) -> &mut Record {
        let record = &mut self.records[id.0 as usize];
        if let Some(journal) = &mut self.journal {
            journal.note_record(id, record);
        }
        record
    }

    /// The members of a struct or union in order of declaration; empty while it is not defined.
    #[must_use]
    pub fn fields(&self, id: RecordId) -> &[Field] {
        let record = &self.records[id.0 as usize];
        self.fields.get(record.start as usize..(record.start + record.count) as usize).unwrap_or_default()
    }

    /// All structs and unions, in the order in which they were declared.
    pub fn record_ids(&self) -> impl Iterator<Item = RecordId> + use<> {
        (0..self.records.len() as u32).map(RecordId)
    }

    /// Lays out every record that was defined before the types of its members were.
    ///
    /// Those that still cannot be laid out become [`RecordState::Broken`]; their members' types say why.
    pub fn complete_records(&mut self) {
        for id in self.lay_out_records() {
            if let Err(problem) = self.place_fields(id) {
                self.record_mut(id).state = RecordState::Broken(problem);
            }
        }
    }

    /// As [`Types::complete_records`], for declarations to which others will be added: records that cannot be laid
    /// out yet stay as they are. Returns those.
    pub fn lay_out_records(&mut self) -> Vec<RecordId> {
        let mut pending: Vec<RecordId> =
            self.record_ids().filter(|id| self.record(*id).state == RecordState::Pending).collect();
        loop {
            let before = pending.len();
            pending.retain(|id| {
                self.complete_record(*id);
                self.record(*id).state == RecordState::Pending
            });
            if pending.len() == before {
                return pending;
            }
        }
    }

    /// Which rule a struct or union breaks.
    #[must_use]
    pub fn layout_problem(&self, id: RecordId) -> Option<LayoutProblem> {
        match self.record(id).state {
            RecordState::Broken(problem) => Some(problem),
            _ => None,
        }
    }

    /// Lays out a pending record, unless it has to wait.
    fn complete_record(&mut self, id: RecordId) {
        if self.record(id).state != RecordState::Pending {
            return;
        }
        let state = match self.place_fields(id) {
            Ok(()) => RecordState::Complete,
            Err(LayoutProblem::NoSize { reason, .. }) if may_wait(reason) => RecordState::Pending,
            Err(problem) => RecordState::Broken(problem),
        };
        self.record_mut(id).state = state;
    }

    fn place_fields(&mut self, id: RecordId) -> Result<(), LayoutProblem> {
        let record = *self.record(id);
        let mut placer = Placer::new(self.frame(&record));
        let mut flexible = false;
        let last = (record.count as usize).wrapping_sub(1);
        for index in 0..record.count as usize {
            let place = record.start as usize + index;
            let field = self.fields[place];
            let member = self.member(&field, index, index == last, record.kind)?;
            flexible |= self.ends_openly(field.ty);
            match placer.add(&member) {
                Ok(position) => self.fields[place].bit_offset = position,
                Err(TooLarge) => return Err(LayoutProblem::TooLarge),
            }
        }
        let extent = placer.finish().map_err(|TooLarge| LayoutProblem::TooLarge)?;
        if extent.size > self.target().max_object_size() {
            return Err(LayoutProblem::TooLarge);
        }
        let record = self.record_mut(id);
        (record.size, record.align) = (extent.size, extent.align);
        (record.natural, record.required) = (extent.natural, extent.required);
        record.flexible = flexible;
        Ok(())
    }

    fn frame(&self, record: &Record) -> Frame {
        let attributes = record.attributes;
        let style = match (self.target().records, attributes.ms_struct) {
            (RecordRules::Msvc, _) if self.target().is_msvc() => Style::Msvc,
            (_, Some(true)) | (RecordRules::Msvc, None) => Style::MsStruct,
            (RecordRules::Arm, _) => Style::Arm,
            (RecordRules::SystemV | RecordRules::Msvc, _) => Style::SystemV,
        };
        // Visual C++ ignores packing to more than the size of a pointer.
        let pack = match u64::from(attributes.pack) {
            pack if style == Style::Msvc && pack > u64::from(self.target().pointer.size) => 0,
            pack => pack,
        };
        Frame {
            style,
            is_union: record.kind == RecordKind::Union,
            packed: attributes.packed,
            pack,
            aligned: u64::from(attributes.aligned),
        }
    }

    /// What the rules ask of a member, if it may be one.
    fn member(
        &self,
        field: &Field,
        index: usize,
        last: bool,
        kind: RecordKind,
    ) -> Result<Member, LayoutProblem> {
        let no_size = |reason| LayoutProblem::NoSize { field: index, reason };
        let (shape, _) = self.resolve(field.ty);
        let open = matches!(shape, Shape::Array { length: Length::Open, .. });
        if open && !last && kind == RecordKind::Struct {
            return Err(LayoutProblem::OpenArrayNotLast { field: index });
        }
        let size = if open { 0 } else { self.size(field.ty.id()).map_err(no_size)? };
        let declared = self.align(field.ty.id()).map_err(no_size)?;
        let (align, required) = if self.target().is_msvc() {
            let natural = self.align(self.canonical(field.ty).id()).map_err(no_size)?;
            let asked = if self.has_alias_align(field.ty) { declared } else { 1 };
            (natural, self.required_align(field.ty).max(asked))
        } else {
            (declared, 1)
        };
        if let Some(width) = field.bits() {
            let widest = self.widest_bit_field(shape).ok_or(LayoutProblem::BitFieldType { field: index })?;
            if width > widest {
                return Err(LayoutProblem::BitFieldWidth { field: index });
            }
            if width == 0 && !field.name.is_empty() {
                return Err(LayoutProblem::NamedZeroWidth { field: index });
            }
        }
        Ok(Member {
            size,
            align,
            fundamental: if open { 0 } else { self.fundamental_size(field.ty) },
            required,
            explicit: field.explicit_align(),
            packed: field.packed,
            bits: field.bits(),
            named: !field.name.is_empty(),
        })
    }

    /// The alignment that packing does not lower under Visual C++.
    fn required_align(&self, ty: QualType) -> u64 {
        match self.item_shape(ty) {
            Shape::Record(id) => {
                // A record that asks for any alignment wants all of its own.
                let record = self.record(id);
                if record.attributes.aligned > 0 {
                    record.align.max(record.required)
                } else {
                    record.required
                }
            }
            _ => 1,
        }
    }

    /// Whether the alignment of a type comes from a typedef that asks for one.
    fn has_alias_align(&self, ty: QualType) -> bool {
        let mut ty = ty;
        loop {
            match self.shape(ty.id()) {
                Shape::Alias { align_log2, .. } if align_log2 > 0 => return true,
                Shape::Alias { to, .. } => ty = to,
                Shape::Array { item, .. } => ty = item,
                _ => return false,
            }
        }
    }

    /// The size of a fundamental type or of the items of an array of them; 0 for other types.
    fn fundamental_size(&self, ty: QualType) -> u64 {
        match self.item_shape(ty) {
            Shape::Primitive(prim) if prim.kind() != PrimKind::Complex => {
                prim.scalar(self.target()).map_or(0, |scalar| u64::from(scalar.size))
            }
            _ => 0,
        }
    }

    /// What a type is, or the innermost items of an array.
    fn item_shape(&self, ty: QualType) -> Shape {
        let mut shape = self.resolve(ty).0;
        while let Shape::Array { item, .. } = shape {
            shape = self.resolve(item).0;
        }
        shape
    }

    /// Whether the size of a value of this type is open: an array without length, or a record that ends in one.
    fn ends_openly(&self, ty: QualType) -> bool {
        match self.resolve(ty).0 {
            Shape::Array { length: Length::Open, .. } => true,
            Shape::Record(id) => self.record(id).flexible,
            _ => false,
        }
    }
}

/// Whether a type that has no size yet may get one by a later declaration.
fn may_wait(reason: NoSize) -> bool {
    matches!(
        reason,
        NoSize::Opaque(_)
            | NoSize::OpaqueEnum(_)
            | NoSize::Partial(_)
            | NoSize::PartialEnum(_)
            | NoSize::ElidedLength
            | NoSize::Unknown(_)
    )
}

/// For [`Types::roll_back`].
pub(super) fn restore(types: &mut Types, id: RecordId, record: Record) {
    types.records[id.0 as usize] = record;
}
