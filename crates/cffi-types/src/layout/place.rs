//! The positions of the members of a struct or union, in bits.
//!
//! Only this module contains the rules of the compilers. Positions count bits in the order of memory: on a big-endian
//! target, bit 0 is the most significant bit of the first byte.
//!
//! * System V (gcc and clang on Unix): a bit-field takes the next free bits, unless it would cross a boundary of
//!   its type; then it starts at that boundary. `packed` and `#pragma pack` let it cross. `type : 0` moves to the
//!   next boundary of its type.
//! * AAPCS (gcc and clang on Arm): like System V, but unnamed bit-fields raise the alignment of the struct.
//! * `ms_struct` (gcc and clang for MinGW, and with the attribute elsewhere): a bit-field takes a unit of its type,
//!   which following bit-fields of types of equal size share.
//! * Visual C++: like `ms_struct`, with differences for explicit alignment, unions and empty structs.
//! * The stock cffi's version of Visual C++: `type : 0` ends the open unit and does nothing else.

/// The compiler whose rules apply.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Style {
    SystemV,
    Arm,
    MsStruct,
    Msvc,
    /// The rules for flags from cffi's own front end. If `all_raise` is true, bit-fields of width 0 raise the alignment
    /// too.
    StockMsvc {
        all_raise: bool,
    },
}

/// The error that a size or offset exceeds the address space.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct TooLarge;

/// A member as the rules see it. Sizes and alignments are in bytes.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Member {
    pub(crate) size: u64,
    /// Alignment of the type, a power of two. For Visual C++, alignment requested by a typedef does not count.
    pub(crate) align: u64,
    /// Size of the fundamental type that the member or the items of the array member have, or 0.
    pub(crate) fundamental: u64,
    /// Alignment requested by the declaration of the type, which packing does not lower (Visual C++).
    pub(crate) required: u64,
    /// Alignment requested by the declaration of the member, or 0.
    pub(crate) explicit: u64,
    pub(crate) packed: bool,
    /// Width of a bit-field.
    pub(crate) bits: Option<u32>,
    pub(crate) named: bool,
}

/// The properties of a whole struct or union.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) style: Style,
    pub(crate) is_union: bool,
    pub(crate) packed: bool,
    /// `#pragma pack(n)`: largest alignment of a member in bytes, or 0.
    pub(crate) pack: u64,
    /// Alignment requested by the declaration, or 0.
    pub(crate) aligned: u64,
}

/// The size and alignment of a whole struct or union, in bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Extent {
    pub(crate) size: u64,
    pub(crate) align: u64,
    /// Alignment without the one requested for the whole struct or union.
    pub(crate) natural: u64,
    /// Alignment that packing of an outer record does not lower (Visual C++).
    pub(crate) required: u64,
}

/// The state while members are placed one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Placer {
    frame: Frame,
    /// The number of bits in use; the next bit-field may start there.
    next: Bits,
    /// The number of bytes in use by the longest member so far.
    end: u64,
    align: u64,
    /// Alignment without the one requested for the whole struct or union.
    natural: u64,
    required: u64,
    /// Size in bits of the open unit's type and the bits left in it; used only by rules with units of whole types.
    unit: (Bits, Bits),
}

/// A number of bits. Bytes have 63 bits, so bits need more than 64.
pub(crate) type Bits = u128;

/// The largest size or offset, in bytes.
const LIMIT: u64 = 1 << 63;

const fn bits(bytes: u64) -> Bits {
    bytes as Bits * 8
}

/// Rounds a number of bytes or bits up to a multiple of a power of two.
pub(crate) const fn align_up(position: Bits, align: Bits) -> Bits {
    (position + (align - 1)) & !(align - 1)
}

impl Placer {
    pub(crate) fn new(frame: Frame) -> Placer {
        let align = frame.aligned.max(1);
        Placer { frame, next: 0, end: 0, align, natural: 1, required: align, unit: (0, 0) }
    }

