//! Small blocks with guard zones, in cells of equal size.
//!
//! An arena is 64 KiB of memory at a multiple of 64 KiB, cut into cells of one size. Its table has the region of each cell. So
//! the region of an address is found by three loads and a division, and a block costs neither an allocation nor an entry in
//! a tree. A cell whose block has left the quarantine keeps its region, which is dead, until the cell is used again.
//! Arenas are kept for good: a program needs as many as its blocks have needed at one time.

use std::alloc::{Layout, alloc};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cffi_memory::NoMemory;

use crate::block::{Block, WIDTH};
use crate::region::Region;

/// The bits of an address within an arena.
const BITS: u32 = 16;
/// The size and the alignment of an arena.
const ARENA: usize = 1 << BITS;
/// The most usable bytes of a cell, by class.
const ROOMS: [usize; 7] = [16, 32, 64, 128, 256, 512, 1024];
/// The largest alignment that all cells have.
const ALIGN: usize = 16;

/// The numbers of entries of the tables through which arenas are found: together they have 32 bits, those of an address
/// of 48 bits without those within an arena.
const UPPER: usize = 1 << 11;
const LOWER: usize = 1 << 10;

type Slots = Box<[Option<Arc<Region>>]>;

/// Memory that is cut into cells of one size.
pub(crate) struct Arena {
    base: NonNull<u8>,
    class: usize,
    /// The regions of the cells. A cell that was never used has none.
    slots: Mutex<Slots>,
}

// SAFETY: the base is the address of memory without an owner thread, which is never given back.
unsafe impl Send for Arena {}
// SAFETY: the methods with a shared reference change only the slots, which have a lock.
unsafe impl Sync for Arena {}

/// A cell, by its number in its arena.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    arena: &'static Arena,
    index: usize,
}

/// The cells of a class that can be used.
struct Pool {
    /// The cells whose blocks have left the quarantine.
    free: Vec<Cell>,
    /// Cells of whose region somebody had a reference when they were asked for.
    busy: Vec<Cell>,
    /// The newest arena, and the number of its cells that have been used.
    newest: Option<&'static Arena>,
    used: usize,
    /// The number of cells of all arenas.
    all: usize,
}

type Leaf = [AtomicPtr<Arena>; LOWER];
type Inner = [AtomicPtr<Leaf>; UPPER];

/// All arenas, and the cells that can be used.
pub(crate) struct Cells {
    root: [AtomicPtr<Inner>; UPPER],
    pools: [Mutex<Pool>; ROOMS.len()],
    arenas: Mutex<Vec<&'static Arena>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the size of the cells of a class.
const fn size_of_class(class: usize) -> usize {
    WIDTH + ROOMS[class] + WIDTH
}

/// Follows an entry of a table.
fn follow<T>(entry: &AtomicPtr<T>) -> Option<&'static T> {
    // SAFETY: an entry is null or the address of a leaked box, which was written before the entry.
    unsafe { entry.load(Ordering::Acquire).as_ref() }
}

/// Follows an entry of a table, to which `make` adds what is missing. Only one thread at a time may do that.
fn followed<T>(entry: &AtomicPtr<T>, make: impl FnOnce() -> T) -> Result<&'static T, NoMemory> {
    if let Some(there) = follow(entry) {
        return Ok(there);
    }
    // Tables are never freed: other threads follow their entries at any time, without a lock.
    let made: &'static T = Box::leak(cffi_memory::boxed(make())?);
    entry.store(std::ptr::from_ref(made).cast_mut(), Ordering::Release);
    Ok(made)
}

