//! Memory between two guard zones.
//!
//! ```text
//! base      base + front       base + front + len
//! | zone ... | the usable bytes | zone ............. |
//! ```
//! The zones are filled with one value. A zone that has another value somewhere was written to by code that went beyond
//! the usable bytes.
//!
//! On demand ([`pages`]), the usable bytes end at a page without permissions instead, as near as their alignment lets them.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use crate::Region;
use crate::pages::{self, Pages};

/// The value of the bytes of a guard zone.
const ZONE: u8 = 0xE7;
/// The number of bytes that the guard zone behind large memory has, at most: a wrong index leads farther there.
const WIDEST: usize = 1024;
/// The value of the bytes of freed memory.
const FREED: u8 = 0xDD;
/// The number of bytes that a guard zone has, at least.
pub const WIDTH: usize = 64;
/// The number of bytes at the start of freed memory that are overwritten, and compared when the memory is given back.
const SPOILED: usize = 1024;
/// The smallest alignment of the usable bytes.
const ALIGN: usize = 16;

/// A block of memory with guard zones. It is freed when the value is dropped.
#[derive(Debug)]
pub struct Block {
    base: NonNull<u8>,
    /// The bytes up to the end of the zone behind the usable ones.
    layout: Layout,
    front: usize,
    len: usize,
    /// The pages that the block lies in, if it has pages of its own.
    pages: Option<Box<Pages>>,
    /// Whether the memory belongs to an arena.
    is_cell: bool,
}

// SAFETY: the block is memory without an owner thread; its users order their accesses to the usable bytes as those of
// any C memory, and the zones are only compared and refilled.
unsafe impl Send for Block {}
// SAFETY: all methods with a shared reference read or fill bytes that belong to the block and to no Rust object.
unsafe impl Sync for Block {}

/// The bytes of a guard zone that were written to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Damage {
    /// The offset of the first of them from the start of the usable bytes; negative before them.
    pub offset: isize,
    /// The number of bytes from the first to the last changed one.
    pub bytes: usize,
}

impl Block {
    /// Allocates `len` usable bytes. Returns `None` if there is no memory.
    pub fn new(len: usize, align: usize, zero: bool) -> Option<Block> {
        if pages::are_wanted()
            && let Some(block) = Block::before_page(len, align)
        {
            return Some(block);
        }
        let align = align.max(ALIGN);
        let front = WIDTH.checked_next_multiple_of(align)?;
        let back = WIDTH.max((len / 4).min(WIDEST));
        let total = front.checked_add(len)?.checked_add(back)?.checked_next_multiple_of(ALIGN)?;
        let layout = Layout::from_size_align(total, align).ok()?;
        // SAFETY: the size of the layout is not zero, as the zones have some bytes.
        let base = NonNull::new(unsafe { if zero { alloc_zeroed(layout) } else { alloc(layout) } })?;
        let block = Block { base, layout, front, len, pages: None, is_cell: false };
        block.repair();
        Some(block)
    }

    /// Maps `len` usable bytes that end at a page without permissions. Memory that a program takes for that of another
    /// type has a length that suits that type, so the alignment is the largest one that the length allows.
    #[cold]
    fn before_page(len: usize, align: usize) -> Option<Block> {
        let suits = if len == 0 { 1 } else { 1 << len.trailing_zeros().min(ALIGN.trailing_zeros()) };
        let align = align.max(suits);
        let room = len.checked_next_multiple_of(align)?;
        let pages = Pages::new(room.checked_add(WIDTH)?)?;
        let layout = Layout::from_size_align(pages.usable(), ALIGN).ok()?;
        let (base, front) = (pages.base(), pages.usable() - room);
        let pages = cffi_memory::boxed(pages).ok()?;
        let block = Block { base, layout, front, len, pages: Some(pages), is_cell: false };
        block.repair();
        Some(block)
    }

