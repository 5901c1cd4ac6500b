//! Members of structs and unions in C memory.

use std::marker::PhantomData;

use cffi_types::bitfield::{self, Span};

use super::Loc;
use crate::ctype::{CType, Field};
use cffi_rt::{Py, R, Raised, raise};

const BIG_ENDIAN: bool = cfg!(target_endian = "big");

/// A member of a struct or union in memory.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    field: &'a Field,
    at: *mut u8,
    memory: PhantomData<&'a u8>,
}

/// The bits of a bit field.
pub(crate) struct BitField<'a> {
    member: Member<'a>,
    span: Span,
    width: u32,
    /// Whether the field reaches into the byte behind its storage unit, in a packed struct.
    beyond: bool,
}

/// The bits of a bit field whose type may have more than 64 of them.
pub(crate) struct WideBits<'a> {
    member: Member<'a>,
    /// The offset of its first byte from the member.
    start: usize,
    /// The place of its lowest bit in that byte.
    shift: u32,
    width: u32,
}

/// A bit field in one byte.
#[derive(Clone, Copy)]
pub(crate) struct ByteField<'a> {
    at: *mut u8,
    pub(crate) shift: u32,
    pub(crate) width: u32,
    memory: PhantomData<&'a u8>,
}

impl ByteField<'_> {
    /// Reads the byte.
    #[inline(always)]
    pub(crate) fn get(self) -> u8 {
        // SAFETY: the field, which lies in the struct that `Member::new` was told of, touches this byte alone.
        unsafe { self.at.read() }
    }

    /// Writes the byte.
    #[inline(always)]
    pub(crate) fn set(self, byte: u8) {
        // SAFETY: the field, which lies in the struct that `Member::new` was told of, touches this byte alone.
        unsafe { self.at.write(byte) };
    }
}

impl<'a> Member<'a> {
    /// States that the struct with this member is at the address.
    ///
    /// # Safety
    /// As for [`Loc::new`], with the type of the struct that the member belongs to.
    #[inline(always)]
    pub(crate) unsafe fn new(field: &'a Field, base: *mut u8) -> Member<'a> {
        Member { field, at: base.wrapping_offset(field.offset), memory: PhantomData }
    }

    /// Returns what is known of the member by its type.
    #[inline(always)]
    pub(crate) fn field(self) -> &'a Field {
        self.field
    }

    /// Returns the address, for a bit field that of its storage unit.
    #[inline(always)]
    pub(crate) fn at(self) -> *mut u8 {
        self.at
    }

    /// Returns the value of a member that is no bit field.
    #[inline(always)]
    pub(crate) fn loc(self) -> Option<Loc<'a>> {
        // SAFETY: the member lies in the struct that `new` was told of.
        (self.field.bitshift < 0).then(|| unsafe { Loc::new(&self.field.ct, self.at) })
    }

    /// Returns a bit field that lies in one byte of its storage unit; `None` for others, and for members that are no bit
    /// fields.
    #[inline(always)]
    pub(crate) fn byte(self) -> Option<ByteField<'a>> {
        if BIG_ENDIAN {
            return None;
        }
        let Member { field, at, .. } = self;
        let shift = u32::from(field.bitshift.cast_unsigned());
        let width = field.width.narrow();
        let (start, shift) = ((shift / 8) as usize, shift % 8);
        let inside = width > 0 && shift + width <= 8 && start < field.ct.known_size()?;
        inside.then_some(ByteField { at: at.wrapping_add(start), shift, width, memory: PhantomData })
    }

    /// Returns the bits of a bit field of a `_BitInt` or an integer of 128 bits; `None` for other members.
    #[inline(always)]
    pub(crate) fn wide_bits(self) -> Option<WideBits<'a>> {
        let Member { field, .. } = self;
        let width = field.width.wide()?;
        let shift = u32::try_from(field.bitshift).ok()?;
        Some(WideBits { member: self, start: (shift / 8) as usize, shift: shift % 8, width })
    }

    /// Returns the bits of a bit field.
    ///
    /// # Errors
    /// `SystemError` for a field that does not lie in its struct.
    #[inline(always)]
    pub(crate) fn bits(self, py: Py<'_>) -> R<BitField<'a>> {
        let Member { field, .. } = self;
        if let (Ok(shift), width @ 1..=64, Some(unit)) =
            (u32::try_from(field.bitshift), field.width.narrow(), field.ct.known_size())
        {
            if let Some(span) = bitfield::span(unit, shift, width, BIG_ENDIAN) {
                return Ok(BitField { member: self, span, width, beyond: false });
            }
            return self.beyond(py, unit, shift, width);
        }
        Err(outside(py, &field.ct))
    }

    #[cold]
    fn beyond(self, py: Py<'_>, unit: usize, shift: u32, width: u32) -> R<BitField<'a>> {
        // No layout for big-endian hosts has such fields.
        let span = if BIG_ENDIAN { None } else { bitfield::span_beyond(unit, shift, width) };
        span.map(|span| BitField { member: self, span, width, beyond: true })
            .ok_or_else(|| outside(py, &self.field.ct))
    }
}

impl WideBits<'_> {
    /// Returns the number of bits.
    pub(crate) fn width(&self) -> u32 {
        self.width
    }

    /// Returns the number of bytes that have bits of the field.
    fn len(&self) -> usize {
        (self.shift as usize + self.width as usize).div_ceil(8)
    }

    /// Copies the bits to `out`, the lowest first. The rest of `out` stays as it is, except in the last byte.
    pub(crate) fn copy_to(&self, out: &mut [u8]) {
        // SAFETY: the field lies in the struct that `Member::new` was told of, and the reference ends with this call.
        let bytes = unsafe { std::slice::from_raw_parts(self.member.at.add(self.start), self.len()) };
        for (index, to) in out.iter_mut().take((self.width as usize).div_ceil(8)).enumerate() {
            let at = |index: usize| u16::from(bytes.get(index).copied().unwrap_or(0));
            *to = ((at(index) | at(index + 1) << 8) >> self.shift) as u8;
        }
    }

    /// Replaces the bits by those of `value`, the lowest first.
    pub(crate) fn copy_from(&self, value: &[u8]) {
        // SAFETY: the field lies in the struct that `Member::new` was told of, and the reference ends with this call.
        let bytes = unsafe { std::slice::from_raw_parts_mut(self.member.at.add(self.start), self.len()) };
        let end = self.shift as usize + self.width as usize;
        for (index, byte) in bytes.iter_mut().enumerate() {
            let at = |index: Option<usize>| u16::from(index.and_then(|i| value.get(i)).copied().unwrap_or(0));
            let new = ((at(Some(index)) << 8 | at(index.checked_sub(1))) << self.shift >> 8) as u8;
            let above = (end - 8 * index).min(8) as u32;
            let below = if index == 0 { self.shift } else { 0 };
            let mask = ((0xff_u16 >> (8 - above)) & (0xff << below)) as u8;
            *byte = *byte & !mask | new & mask;
        }
    }
}

