//! Placing members one by one.

use std::collections::HashSet;

use cffi_memory::NoMemory;

use super::place::{Bits, Frame, Member, Placer, Style, TooLarge, align_up};
use super::{
    Algorithm, BitFieldAlignment, EMPTY_ARRAY, FieldClass, FieldPlace, FieldSpec, IGNORE_IN_CONSTRUCTOR,
    Layout, LayoutError, Mismatch, Owner, REGULAR, Rules, Stated, UnnamedBits,
};

/// A struct or union in the making.
#[derive(Debug)]
pub struct Builder<'a> {
    owner: Owner<'a>,
    rules: Rules,
    /// Members added so far, unnamed ones included.
    added: usize,
    placer: Placer,
    names: HashSet<&'a str>,
    layout: Layout,
}

impl<'a> Builder<'a> {
    /// Starts an empty struct or union; `capacity` is the expected number of members.
    ///
    /// # Errors
    /// [`NoMemory`].
    pub fn new(owner: Owner<'a>, rules: &Rules, capacity: usize) -> Result<Builder<'a>, NoMemory> {
        let mut names = HashSet::new();
        names.try_reserve(capacity)?;
        Ok(Builder {
            owner,
            rules: *rules,
            added: 0,
            placer: Placer::new(frame(owner, rules)),
            names,
            layout: Layout {
                size: 0,
                align: 1,
                natural_align: 1,
                custom_field_pos: false,
                flattened: false,
                with_var_array: false,
                with_packed_change: false,
                places: cffi_memory::vec(capacity)?,
                unnamed: Vec::new(),
            },
        })
    }

    /// Places the next member. `last` says that no further one follows, so that it may be an open array.
    ///
    /// # Errors
    /// The rule that the member breaks. The builder is of no use afterwards.
    pub fn add(&mut self, field: &FieldSpec<'a>, last: bool) -> Result<(), LayoutError<'a>> {
        self.check_size(field, last)?;
        if field.align == 0 || !field.align.is_power_of_two() {
            let ctype = field.type_name;
            return Err(LayoutError::BogusAlignment { ctype, align: field.align });
        }
        match field.bitsize {
            None => self.add_ordinary(field)?,
            Some(bitsize) => self.add_bit_field(field, bitsize)?,
        }
        self.added += 1;
        Ok(())
    }

    /// Ends the struct or union.
    ///
    /// # Errors
    /// The stated totals differ from the computed ones where they must not, or leave no room for the fields.
    pub fn finish(mut self, stated: Stated) -> Result<Layout, LayoutError<'a>> {
        let (end, align) = self.placer.so_far();
        let (end, align) = (self.bytes(end.into())?, self.bytes(align.into())?);
        // A struct without members has size 0 in GNU C. Visual C++ has no such structs in C; stock cffi's size is 1.
        let least = usize::from(self.rules.algorithm == Algorithm::Msvc);
        let size = self.bytes(align_up(end as Bits, align as Bits))?.max(least);
        if let Some(total) = stated.size {
            self.compare(|| Mismatch::TotalSize, size, total)?;
            if total < end {
                let owner = self.owner.name;
                return Err(LayoutError::TotalSize { owner, stated: total, used: end });
            }
        }
        if let Some(total) = stated.align {
            self.compare(|| Mismatch::TotalAlignment, align, total)?;
        }
        self.layout.size = stated.size.unwrap_or(size);
        self.layout.align = stated.align.unwrap_or(align);
        // What packs a member alone is not known here, but a stated alignment tells that something does.
        self.layout.natural_align = self.placer.natural_align().min(self.layout.align as u64);
        Ok(self.layout)
    }

    fn check_size(&mut self, field: &FieldSpec<'a>, last: bool) -> Result<(), LayoutError<'a>> {
        let is_array = matches!(field.class, FieldClass::Array { .. });
        match field.size {
            None if is_array && field.bitsize.is_none() && (last || field.offset.is_some()) => {
                self.layout.with_var_array = true;
                Ok(())
            }
            None => Err(LayoutError::UnknownSize {
                owner: self.owner.name,
                field: field.name,
                ctype: field.type_name,
            }),
            Some(_) => {
                // GCC lets a struct with a flexible array be a member anywhere, not only at the end.
                self.layout.with_var_array |=
                    matches!(field.class, FieldClass::Aggregate { var_array: true, .. });
                Ok(())
            }
        }
    }

    fn add_ordinary(&mut self, field: &FieldSpec<'a>) -> Result<(), LayoutError<'a>> {
        let natural = field.align as u64;
        let align = natural.min(self.rules.pack as u64).max(1);
        let free = self.placer.next_bytes();
        let placed = align_up(free, align.into());
        self.layout.with_packed_change |= align_up(free, natural.into()) != placed;
        let (align, placed) = match field.explicit as u64 {
            explicit if explicit > align => (explicit, align_up(free, explicit.into())),
            _ => (align, placed),
        };
        let mut offset = self.bytes(placed)?;
        if let Some(stated) = field.offset.and_then(|offset| usize::try_from(offset).ok()) {
            self.compare(|| Mismatch::FieldOffset(field.name), offset, stated)?;
            offset = stated;
        }
        let size = field.size.unwrap_or(0) as u64;
        self.placer.add_at(offset as u64, size, align).map_err(|e| self.too_large(e))?;
        match field.class {
            FieldClass::Aggregate { nested, unnamed, .. } if field.name.is_empty() => {
                self.layout.flattened = true;
                let base = Bits::from(self.inner_offset(offset, 0)?.unsigned_abs() as u64) * 8;
                for bits in unnamed {
                    self.record_unnamed(base + Bits::from(bits.position), *bits)?;
                }
                for (index, inner) in nested.iter().enumerate() {
                    let place = FieldPlace {
                        source: self.added,
                        nested: Some(index),
                        offset: self.inner_offset(offset, inner.offset)?,
                        bitshift: inner.bitshift,
                        bitsize: inner.bitsize,
                        flags: inner.flags | self.flags(),
                    };
                    self.record(inner.name, place)?;
                }
            }
            class => {
                let empty = matches!(class, FieldClass::Array { len: None | Some(0) });
                let bitshift = if empty { EMPTY_ARRAY } else { REGULAR };
                self.record_own(field.name, offset, bitshift, -1)?;
            }
        }
        Ok(())
    }

    /// Converts a size or offset to an index into memory.
    fn bytes(&self, n: Bits) -> Result<usize, LayoutError<'a>> {
        usize::try_from(n).ok().filter(|n| *n <= isize::MAX as usize).ok_or_else(|| self.too_large(TooLarge))
    }

    fn inner_offset(&self, outer: usize, inner: isize) -> Result<isize, LayoutError<'a>> {
        let outer = isize::try_from(outer).ok();
        outer.and_then(|outer| outer.checked_add(inner)).ok_or_else(|| self.too_large(TooLarge))
    }

    fn add_bit_field(&mut self, field: &FieldSpec<'a>, bitsize: u32) -> Result<(), LayoutError<'a>> {
        let size = self.check_bit_field(field, bitsize)? as u64;
        let width = Bits::from(bitsize);
        let align = (field.align as u64).min(self.rules.pack as u64).max(1);
        let packed = self.rules.packed && self.rules.algorithm == Algorithm::Gcc;
        let refused = self.rules.refuse_shared_bytes && packed && bitsize > 0;
        if refused && self.placer.would_share(size, align, bitsize) {
            return Err(self.packed_bit_field(field));
        }
        let member = Member {
            size,
            // If `packed` is false, `pack` only limits the alignment.
            align: if self.rules.packed { field.align as u64 } else { align },
            fundamental: 0,
            required: 1,
            explicit: field.explicit as u64,
            packed: false,
            bits: Some(bitsize),
            named: !field.name.is_empty(),
        };
        let position = self.placer.add(&member).map_err(|e| self.too_large(e))?;
        if field.name.is_empty() {
            let precise = matches!(field.class, FieldClass::BitInt { .. });
            let bits = UnnamedBits { position: 0, width: bitsize, in_union: self.owner.is_union, precise };
            return self.record_unnamed(position, bits);
        }
        // The unit is the aligned one if the field fits into it, or else a separate one.
        let mut start = position / 8 / Bits::from(align) * Bits::from(align);
        if position - start * 8 + width > Bits::from(size) * 8 {
            start = position / 8;
        }
        let mut shift = position - start * 8;
        if self.rules.big_endian {
            let unused = (Bits::from(size) * 8).checked_sub(width + shift);
            shift = unused.ok_or_else(|| self.packed_bit_field(field))?;
        }
        match (i32::try_from(shift), i32::try_from(bitsize)) {
            (Ok(bitshift), Ok(bitsize)) => self.record_own(field.name, self.bytes(start)?, bitshift, bitsize),
            _ => Err(self.too_large(TooLarge)),
        }
    }

    fn packed_bit_field(&self, field: &FieldSpec<'a>) -> LayoutError<'a> {
        LayoutError::PackedBitField { owner: self.owner.name, field: field.name }
    }

    /// Checks whether this may be a bit field at all, and returns the size of its type.
    fn check_bit_field(&self, field: &FieldSpec<'a>, bitsize: u32) -> Result<usize, LayoutError<'a>> {
        let owner = || self.owner.name;
        let name = || field.name;
        if field.offset.is_some_and(|offset| offset >= 0) {
            return Err(LayoutError::BitFieldOffset { owner: owner(), field: name() });
        }
        let ctype = || field.type_name;
        let size = match field.size {
            Some(size) if field.class.may_be_bit_field() => size,
            _ => return Err(LayoutError::BitFieldType { owner: owner(), field: name(), ctype: ctype() }),
        };
        let widest = match field.class {
            FieldClass::BitInt { bits } => bits.into(),
            _ => (size as u64).saturating_mul(8),
        };
        if u64::from(bitsize) > widest {
            return Err(LayoutError::BitFieldWidth {
                owner: owner(),
                field: name(),
                ctype: ctype(),
                bitsize,
            });
        }
        if bitsize == 0 && !field.name.is_empty() {
            return Err(LayoutError::NamedZeroWidth { owner: owner(), field: name() });
        }
        Ok(size)
    }

    fn flags(&self) -> u32 {
        if self.owner.is_union && self.added > 0 { IGNORE_IN_CONSTRUCTOR } else { 0 }
    }

    fn record_own(
        &mut self,
        name: &'a str,
        offset: usize,
        bitshift: i32,
        bitsize: i32,
    ) -> Result<(), LayoutError<'a>> {
        let offset = self.inner_offset(offset, 0)?;
        let flags = self.flags();
        let place = FieldPlace { source: self.added, nested: None, offset, bitshift, bitsize, flags };
        self.record(name, place)
    }

    fn record(&mut self, name: &'a str, place: FieldPlace) -> Result<(), LayoutError<'a>> {
        self.names.try_reserve(1).map_err(NoMemory::from)?;
        if !self.names.insert(name) {
            return Err(LayoutError::DuplicateField { field: name });
        }
        cffi_memory::push(&mut self.layout.places, place)?;
        Ok(())
    }

    fn record_unnamed(&mut self, position: Bits, bits: UnnamedBits) -> Result<(), LayoutError<'a>> {
        let position = u64::try_from(position).map_err(|_| self.too_large(TooLarge))?;
        cffi_memory::push(&mut self.layout.unnamed, UnnamedBits { position, ..bits })?;
        Ok(())
    }

    /// Notes that a stated value overrides the computed one, or refuses it.
    fn compare(
        &mut self,
        what: impl FnOnce() -> Mismatch<'a>,
        computed: usize,
        stated: usize,
    ) -> Result<(), LayoutError<'a>> {
        if computed == stated {
            return Ok(());
        }
        let (Ok(cdef), Ok(compiler)) = (isize::try_from(computed), isize::try_from(stated)) else {
            return Err(self.too_large(TooLarge));
        };
        if self.rules.standard_positions {
            return Err(LayoutError::Mismatch { owner: self.owner.name, what: what(), cdef, compiler });
        }
        self.layout.custom_field_pos = true;
        Ok(())
    }

    fn too_large(&self, _: TooLarge) -> LayoutError<'a> {
        LayoutError::Overflow { owner: self.owner.name }
    }
}

fn frame(owner: Owner<'_>, rules: &Rules) -> Frame {
    let all = rules.bitfield_alignment == BitFieldAlignment::All;
    let style = match rules.algorithm {
        Algorithm::Gcc if all => Style::Arm,
        Algorithm::Gcc => Style::SystemV,
        Algorithm::Msvc => Style::StockMsvc { all_raise: all },
    };
    Frame {
        style,
        is_union: owner.is_union,
        packed: false,
        pack: if rules.packed { rules.pack as u64 } else { 0 },
        aligned: 0,
    }
}
