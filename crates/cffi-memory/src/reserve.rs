//! A reserve for small allocations of Rust's own collections, which end the process if they fail.
//!
//! Memory whose size a caller chooses comes from the functions of this crate, which report failures. What is left is
//! small: a text of a message, a list of eightbytes. If the allocator behind has nothing for it, the memory comes from a
//! static reserve, in most cases for as long as it takes to raise `MemoryError`. While much of the reserve is in use,
//! the functions that report failures report one ([`is_low`]), so that nothing lasting is built from it.
//!
//! A task whose lists grow without a check, as a parser's do, first sets memory aside for the whole of it
//! ([`set_aside`]). If the allocator has nothing left in the meantime, it gets that memory back.
//!
//! No lock is held, so a child of `fork()` finds the reserve usable. The pages of the reserve are touched when they are
//! used, not before.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use crate::NoMemory;

/// The sizes in bytes of the slots, and how many there are of each. A slot's offset is a multiple of its size, since the
/// largest come first.
const CLASSES: [(usize, u32); 4] = [(1 << 15, 8), (1 << 12, 32), (1 << 9, 64), (1 << 6, 64)];

/// The alignment in bytes of the whole reserve, and thus the largest alignment that it serves.
const ALIGNMENT: usize = 1 << 12;

const LENGTH: usize = offset_of(CLASSES.len());

/// Returns the offset in bytes of the first slot of a class.
const fn offset_of(class: usize) -> usize {
    let (mut offset, mut before) = (0, 0);
    while before < class {
        offset += CLASSES[before].0 * CLASSES[before].1 as usize;
        before += 1;
    }
    offset
}

#[repr(C, align(4096))]
struct Store(UnsafeCell<[u8; LENGTH]>);

// SAFETY: a slot's bytes are reached by nobody but its holder: `IN_USE` gives it to one caller at a time.
unsafe impl Sync for Store {}

static STORE: Store = Store(UnsafeCell::new([0; LENGTH]));

/// A bit for each slot of each class that is in use.
static IN_USE: [AtomicU64; CLASSES.len()] = [const { AtomicU64::new(0) }; CLASSES.len()];

/// Returns true while a quarter of the slots of some size is in use.
pub fn is_low() -> bool {
    IN_USE
        .iter()
        .zip(CLASSES)
        .any(|(bits, (_, count))| bits.load(Ordering::Relaxed).count_ones() >= count / 4)
}

/// Takes a slot that is large enough.
#[cold]
fn take(layout: Layout) -> *mut u8 {
    if layout.align() > ALIGNMENT {
        return ptr::null_mut();
    }
    let wanted = layout.size().max(layout.align());
    for (class, &(size, count)) in CLASSES.iter().enumerate().rev() {
        if size < wanted {
            continue;
        }
        let mut bits = IN_USE[class].load(Ordering::Relaxed);
        while bits.trailing_ones() < count {
            let slot = bits.trailing_ones();
            let taken = bits | 1 << slot;
            match IN_USE[class].compare_exchange_weak(bits, taken, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => {
                    let start = STORE.0.get().cast::<u8>();
                    // SAFETY: the slot's offset is below LENGTH, the size of the store.
                    return unsafe { start.add(offset_of(class) + size * slot as usize) };
                }
                Err(now) => bits = now,
            }
        }
    }
    ptr::null_mut()
}

/// Returns the offset of an address in the store, or None for memory of the allocator behind.
#[inline]
fn offset(address: *mut u8) -> Option<usize> {
    let offset = address.addr().wrapping_sub(STORE.0.get().addr());
    (offset < LENGTH).then_some(offset)
}

/// Returns the class and the number of the slot at an offset.
fn slot_at(offset: usize) -> (usize, usize) {
    let class = (1..CLASSES.len()).rev().find(|&class| offset_of(class) <= offset).unwrap_or(0);
    (class, (offset - offset_of(class)) / CLASSES[class].0)
}

/// Gives a slot back.
#[cold]
fn give_back(offset: usize) {
    let (class, slot) = slot_at(offset);
    IN_USE[class].fetch_and(!(1 << slot), Ordering::Release);
}

/// The number of tasks at a time that have memory set aside. Others only look whether there is enough.
const FUNDS: usize = 8;