#[cold]
fn outside(py: Py<'_>, ct: &CType) -> Raised {
    raise!(py, System, "bit field of ctype '{}' lies outside of it", ct.name())
}

impl BitField<'_> {
    /// Returns the number of bits.
    #[inline(always)]
    pub(crate) fn width(&self) -> u32 {
        self.width
    }

    /// Reads the bytes that the field covers, as an integer, and returns it with the place of the field's lowest bit.
    #[inline(always)]
    pub(crate) fn get(&self) -> (u64, u32) {
        if self.beyond { (self.load_beyond(), 0) } else { (self.load(), self.span.bitshift) }
    }

    /// Replaces the bits.
    #[inline(always)]
    pub(crate) fn set(&self, value: u64) {
        if self.beyond {
            return self.store_beyond(value);
        }
        let Span { start, len, bitshift, .. } = self.span;
        let changed = bitfield::insert(self.load(), bitshift, self.width, value);
        let at = self.member.at;
        if len == 1 {
            // SAFETY: the field lies in the struct that `Member::new` was told of, so this byte can be written.
            unsafe { at.add(start).write(changed as u8) };
            return;
        }
        let mut bytes = [0u8; 8];
        self.span.store(&mut bytes, BIG_ENDIAN, changed);
        // SAFETY: the field lies in the struct that `Member::new` was told of; its span has at most 8 bytes.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at.add(start), len.min(8)) };
    }

    #[inline(always)]
    fn load(&self) -> u64 {
        let (at, Span { start, len, .. }) = (self.member.at, self.span);
        if len == 1 {
            // SAFETY: the field lies in the struct that `Member::new` was told of, so this byte can be read.
            return u64::from(unsafe { at.add(start).read() });
        }
        let mut bytes = [0u8; 8];
        // SAFETY: the field lies in the struct that `Member::new` was told of; its span has at most 8 bytes.
        unsafe { std::ptr::copy_nonoverlapping(at.add(start), bytes.as_mut_ptr(), len.min(8)) };
        self.span.load(&bytes, BIG_ENDIAN)
    }

    #[cold]
    fn load_beyond(&self) -> u64 {
        // SAFETY: the field lies in the struct that `Member::new` was told of, and the reference ends with this call.
        let bytes = unsafe { std::slice::from_raw_parts(self.member.at.add(self.span.start), self.span.len) };
        self.span.extract_beyond(bytes, self.width)
    }

    #[cold]
    fn store_beyond(&self, value: u64) {
        // SAFETY: the field lies in the struct that `Member::new` was told of, and the reference ends with this call.
        let bytes =
            unsafe { std::slice::from_raw_parts_mut(self.member.at.add(self.span.start), self.span.len) };
        self.span.insert_beyond(bytes, self.width, value);
    }
}