    /// Places a member; returns its position in bits.
    pub(crate) fn add(&mut self, member: &Member) -> Result<Bits, TooLarge> {
        if member.size >= LIMIT || member.align > LIMIT || member.explicit > LIMIT {
            return Err(TooLarge);
        }
        if self.frame.is_union {
            self.next = 0;
        }
        let position = match (member.bits, self.frame.style) {
            (None, style) => {
                self.unit = (0, 0);
                self.ordinary(member, style)
            }
            (Some(width), Style::SystemV | Style::Arm) => self.system_v(member, Bits::from(width)),
            (Some(width), Style::MsStruct) => self.ms_struct(member, Bits::from(width)),
            (Some(width), Style::Msvc) => self.msvc(member, Bits::from(width)),
            (Some(width), Style::StockMsvc { all_raise }) => {
                self.stock_msvc(member, Bits::from(width), all_raise)
            }
        };
        let end = u64::try_from(self.next.div_ceil(8)).ok().filter(|end| *end < LIMIT).ok_or(TooLarge)?;
        self.end = self.end.max(end);
        Ok(position)
    }

    /// Returns the number of bytes in use before the next member.
    pub(crate) fn next_bytes(&self) -> Bits {
        if self.frame.is_union { 0 } else { self.next.div_ceil(8) }
    }

    /// Places an ordinary member of this alignment at an offset in its declaration.
    pub(crate) fn add_at(&mut self, offset: u64, size: u64, align: u64) -> Result<(), TooLarge> {
        let end = offset.checked_add(size).filter(|end| *end < LIMIT).ok_or(TooLarge)?;
        self.raise(align);
        self.unit = (0, 0);
        self.next = bits(end);
        self.end = self.end.max(end);
        Ok(())
    }

    /// Returns whether the next bit-field would begin within a byte that another one uses, and cross a boundary of its
    /// type.
    pub(crate) fn would_share(&self, size: u64, align: u64, width: u32) -> bool {
        let within = self.next % bits(align.max(1));
        !self.frame.is_union && !self.next.is_multiple_of(8) && within + Bits::from(width) > bits(size)
    }

    /// Returns the number of bytes in use and the alignment so far.
    pub(crate) fn so_far(&self) -> (u64, u64) {
        (self.end, self.align)
    }

    /// Returns the largest alignment of a member so far.
    pub(crate) fn natural_align(&self) -> u64 {
        self.natural
    }

    /// Returns the size and alignment of the whole struct or union.
    pub(crate) fn finish(self) -> Result<Extent, TooLarge> {
        let whole = align_up(self.end.into(), self.align.into());
        let mut size = u64::try_from(whole).map_err(|_| TooLarge)?;
        if self.frame.style == Style::Msvc && size == 0 {
            // An empty struct takes 4 bytes in C.
            size = if self.required >= 4 { self.align } else { 4 };
        }
        let Placer { align, natural, required, .. } = self;
        if size >= LIMIT { Err(TooLarge) } else { Ok(Extent { size, align, natural, required }) }
    }

    /// Raises the alignment of the whole to at least that of a member.
    fn raise(&mut self, align: u64) {
        self.align = self.align.max(align);
        self.natural = self.natural.max(align);
    }

    fn is_packed(&self, member: &Member) -> bool {
        self.frame.packed || member.packed
    }

    /// Limits an alignment by `#pragma pack`.
    fn capped(&self, align: u64) -> u64 {
        if self.frame.pack == 0 { align } else { align.min(self.frame.pack) }
    }

    fn ordinary(&mut self, member: &Member, style: Style) -> Bits {
        let natural = match style {
            _ if self.is_packed(member) => 1,
            // Under these rules, a fundamental type is aligned to its size on every target.
            Style::MsStruct if member.fundamental.is_power_of_two() => member.align.max(member.fundamental),
            _ => member.align,
        };
        let align = if style == Style::Msvc {
            let required = member.required.max(member.explicit);
            self.required = self.required.max(required);
            self.capped(natural).max(required)
        } else {
            self.capped(natural.max(member.explicit))
        };
        self.raise(align);
        let offset = align_up(self.next.div_ceil(8), align.into());
        self.next = (offset + Bits::from(member.size)) * 8;
        offset * 8
    }