/// Memory that is set aside; the size in bytes is in its first word. Null where there is none, or no longer.
static ASIDE: [AtomicPtr<usize>; FUNDS] = [const { AtomicPtr::new(ptr::null_mut()) }; FUNDS];

/// Memory that is set aside until this is dropped.
#[derive(Debug)]
pub struct Fund(Option<usize>);

/// Sets memory aside, so that a task can have this many bytes in small pieces.
///
/// # Errors
/// [`NoMemory`] if there is not that much.
pub fn set_aside(bytes: usize) -> Result<Fund, NoMemory> {
    let layout = fund_layout(bytes.max(size_of::<usize>())).ok_or(NoMemory)?;
    // SAFETY: the size of the layout is not 0.
    let memory = unsafe { std::alloc::alloc(layout) }.cast::<usize>();
    if memory.is_null() {
        return Err(NoMemory);
    }
    // SAFETY: the memory is new, aligned for a word, and has room for one.
    unsafe { memory.write(layout.size()) };
    let place = ASIDE.iter().position(|place| {
        place.compare_exchange(ptr::null_mut(), memory, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    });
    if place.is_none() {
        // SAFETY: allocated above with this layout, and kept by nobody.
        unsafe { std::alloc::dealloc(memory.cast(), layout) };
    }
    Ok(Fund(place))
}

fn fund_layout(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes, align_of::<usize>()).ok()
}

impl Drop for Fund {
    fn drop(&mut self) {
        if let Some(place) = self.0 {
            spend(place, |memory, layout| {
                // SAFETY: `set_aside` allocated it with this layout, and `spend` gives it to one caller only.
                unsafe { std::alloc::dealloc(memory, layout) };
            });
        }
    }
}

/// Takes what is set aside in a place and has it freed. Returns false if there is none.
fn spend(place: usize, free: impl FnOnce(*mut u8, Layout)) -> bool {
    let memory = ASIDE[place].swap(ptr::null_mut(), Ordering::AcqRel);
    if memory.is_null() {
        return false;
    }
    // SAFETY: what is set aside has its size in its first word.
    let size = unsafe { memory.read() };
    match fund_layout(size) {
        Some(layout) => free(memory.cast(), layout),
        None => return false,
    }
    true
}

/// An allocator, and the reserve for what it does not have.
pub struct Reserving<A>(pub A);

// SAFETY: memory comes from the allocator behind, which is one, or is a slot that nobody else has until it is given
// back; slots are as large and as aligned as `take` is asked for. Nothing here unwinds.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Reserving<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller of this function passes a layout of a size other than 0.
        let memory = unsafe { self.0.alloc(layout) };
        if memory.is_null() { self.lacking(layout) } else { memory }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller of this function passes a layout of a size other than 0.
        let memory = unsafe { self.0.alloc_zeroed(layout) };
        if !memory.is_null() {
            return memory;
        }
        let slot = self.lacking(layout);
        if !slot.is_null() {
            // SAFETY: what was found has at least the size that was asked for.
            unsafe { slot.write_bytes(0, layout.size()) };
        }
        slot
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        match offset(memory) {
            // SAFETY: what does not lie in the store came from the allocator behind, with this layout.
            None => unsafe { self.0.dealloc(memory, layout) },
            Some(offset) => give_back(offset),
        }
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if offset(memory).is_none() {
            // SAFETY: what does not lie in the store came from the allocator behind, with this layout; the caller of
            // this function passes a size other than 0.
            let moved = unsafe { self.0.realloc(memory, layout, size) };
            if !moved.is_null() {
                return moved;
            }
        }
        // SAFETY: the caller of this function passes memory of this layout, and a size that is valid with its alignment.
        unsafe { self.move_to(memory, layout, size) }
    }
}

impl<A: GlobalAlloc> Reserving<A> {
    /// Finds memory that the allocator behind does not have: it gets back what is set aside, or the memory is a slot.
    #[cold]
    fn lacking(&self, layout: Layout) -> *mut u8 {
        for place in 0..FUNDS {
            // SAFETY: it was allocated with this layout by the allocator behind, or is a slot, which `dealloc` tells apart.
            let spent = spend(place, |memory, layout| unsafe { self.dealloc(memory, layout) });
            if spent {
                // SAFETY: the callers of this function have asked for memory of this layout, of a size other than 0.
                let memory = unsafe { self.0.alloc(layout) };
                if !memory.is_null() {
                    return memory;
                }
            }
        }
        take(layout)
    }