impl Arena {
    /// Makes an arena, which is never given back.
    fn new(class: usize) -> Result<&'static Arena, NoMemory> {
        let slots: Slots = cffi_memory::repeated(None, ARENA / size_of_class(class))?.into_boxed_slice();
        let layout = Layout::from_size_align(ARENA, ARENA).map_err(|_| NoMemory)?;
        // SAFETY: the size of the layout is not zero.
        let base = NonNull::new(unsafe { alloc(layout) }).ok_or(NoMemory)?;
        let arena = Arena { base, class, slots: Mutex::new(slots) };
        Ok(Box::leak(cffi_memory::boxed(arena)?))
    }

    fn size(&self) -> usize {
        size_of_class(self.class)
    }

    fn start(&self) -> usize {
        self.base.as_ptr().addr()
    }

    fn index_of(&self, address: usize) -> usize {
        // The type of the numbers makes the division a short one.
        let (offset, size) = ((address % ARENA) as u32, self.size() as u32);
        (offset / size) as usize
    }

    /// Makes the block of a cell.
    ///
    /// # Safety
    /// The arena has the cell, which nobody uses.
    unsafe fn block(&self, index: usize, len: usize, zero: bool) -> Option<Block> {
        // SAFETY: the caller promises a cell within the arena, whose memory is never given back.
        let base = unsafe { self.base.add(index * self.size()) };
        // SAFETY: the caller promises that the cell is not in use; each is that long.
        unsafe { Block::in_cell(base, self.size(), len, zero) }
    }
}

impl Cell {
    /// Returns the number of bytes of the cell.
    pub(crate) fn size(self) -> usize {
        self.arena.size()
    }

    /// Calls `f` with the region of the cell.
    pub(crate) fn with<T>(self, f: impl FnOnce(&Arc<Region>) -> T) -> Option<T> {
        lock(&self.arena.slots)[self.index].as_ref().map(f)
    }
}

impl Cells {
    pub(crate) const fn new() -> Cells {
        Cells {
            root: [const { AtomicPtr::new(ptr::null_mut()) }; UPPER],
            pools: [const {
                Mutex::new(Pool { free: Vec::new(), busy: Vec::new(), newest: None, used: 0, all: 0 })
            }; ROOMS.len()],
            arenas: Mutex::new(Vec::new()),
        }
    }