    /// Makes a block of the memory of an arena.
    ///
    /// # Safety
    /// `size` bytes at `base` are owned by nobody, aligned to 16 bytes, at least as long as two zones and `len` bytes, and
    /// are not given back while the block is alive.
    #[inline]
    pub(crate) unsafe fn in_cell(base: NonNull<u8>, size: usize, len: usize, zero: bool) -> Option<Block> {
        let layout = Layout::from_size_align(size, ALIGN).ok()?;
        let block = Block { base, layout, front: WIDTH, len, pages: None, is_cell: true };
        // SAFETY: by this function's contract the zones and the usable bytes lie in the memory, which nobody else uses.
        unsafe {
            base.write_bytes(ZONE, WIDTH);
            if zero {
                block.address().write_bytes(0, len);
            }
            block.address().add(len).write_bytes(ZONE, size - 2 * WIDTH - len);
            base.add(size - WIDTH).write_bytes(ZONE, WIDTH);
        }
        Some(block)
    }

    /// Returns whether the memory belongs to an arena.
    pub(crate) fn is_cell(&self) -> bool {
        self.is_cell
    }

    /// Returns the address of the first usable byte.
    #[inline]
    pub fn address(&self) -> *mut u8 {
        // SAFETY: the zone before the usable bytes lies within the allocation.
        unsafe { self.base.as_ptr().add(self.front) }
    }

    /// Returns the number of usable bytes.
    #[allow(clippy::len_without_is_empty, reason = "a block without usable bytes is not special")]
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns the addresses of the whole allocation.
    #[inline]
    pub fn span(&self) -> (usize, usize) {
        let start = self.base.as_ptr().addr();
        (start, start + self.pages.as_ref().map_or(self.layout.size(), |pages| pages.total()))
    }

    /// Returns whether the block ends at a page without permissions.
    pub fn ends_at_page(&self) -> bool {
        self.pages.is_some()
    }

    fn is_closed(&self) -> bool {
        self.pages.as_ref().is_some_and(|pages| pages.is_closed())
    }

    #[inline]
    fn back(&self) -> usize {
        self.front + self.len
    }

    /// Returns bytes of the allocation by their offsets from its start.
    ///
    /// # Safety
    /// `from <= to`, and the bytes lie within the allocation, are initialized, and not in pages that were closed.
    #[inline]
    unsafe fn slice(&self, from: usize, to: usize) -> &[u8] {
        // SAFETY: the caller promises bytes of the allocation, which lives as long as the block.
        // C code that writes there meanwhile breaks its own rules; the comparison only gets another answer by that.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr().add(from), to - from) }
    }

    /// Returns whether one of the usable bytes from an address on is zero. An address outside of them has none.
    pub fn has_zero_from(&self, address: usize) -> bool {
        let first = address.wrapping_sub(self.address().addr());
        if first >= self.len || self.is_closed() {
            return false;
        }
        // SAFETY: the bytes are usable ones, and their pages are not closed. C code may write to them meanwhile, so they are
        // not looked at through a reference.
        unsafe { !libc::memchr(self.address().add(first).cast(), 0, self.len - first).is_null() }
    }

    /// Reads the word at an address, which need not be aligned, if all of it lies within the usable bytes.
    pub fn word_at(&self, address: usize) -> Option<usize> {
        let first = address.wrapping_sub(self.address().addr());
        if self.len.checked_sub(first)? < size_of::<usize>() || self.is_closed() {
            return None;
        }
        // SAFETY: the word lies within the usable bytes, whose pages are not closed.
        Some(unsafe { self.address().add(first).cast::<usize>().read_unaligned() })
    }

    /// Returns what is wrong with the zones, if anything is. Bytes behind the usable ones come first.
    #[inline]
    pub fn damage(&self) -> Option<Damage> {
        if self.is_closed() {
            return None;
        }
        // SAFETY: the zone behind the usable bytes was filled, and the pages are not closed.
        let back = unsafe { self.slice(self.back(), self.layout.size()) };
        if !is_filled(back, ZONE) {
            let first = back.iter().position(|b| *b != ZONE)?;
            let last = back.iter().rposition(|b| *b != ZONE)?;
            return Some(Damage { offset: (self.len + first).cast_signed(), bytes: last - first + 1 });
        }
        // SAFETY: the zone before the usable bytes was filled, and the pages are not closed.
        let front = unsafe { self.slice(self.front - WIDTH, self.front) };
        if !is_filled(front, ZONE) {
            let first = front.iter().position(|b| *b != ZONE)?;
            let last = front.iter().rposition(|b| *b != ZONE)?;
            let offset = first.cast_signed() - WIDTH.cast_signed();
            return Some(Damage { offset, bytes: last - first + 1 });
        }
        None
    }

