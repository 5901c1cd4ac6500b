//! Declaring, defining and laying out structs and unions.

use crate::layout::place::{Frame, Member, Placer, Style, TooLarge};
use crate::primitive::PrimKind;
use crate::symbol::Symbol;
use crate::target::RecordRules;

use super::arena::Types;
use super::error::{LayoutProblem, NoSize, Redefinition};
use super::ids::RecordId;
use super::qualified::QualType;
use super::record::{Field, Record, RecordAttributes, RecordKind, RecordState};
use super::shape::{Length, Shape};

impl Types {
    /// Declares a struct or union without defining it. Each call makes a new one.
    pub fn declare_record(&mut self, kind: RecordKind, tag: Symbol) -> RecordId {
        let id = RecordId(self.records.len() as u32);
        let ty = self.intern(Shape::Record(id));
        self.records.push(Record::declared(kind, tag, ty));
        id
    }

    /// Defines a struct or union, and lays it out if the types of all members have a size already. If they do not,
    /// [`Types::complete_records`] does so later.
    ///
    /// # Errors
    /// The record is defined already.
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

    /// Defines a struct or union whose layout is known: the members come with their positions, and size and alignment
    /// are given in bytes. Nothing is laid out, and nothing is checked.
    ///
    /// # Errors
    /// The record is defined already.
    pub fn define_placed(
        &mut self,
        id: RecordId,
        fields: &[Field],
        size: u64,
        align: u64,
    ) -> Result<(), Redefinition> {
        if self.record(id).is_defined() {
            return Err(Redefinition);
        }
        let widest = fields.iter().filter_map(|field| self.align(field.ty.id()).ok()).max().unwrap_or(1);
        // Members of a packed record are aligned to no more than the record.
        let natural = widest.min(align.max(1));
        let flexible = fields.iter().any(|field| self.ends_openly(field.ty));
        let start = self.fields.len() as u32;
        let record = self.record_mut(id);
        (record.start, record.count) = (start, fields.len() as u32);
        (record.size, record.align, record.natural) = (size, align, natural);
        record.flexible = flexible;
        record.state = RecordState::Complete;
        self.fields.extend_from_slice(fields);
        Ok(())
    }

    /// States the largest alignment of a member of a struct or union whose layout was given, where the types of the members
    /// do not tell it: some are aligned more, or packed.
    pub fn set_natural_align(&mut self, id: RecordId, natural: u64) {
        self.record_mut(id).natural = natural;
    }

    /// Gives a struct or union the typedef name by which it is known.
    pub fn name_record(&mut self, id: RecordId, alias: Symbol) {
        self.record_mut(id).alias = alias;
    }

    /// Returns the struct or union with this number.
    ///
    /// # Panics
    /// If the number comes from another arena that has more records.
    #[must_use]
    pub fn record(&self, id: RecordId) -> &Record {
        &self.records[id.0 as usize]
    }

    /// Returns a struct or union that can be changed; records its old state if the source may be rejected.
    fn record_mut(&mut self, id: RecordId) -> &mut Record {
        let record = &mut self.records[id.0 as usize];
        if let Some(journal) = &mut self.journal {
            journal.note_record(id, record);
        }
        record
    }

    /// Returns the members of a struct or union in order of declaration; empty while it is not defined.
    #[must_use]
    pub fn fields(&self, id: RecordId) -> &[Field] {
        let record = &self.records[id.0 as usize];
        self.fields.get(record.start as usize..(record.start + record.count) as usize).unwrap_or_default()
    }

    /// Returns all structs and unions, in the order in which they were declared.
    pub fn record_ids(&self) -> impl Iterator<Item = RecordId> + use<> {
        (0..self.records.len() as u32).map(RecordId)
    }

    /// Lays out every record that was defined before the types of its members were.
    ///
    /// Those that still cannot be laid out become [`RecordState::Broken`]; the types of their members give the reason.
    pub fn complete_records(&mut self) {
        for id in self.lay_out_records() {
            if let Err(problem) = self.place_fields(id) {
                self.record_mut(id).state = RecordState::Broken(problem);
            }
        }
    }

    /// Lays out records as [`Types::complete_records`] does, for declarations to which others will be added. Records
    /// that cannot be laid out yet are not changed, and returned.
    pub fn lay_out_records(&mut self) -> Vec<RecordId> {
        let mut pending: Vec<RecordId> =
            self.record_ids().filter(|id| self.record(*id).state == RecordState::Pending).collect();
        loop {
            // The order is from the last to the first, then reversed: chains in either order take one pass.
            pending.reverse();
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

    /// Returns the rule that a struct or union breaks.
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
            let position = placer.add(&member).map_err(|TooLarge| LayoutProblem::TooLarge)?;
            self.fields[place].bit_offset = u64::try_from(position).map_err(|_| LayoutProblem::TooLarge)?;
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

    /// Describes a member for the rules, or returns the rule that it breaks.
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

    /// Returns the alignment that packing does not lower under Visual C++.
    fn required_align(&self, ty: QualType) -> u64 {
        match self.item_shape(ty) {
            Shape::Record(id) => {
                // Packing lowers no part of the alignment of a record that requests any.
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

    /// Returns whether the alignment of a type comes from a typedef that requests one.
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

    /// Returns the size of a fundamental type or of the items of an array of them; 0 for other types.
    fn fundamental_size(&self, ty: QualType) -> u64 {
        match self.item_shape(ty) {
            Shape::Primitive(prim) if prim.kind() != PrimKind::Complex => {
                prim.scalar(self.target()).map_or(0, |scalar| u64::from(scalar.size))
            }
            _ => 0,
        }
    }

    /// Returns the shape of a type, or of the innermost items of an array.
    fn item_shape(&self, ty: QualType) -> Shape {
        let mut shape = self.resolve(ty).0;
        while let Shape::Array { item, .. } = shape {
            shape = self.resolve(item).0;
        }
        shape
    }

    /// Returns whether the size of a value of this type is open: an array without a length, or a record that ends in
    /// one.
    fn ends_openly(&self, ty: QualType) -> bool {
        match self.resolve(ty).0 {
            Shape::Array { length: Length::Open, .. } => true,
            Shape::Record(id) => self.record(id).flexible,
            _ => false,
        }
    }
}

/// Returns whether a type that has no size yet may get one by a later declaration.
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