    /// Returns the arena of an address.
    #[inline]
    fn arena(&self, address: usize) -> Option<&'static Arena> {
        let number = address >> BITS;
        let inner = follow(self.root.get(number / (UPPER * LOWER))?)?;
        let leaf = follow(&inner[number / LOWER % UPPER])?;
        follow(&leaf[number % LOWER])
    }

    /// Returns the cell of an address.
    #[inline]
    pub(crate) fn cell(&self, address: usize) -> Option<Cell> {
        let arena = self.arena(address)?;
        let index = arena.index_of(address);
        (index < ARENA / arena.size()).then_some(Cell { arena, index })
    }

    /// Returns the region that is nearest to an address of an arena at which no region is, and was none; of those that
    /// are alive, if there are some. `None` for other addresses.
    #[cold]
    pub(crate) fn nearest_to_unused(&self, address: usize) -> Option<Arc<Region>> {
        let arena = self.arena(address)?;
        let slots = lock(&arena.slots);
        let distance = |region: &&Arc<Region>| {
            let away = region.start.abs_diff(address);
            (!region.is_live(), away)
        };
        slots.iter().flatten().min_by_key(distance).cloned()
    }

    /// Returns whether there are cells for blocks of this size and alignment.
    #[inline]
    pub(crate) fn has(len: usize, align: usize) -> bool {
        len <= ROOMS[ROOMS.len() - 1] && align <= ALIGN
    }

    /// Makes a block in a cell, and its region with `describe`. Returns the address of the usable bytes.
    ///
    /// # Errors
    /// [`NoMemory`], also if there are no cells for blocks of this size.
    pub(crate) fn make(
        &self,
        len: usize,
        zero: bool,
        describe: impl FnOnce(Block) -> Region,
    ) -> Result<*mut u8, NoMemory> {
        let class = ROOMS.iter().position(|room| len <= *room).ok_or(NoMemory)?;
        let mut pool = lock(&self.pools[class]);
        loop {
            let Cell { arena, index } = match pool.free.pop() {
                Some(cell) => cell,
                None => self.fresh(&mut pool, class)?,
            };
            let mut slots = lock(&arena.slots);
            let made = match &mut slots[index] {
                Some(dead) => match Arc::get_mut(dead) {
                    Some(dead) => {
                        // SAFETY: nothing but this slot refers to the region of the cell, so its block is not used.
                        let block = unsafe { arena.block(index, len, zero) }.ok_or(NoMemory)?;
                        let address = block.address();
                        *dead = describe(block);
                        Ok(address)
                    }
                    None => {
                        drop(slots);
                        pool.busy.push(Cell { arena, index });
                        continue;
                    }
                },
                empty => {
                    // SAFETY: the slot is empty, so the cell has no block.
                    let block = unsafe { arena.block(index, len, zero) }.ok_or(NoMemory)?;
                    let address = block.address();
                    describe(block).shared().map(|region| {
                        *empty = Some(region);
                        address
                    })
                }
            };
            drop(slots);
            if made.is_err() {
                pool.free.push(Cell { arena, index });
            }
            return made;
        }
    }

    /// Returns a cell that was not used before, or one that was busy before if there is no memory for others.
    fn fresh(&self, pool: &mut Pool, class: usize) -> Result<Cell, NoMemory> {
        let count = ARENA / size_of_class(class);
        if pool.newest.is_none() || pool.used == count {
            // Half of the cells are worth another look.
            if pool.busy.len() > pool.all / 2 {
                let Pool { free, busy, .. } = pool;
                std::mem::swap(free, busy);
            }
            // Then cells can be given back without an allocation.
            let all = pool.all + count;
            let (free, busy) = (pool.free.len(), pool.busy.len());
            pool.free.try_reserve(all - free)?;
            pool.busy.try_reserve(all - busy)?;
            let mut arenas = lock(&self.arenas);
            arenas.try_reserve(1)?;
            let arena = Arena::new(class)?;
            let number = arena.start() >> BITS;
            let null = || [const { AtomicPtr::new(ptr::null_mut()) }; LOWER];
            let entry = self.root.get(number / (UPPER * LOWER)).ok_or(NoMemory)?;
            let inner = followed(entry, || [const { AtomicPtr::new(ptr::null_mut()) }; UPPER])?;
            let leaf = followed(&inner[number / LOWER % UPPER], null)?;
            leaf[number % LOWER].store(ptr::from_ref(arena).cast_mut(), Ordering::Release);
            arenas.push(arena);
            (pool.newest, pool.used, pool.all) = (Some(arena), 0, all);
        }
        let arena = pool.newest.ok_or(NoMemory)?;
        pool.used += 1;
        Ok(Cell { arena, index: pool.used - 1 })
    }

    /// Lets a cell be used again, whose block has left the quarantine.
    pub(crate) fn give_back(&self, cell: Cell) {
        let mut pool = lock(&self.pools[cell.arena.class]);
        // There is room, which the arena was made with.
        pool.free.push(cell);
    }

    /// Calls `f` with the region of each cell that was used.
    pub(crate) fn each<E>(&self, mut f: impl FnMut(&Arc<Region>) -> Result<(), E>) -> Result<(), E> {
        for arena in lock(&self.arenas).iter() {
            lock(&arena.slots).iter().flatten().try_for_each(&mut f)?;
        }
        Ok(())
    }

    /// Calls `f` with the regions of the cells that touch a range of addresses, without waiting for a lock.
    pub(crate) fn each_near(&self, from: usize, to: usize, mut f: impl FnMut(&Arc<Region>)) {
        for number in from >> BITS..=to >> BITS {
            let Some(arena) = self.arena(number << BITS) else { continue };
            let first = if arena.start() < from { arena.index_of(from) } else { 0 };
            if let Ok(slots) = arena.slots.try_lock() {
                let near = slots.iter().skip(first).enumerate();
                near.take_while(|(n, _)| arena.start() + (first + n) * arena.size() <= to)
                    .filter_map(|(_, region)| region.as_ref())
                    .for_each(&mut f);
            }
        }
    }
}

#[cfg(test)]
#[path = "cells_tests.rs"]
mod tests;