    /// Fills the zones.
    #[inline]
    pub fn repair(&self) {
        if self.is_closed() {
            return;
        }
        // SAFETY: both ranges lie within the allocation, outside of the usable bytes.
        unsafe {
            self.base.as_ptr().add(self.front - WIDTH).write_bytes(ZONE, WIDTH);
            let back = self.back();
            self.base.as_ptr().add(back).write_bytes(ZONE, self.layout.size() - back);
        }
    }

    /// Overwrites the start of the usable bytes, or closes the pages, after the memory was given up.
    #[inline]
    pub fn spoil(&self) {
        if let Some(pages) = &self.pages {
            pages.close();
            return;
        }
        // SAFETY: the range is a part of the usable bytes, which nobody owns any more.
        unsafe { self.address().write_bytes(FREED, self.len.min(SPOILED)) };
    }

    /// Returns the offset of a byte that was written to after [`Block::spoil`].
    pub fn written_after_end(&self) -> Option<usize> {
        if self.pages.is_some() {
            return None;
        }
        // SAFETY: a block without pages of its own is never closed; these are usable bytes, which `spoil` has overwritten.
        let bytes = unsafe { self.slice(self.front, self.front + self.len.min(SPOILED)) };
        if is_filled(bytes, FREED) { None } else { bytes.iter().position(|b| *b != FREED) }
    }
}

/// Fills the guard zone behind memory that is no block of this module.
///
/// # Safety
/// [`WIDTH`] bytes at the address can be written to, and nobody else uses them.
pub unsafe fn lay_zone(at: *mut u8) {
    // SAFETY: by this function's contract the bytes are nobody's.
    unsafe { at.write_bytes(ZONE, WIDTH) };
}

impl Region {
    /// Says that the memory is a block of `malloc()`, which [`Region::free_heap`] frees.
    ///
    /// # Safety
    /// The region begins at such a block, which nobody else frees or uses.
    pub unsafe fn set_heap(&self) {
        self.heap.store(true, Ordering::Release);
    }

    /// Frees the memory if it is a block of `malloc()` that has not been freed. Returns whether it was one.
    pub fn free_heap(&self) -> bool {
        let is_heap = self.heap.swap(false, Ordering::AcqRel);
        if is_heap {
            // SAFETY: whoever has set the mark has promised such a block, and only one caller finds the mark.
            unsafe { libc::free(std::ptr::with_exposed_provenance_mut(self.start)) };
        }
        is_heap
    }

    /// Says that there is a guard zone behind lent memory, at an offset from its start.
    ///
    /// # Safety
    /// [`lay_zone`] has filled the bytes there. They are not freed before the last use of the region.
    pub unsafe fn set_zone(&mut self, offset: usize) {
        self.zone = offset;
    }

    /// Returns the offset of the guard zone behind lent memory, or 0 if there is none.
    pub fn zone(&self) -> usize {
        self.zone
    }

    /// Returns what was written to the guard zone behind lent memory.
    pub fn zone_damage(&self) -> Option<Damage> {
        if self.zone == 0 {
            return None;
        }
        let zone = std::ptr::with_exposed_provenance::<u8>(self.start + self.zone);
        // SAFETY: whoever has set the zone has promised that it was laid there, and stays as long as the region is used.
        let zone = unsafe { std::slice::from_raw_parts(zone, WIDTH) };
        let differs = |byte: &u8| *byte != ZONE;
        let (first, last) = (zone.iter().position(differs)?, zone.iter().rposition(differs)?);
        Some(Damage { offset: (self.zone + first).cast_signed(), bytes: last - first + 1 })
    }
}