    fn system_v(&mut self, member: &Member, width: Bits) -> Bits {
        let natural = bits(member.align);
        let explicit = bits(member.explicit);
        let pack = bits(self.frame.pack);
        // Packing does not affect the boundary of a bit-field of width 0.
        let mut align = if self.is_packed(member) && width > 0 { 1 } else { natural };
        align = align.max(explicit);
        if pack > 0 && width > 0 {
            // With both kinds of packing, the type of a bit-field counts again, as in gcc and clang.
            let unpacked = if self.is_packed(member) { natural.max(explicit) } else { align };
            align = unpacked.min(pack);
        }
        if width == 0 || (pack == 0 && (self.next & (align - 1)) + width > bits(member.size)) {
            self.next = align_up(self.next, align);
        } else if explicit > 0 && (pack == 0 || explicit <= pack) {
            self.next = align_up(self.next, explicit);
        }
        let position = self.next;
        self.next += width;
        if member.named || self.frame.style == Style::Arm {
            self.raise((align / 8) as u64);
        }
        if self.frame.style == Style::Arm && !self.is_packed(member) {
            // `#pragma pack` does not lower the alignment that gcc takes for that of a member when it passes the struct.
            self.natural = self.natural.max((natural.max(explicit) / 8) as u64);
        }
        position
    }

    fn ms_struct(&mut self, member: &Member, width: Bits) -> Bits {
        let size = bits(member.size);
        let mut align = size;
        if self.unit.0 != size || self.unit.1 < width {
            if self.unit.0 == 0 && width == 0 {
                align = 8;
            }
            self.unit = (0, 0);
        }
        align = align.max(bits(member.explicit));
        if self.frame.pack > 0 && width > 0 {
            align = align.min(bits(self.frame.pack));
        }
        if self.frame.is_union {
            align = 8;
        }
        self.raise((align / 8) as u64);
        if width == 0 {
            let (_, left) = std::mem::take(&mut self.unit);
            if self.frame.is_union {
                self.next = 8;
                return 0;
            }
            // The rest of the open unit becomes free again.
            self.next = align_up(self.next - left, align);
            return self.next;
        }
        self.take_from_unit(size, align, width)
    }

    fn msvc(&mut self, member: &Member, width: Bits) -> Bits {
        let size = bits(member.size);
        let natural = if self.is_packed(member) { 1 } else { member.align };
        // Requested alignment counts for the bit-field, but the struct does not take it over.
        let align = self.capped(natural).max(member.required).max(member.explicit);
        if width == 0 {
            let follows = self.unit.0 > 0;
            self.unit = (0, 0);
            if follows && self.frame.is_union {
                self.next = size;
                return 0;
            }
            if follows {
                self.next = align_up(self.next, bits(align));
                self.raise(align);
            }
            return self.next;
        }
        if self.frame.is_union {
            self.unit = (size, size - width);
            self.next = size;
            return 0;
        }
        if self.unit.0 != size || self.unit.1 < width {
            self.unit = (0, 0);
            self.raise(align);
        }
        self.take_from_unit(size, bits(align), width)
    }

    fn stock_msvc(&mut self, member: &Member, width: Bits, all_raise: bool) -> Bits {
        let size = bits(member.size);
        let align = self.capped(member.align);
        if width > 0 || all_raise {
            self.raise(align);
        }
        if self.frame.is_union || width == 0 || self.unit.0 != size || self.unit.1 < width {
            self.unit = (0, 0);
        }
        if width == 0 { self.next } else { self.take_from_unit(size, bits(align), width) }
    }

    /// Takes bits from the open unit, or from a new one if none is open.
    fn take_from_unit(&mut self, size: Bits, align: Bits, width: Bits) -> Bits {
        if self.unit.0 == 0 || self.frame.is_union {
            let start = align_up(align_up(self.next, 8), align);
            self.next = start + size;
            self.unit = (size, size);
        }
        let position = self.next - self.unit.1;
        self.unit.1 -= width;
        position
    }
}