    /// Moves memory to a new place, from or to the reserve.
    ///
    /// # Safety
    /// As for `GlobalAlloc::realloc`.
    #[cold]
    unsafe fn move_to(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if let Some(offset) = offset(memory)
            && size <= CLASSES[slot_at(offset).0].0
        {
            return memory;
        }
        // SAFETY: the caller passes a size other than 0 that does not overflow when it is rounded up to the alignment.
        let larger = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: the size of the layout is not 0.
        let moved = unsafe { self.alloc(larger) };
        if !moved.is_null() {
            // SAFETY: both have at least the smaller of the two sizes, and one is new, so that they do not overlap.
            unsafe { moved.copy_from_nonoverlapping(memory, layout.size().min(size)) };
            // SAFETY: the caller gives this memory of this layout up.
            unsafe { self.dealloc(memory, layout) };
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An allocator that has nothing.
    struct Nothing;

    // SAFETY: no memory is given out at all, so none can be given out twice.
    unsafe impl GlobalAlloc for Nothing {
        unsafe fn alloc(&self, _: Layout) -> *mut u8 {
            ptr::null_mut()
        }

        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
            unreachable!("nothing was given out");
        }

        unsafe fn realloc(&self, _: *mut u8, _: Layout, _: usize) -> *mut u8 {
            unreachable!("nothing was given out");
        }
    }

    const EMPTY: Reserving<Nothing> = Reserving(Nothing);

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).expect("a valid layout")
    }

    /// The reserve belongs to the whole process, so one test looks at all of it.
    #[test]
    fn slots_are_given_out_once_until_they_come_back() {
        let _alone = crate::ALONE.lock();
        let total: u32 = CLASSES.iter().map(|(_, count)| count).sum();
        let mut taken = Vec::new();
        loop {
            let slot = take(layout(1, 1));
            if slot.is_null() {
                break;
            }
            taken.push(slot);
        }
        assert_eq!(taken.len(), total as usize);
        taken.sort_unstable();
        taken.dedup();
        assert_eq!(taken.len(), total as usize);
        assert!(is_low());
        for slot in taken {
            // SAFETY: the slot was taken above and nothing else holds it.
            unsafe { EMPTY.dealloc(slot, layout(1, 1)) };
        }
        assert!(!is_low());

        for (size, align) in [(1, 1), (64, 64), (65, 8), (3, 512), (4096, 4096), (32768, 16)] {
            // SAFETY: the size is not 0.
            let slot = unsafe { EMPTY.alloc_zeroed(layout(size, align)) };
            assert!(!slot.is_null() && slot.addr().is_multiple_of(align), "{size} {align}");
            // SAFETY: the slot has this size, and was written when it was taken.
            assert!(unsafe { std::slice::from_raw_parts(slot, size) }.iter().all(|&byte| byte == 0));
            // SAFETY: the slot has this size.
            unsafe { slot.write_bytes(7, size) };
            // SAFETY: the slot was taken with this layout.
            let moved = unsafe { EMPTY.realloc(slot, layout(size, align), 2 * size) };
            assert_eq!(moved.is_null(), 2 * size > CLASSES[0].0, "{size}");
            let (kept, of) = if moved.is_null() { (slot, size) } else { (moved, 2 * size) };
            // SAFETY: what is kept has at least this size, and these bytes were written.
            assert!(unsafe { std::slice::from_raw_parts(kept, size) }.iter().all(|&byte| byte == 7));
            // SAFETY: what is kept has this layout.
            unsafe { EMPTY.dealloc(kept, layout(of, align)) };
        }
        assert!(take(layout(CLASSES[0].0 + 1, 1)).is_null());
        assert!(take(layout(1, 2 * ALIGNMENT)).is_null());
        assert!(IN_USE.iter().all(|bits| bits.load(Ordering::Relaxed) == 0));
    }
}