/// Returns whether all bytes have this value.
#[inline]
fn is_filled(bytes: &[u8], value: u8) -> bool {
    let expected = u64::from_ne_bytes([value; 8]);
    let (words, rest) = bytes.as_chunks::<8>();
    let (fours, words) = words.as_chunks::<4>();
    let differs = |words: &[[u8; 8]; 4]| {
        words.iter().fold(0, |all, word| all | (u64::from_ne_bytes(*word) ^ expected)) != 0
    };
    !fours.iter().any(differs)
        && words.iter().all(|word| u64::from_ne_bytes(*word) == expected)
        && rest.iter().all(|b| *b == value)
}

impl Drop for Block {
    fn drop(&mut self) {
        if self.pages.is_some() || self.is_cell {
            return;
        }
        // SAFETY: allocated with this layout, and given back once.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a byte at an offset from the usable bytes, as wrong C code does.
    fn write(block: &Block, offset: isize, value: u8) {
        // SAFETY: the tests stay within the zones of the block.
        unsafe { block.address().offset(offset).write(value) };
    }

    fn usable(block: &Block) -> &[u8] {
        // SAFETY: the tests ask for zeroed blocks, and look at their bytes before they close them.
        unsafe { block.slice(block.front, block.back()) }
    }

    #[test]
    fn usable_bytes_are_aligned_and_zeroed() {
        for align in [1, 2, 8, 16, 64, 4096] {
            for len in [0, 1, 3, 8, 17, 1000] {
                let block = Block::new(len, align, true).unwrap_or_else(|| unreachable!("memory"));
                assert_eq!(block.address().addr() % align, 0);
                assert!(usable(&block).iter().all(|b| *b == 0));
                let (from, to) = block.span();
                assert!(from + WIDTH <= block.address().addr() && block.address().addr() + len + WIDTH <= to);
                assert_eq!(block.damage(), None);
            }
        }
        assert!(Block::new(usize::MAX - 8, 16, false).is_none());
        assert!(Block::new(isize::MAX.cast_unsigned(), 16, false).is_none());
    }

    #[test]
    fn every_byte_of_a_zone_is_watched() {
        for len in [0, 1, 7, 8, 30] {
            let block = Block::new(len, 8, false).unwrap_or_else(|| unreachable!("memory"));
            let len = len.cast_signed();
            for offset in (len..len + 64).chain(-64..0) {
                write(&block, offset, 0);
                assert_eq!(block.damage(), Some(Damage { offset, bytes: 1 }), "{len} {offset}");
                block.repair();
                assert_eq!(block.damage(), None);
            }
            write(&block, len + 2, 1);
            write(&block, len + 9, 1);
            assert_eq!(block.damage(), Some(Damage { offset: len + 2, bytes: 8 }));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_block_can_end_at_a_page() {
        for align in [1, 2, 8, 16, 64] {
            for len in [0, 1, 3, 8, 12, 17, 32, 4096, 5000] {
                let block = Block::before_page(len, align).unwrap_or_else(|| unreachable!("memory"));
                let (address, (_, to)) = (block.address().addr(), block.span());
                assert_eq!(address % align, 0);
                let page = to - crate::mapped::page_size();
                let gap = page - (address + len);
                assert!(gap < align, "{len} {align}: {gap}");
                assert_eq!(crate::mapped::readable(address, 1 << 16), page - address);
                assert!(usable(&block).iter().all(|b| *b == 0));
                write(&block, -1, 0);
                assert_eq!(block.damage(), Some(Damage { offset: -1, bytes: 1 }));
                block.repair();
                assert_eq!(block.damage(), None);
                block.spoil();
                assert_eq!(crate::mapped::readable(address, 1), 0);
                assert!(block.damage().is_none() && block.written_after_end().is_none());
            }
        }
        assert!(Block::before_page(usize::MAX - 8, 16).is_none());
    }

    #[test]
    fn writes_after_the_end_are_found() {
        let block = Block::new(40, 8, true).unwrap_or_else(|| unreachable!("memory"));
        block.spoil();
        assert_eq!(block.written_after_end(), None);
        write(&block, 17, 0);
        assert_eq!(block.written_after_end(), Some(17));
    }
}
