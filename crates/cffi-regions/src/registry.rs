//! The regions of the process by address.
//!
//! Regions with an address range of their own are found through shards: the address space is cut into granules, and the
//! number of a granule says in which shard it is. Each granule has the regions that touch it. A region of many granules is
//! in one ordered list of large ones instead.
//! Small blocks of owned memory are found through their arenas (`cells`).
//! Lent regions (buffers of Python objects, memory of C with a destructor) may overlap, and have a list of their own.
//!
//! Every lock is held for a look-up or a change of a tree, by attached threads only, and no Python code runs under it.
//! So a fork through Python finds all of them free.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cffi_memory::NoMemory;
use rustc_hash::FxBuildHasher;

use crate::block::{Block, WIDTH};
use crate::cells::{Cell, Cells};
use crate::lent::Lent;
use crate::pages;
use crate::region::{How, Kind, Region, What};
use crate::site::Site;

const SHARDS: usize = 64;
/// The bits of an address within a granule.
const GRANULE: u32 = 9;
/// A region that touches more granules than this is a large one.
const MOST_GRANULES: usize = 4;

/// The limits of the quarantine, unless the environment sets others.
const QUARANTINE_BYTES: usize = 64 << 20;
const QUARANTINE_COUNT: usize = 2_048;

/// The largest number of bytes behind a lent region that are known to belong to nobody else.
const APRON: usize = 2 * WIDTH;

type Tree = BTreeMap<usize, Arc<Region>>;

/// The granules of a shard that regions touch.
type Shard = HashMap<usize, Bucket, FxBuildHasher>;

/// The regions that touch a granule: mostly one, since guard zones are wide.
#[derive(Default)]
struct Bucket {
    first: Option<Arc<Region>>,
    more: Vec<Arc<Region>>,
}

impl Bucket {
    fn iter(&self) -> impl Iterator<Item = &Arc<Region>> {
        self.first.iter().chain(&self.more)
    }

    /// Returns the region whose span contains the address.
    #[inline]
    fn containing(&self, address: usize) -> Option<&Arc<Region>> {
        self.iter().find(|region| {
            let (start, end) = region.span();
            (start..end).contains(&address)
        })
    }

    /// Adds a region, in the place of one that begins where it does.
    fn add(&mut self, region: &Arc<Region>) -> Result<(), NoMemory> {
        let start = region.span().0;
        if !self.more.is_empty() {
            self.more.retain(|other| other.span().0 != start);
        }
        match &mut self.first {
            Some(first) if first.span().0 != start => cffi_memory::push(&mut self.more, Arc::clone(region))?,
            first => *first = Some(Arc::clone(region)),
        }
        Ok(())
    }

    /// Takes a region out. Returns whether the granule has none left.
    fn remove(&mut self, region: &Arc<Region>) -> bool {
        if !self.more.is_empty() {
            self.more.retain(|other| !Arc::ptr_eq(other, region));
        }
        if self.first.as_ref().is_some_and(|first| Arc::ptr_eq(first, region)) {
            self.first = self.more.pop();
        }
        self.first.is_none()
    }
}

/// The answer to the question whether a range of addresses may be used.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// The range lies in a live region.
    Inside,
    /// The range lies in live memory of a file, which may have become too short for it.
    InFile,
    /// The range lies in a live region that must not be written to.
    ReadOnly(Arc<Region>),
    /// The range lies in the memory of a Python object, whose bytes are not for C.
    Private(Arc<Region>),
    /// The range starts in a region or in its guard zones, and some of it is not in the region.
    Outside(Arc<Region>),
    /// The range touches a region that has ended.
    Dead(Arc<Region>),
    /// The registry knows nothing of these addresses.
    Unknown,
}

/// The memory that has ended and is not used again yet.
#[derive(Default)]
struct Quarantine {
    held: VecDeque<Held>,
    bytes: usize,
}

/// A region in quarantine, or the cell that has it.
enum Held {
    Region(Arc<Region>),
    Cell(Cell),
}

impl Held {
    fn size(&self) -> usize {
        match self {
            Held::Region(region) => region.span().1 - region.span().0,
            Held::Cell(cell) => cell.size(),
        }
    }
}

/// The regions that leave the quarantine together: mostly one. Those of cells are among them only if their memory was
/// written to meanwhile.
#[derive(Default)]
pub struct Leaving {
    first: Option<Arc<Region>>,
    more: Vec<Arc<Region>>,
}

impl Leaving {
    fn has_room(&mut self) -> bool {
        self.first.is_none() || self.more.try_reserve(1).is_ok()
    }

    /// Adds a region, for which there is room.
    fn push(&mut self, region: Arc<Region>) {
        match self.first {
            None => self.first = Some(region),
            Some(_) => self.more.push(region),
        }
    }

    /// Returns the regions.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Region>> {
        self.first.iter().chain(&self.more)
    }
}

/// The regions of a process.
pub struct Registry {
    cells: Cells,
    shards: [Mutex<Shard>; SHARDS],
    large: Mutex<Tree>,
    large_count: AtomicUsize,
    lent: Mutex<Lent>,
    lent_count: AtomicUsize,
    /// The length of the longest lent region so far.
    longest: AtomicUsize,
    serial: AtomicUsize,
    quarantine: Mutex<Quarantine>,
    bytes_limit: AtomicUsize,
    count_limit: AtomicUsize,
}

/// The name by which a lent region is ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LentKey(usize, usize);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ensures that an ordered list can take one more entry.
fn room_in_tree() -> Result<(), NoMemory> {
    /// More than the nodes of a list of any length that one entry makes.
    const NODES: usize = 1 << 13;
    if cffi_memory::is_there_room(NODES) { Ok(()) } else { Err(NoMemory) }
}

fn granules(span: (usize, usize)) -> std::ops::RangeInclusive<usize> {
    span.0 >> GRANULE..=(span.1 - 1) >> GRANULE
}

fn is_large(span: (usize, usize)) -> bool {
    let granules = granules(span);
    granules.end() - granules.start() >= MOST_GRANULES
}

/// Returns the region of the tree whose span contains the address.
fn containing(tree: &Tree, address: usize) -> Option<&Arc<Region>> {
    let (_, region) = tree.range(..=address).next_back()?;
    (address < region.span().1).then_some(region)
}

impl Default for Registry {
    fn default() -> Registry {
        Registry::new()
    }
}

impl Registry {
    /// Makes an empty registry.
    pub const fn new() -> Registry {
        Registry {
            cells: Cells::new(),
            shards: [const { Mutex::new(HashMap::with_hasher(FxBuildHasher)) }; SHARDS],
            large: Mutex::new(BTreeMap::new()),
            large_count: AtomicUsize::new(0),
            lent: Mutex::new(Lent::new()),
            lent_count: AtomicUsize::new(0),
            longest: AtomicUsize::new(0),
            serial: AtomicUsize::new(0),
            quarantine: Mutex::new(Quarantine { held: VecDeque::new(), bytes: 0 }),
            bytes_limit: AtomicUsize::new(QUARANTINE_BYTES),
            count_limit: AtomicUsize::new(QUARANTINE_COUNT),
        }
    }

    /// Sets how much memory the quarantine keeps.
    pub fn limit_quarantine(&self, bytes: usize, count: usize) {
        self.bytes_limit.store(bytes, Ordering::Relaxed);
        self.count_limit.store(count, Ordering::Relaxed);
    }

    fn shard(&self, granule: usize) -> MutexGuard<'_, Shard> {
        lock(&self.shards[granule % SHARDS])
    }

    /// Makes memory between guard zones, and its region. Returns the address of the usable bytes.
    ///
    /// # Errors
    /// [`NoMemory`].
    pub fn make(
        &self,
        len: usize,
        align: usize,
        zero: bool,
        kind: Kind,
        what: What,
        made: Site,
    ) -> Result<*mut u8, NoMemory> {
        if !pages::are_wanted() && Cells::has(len, align) {
            return self.cells.make(len, zero, |block| Region::guarded(block, kind, what, made));
        }
        let block = Block::new(len, align, zero).ok_or(NoMemory)?;
        let address = block.address();
        self.add(&Region::guarded(block, kind, what, made).shared()?)?;
        Ok(address)
    }

    /// Adds a region whose span no other one of this list overlaps. A region that is there already is replaced.
    ///
    /// # Errors
    /// [`NoMemory`]; the region is not added.
    pub fn add(&self, region: &Arc<Region>) -> Result<(), NoMemory> {
        let span = region.span();
        if is_large(span) {
            room_in_tree()?;
            if lock(&self.large).insert(span.0, Arc::clone(region)).is_none() {
                self.large_count.fetch_add(1, Ordering::Release);
            }
            return Ok(());
        }
        for granule in granules(span) {
            let mut shard = self.shard(granule);
            let added = shard.try_reserve(1).map_err(NoMemory::from);
            let added = added.and_then(|()| shard.entry(granule).or_default().add(region));
            drop(shard);
            if added.is_err() {
                self.remove(region);
                return added;
            }
        }
        Ok(())
    }

    /// Takes a region out, if it is the one at its place. A cell keeps the region that it has.
    pub fn remove(&self, region: &Arc<Region>) {
        if region.block().is_some_and(Block::is_cell) {
            return;
        }
        let span = region.span();
        let take = |tree: &mut Tree| match tree.get(&span.0) {
            Some(there) if Arc::ptr_eq(there, region) => tree.remove(&span.0).is_some(),
            _ => false,
        };
        if is_large(span) {
            if take(&mut lock(&self.large)) {
                self.large_count.fetch_sub(1, Ordering::Release);
            }
            return;
        }
        for granule in granules(span) {
            let mut shard = self.shard(granule);
            if shard.get_mut(&granule).is_some_and(|bucket| bucket.remove(region)) {
                shard.remove(&granule);
            }
        }
    }

    /// Calls `f` with the region whose span contains the address.
    fn with<T>(&self, address: usize, f: impl Fn(&Arc<Region>) -> T) -> Option<T> {
        if let Some(cell) = self.cells.cell(address) {
            return cell.with(f);
        }
        let granule = address >> GRANULE;
        if let Some(bucket) = self.shard(granule).get(&granule)
            && let Some(found) = bucket.containing(address)
        {
            return Some(f(found));
        }
        if self.large_count.load(Ordering::Acquire) == 0 {
            return None;
        }
        containing(&lock(&self.large), address).map(f)
    }

    /// Returns the region to whose span the address belongs, guard zones included. Lent regions are not looked at.
    pub fn find(&self, address: usize) -> Option<Arc<Region>> {
        self.with(address, Arc::clone)
    }

    /// Returns the region that starts at the address.
    pub fn starting_at(&self, address: usize) -> Option<Arc<Region>> {
        self.find(address).filter(|region| region.start == address)
    }

    /// Judges the use of `len` bytes at an address. `len` may be 0: then only the address is looked at, and the end of
    /// a region belongs to it.
    pub fn judge(&self, address: usize, len: usize, write: bool) -> Verdict {
        let end = address.saturating_add(len);
        let of_region = |region: &Arc<Region>| {
            if !region.is_live() {
                Verdict::Dead(Arc::clone(region))
            } else if address < region.start || end > region.end() {
                Verdict::Outside(Arc::clone(region))
            } else if write && !region.writable {
                Verdict::ReadOnly(Arc::clone(region))
            } else if len > 0 && region.kind == Kind::Handle {
                Verdict::Private(Arc::clone(region))
            } else {
                Verdict::Inside
            }
        };
        if let Some(verdict) = self.with(address, of_region) {
            return verdict;
        }
        if self.lent_count.load(Ordering::Acquire) > 0
            && let Some(verdict) = self.judge_lent(address, end, write)
        {
            return verdict;
        }
        if let Some(nearest) = self.cells.nearest_to_unused(address) {
            return Verdict::Outside(nearest);
        }
        if len > 1
            && let Some(reached) = self.find(end - 1)
        {
            return if reached.is_live() { Verdict::Outside(reached) } else { Verdict::Dead(reached) };
        }
        Verdict::Unknown
    }

    /// Judges by the lent regions, of which one that has the whole range is enough.
    fn judge_lent(&self, address: usize, end: usize, write: bool) -> Option<Verdict> {
        let longest = self.longest.load(Ordering::Relaxed).saturating_add(APRON);
        let from = address.saturating_sub(longest);
        let to = address.saturating_add(APRON);
        let lent = lock(&self.lent);
        let mut worse = None;
        for region in lent.starting_in(from..=to).rev() {
            let before = region.apron().min(8);
            let near = region.start.saturating_sub(before)..region.end().saturating_add(region.apron());
            let at_end = address == end && address == region.end();
            if !near.contains(&address) && !at_end {
                continue;
            }
            if address < region.start || end > region.end() {
                worse = worse.or_else(|| Some(Verdict::Outside(Arc::clone(region))));
            } else if write && !region.writable {
                worse = Some(Verdict::ReadOnly(Arc::clone(region)));
            } else {
                return Some(if region.of_file && end > address { Verdict::InFile } else { Verdict::Inside });
            }
        }
        worse
    }

    /// Returns how many bytes may be used from an address on; `None` if the registry knows nothing of it.
    pub fn room(&self, address: usize) -> Option<usize> {
        if let Some(end) = self.with(address, |region| region.end()) {
            return Some(end.saturating_sub(address));
        }
        if self.lent_count.load(Ordering::Acquire) == 0 {
            return None;
        }
        let from = address.saturating_sub(self.longest.load(Ordering::Relaxed));
        let lent = lock(&self.lent);
        lent.starting_in(from..=address)
            .filter(|region| address < region.end())
            .map(|region| region.end() - address)
            .max()
    }

    /// Adds a lent region.
    ///
    /// # Errors
    /// [`NoMemory`].
    pub fn lend(&self, region: Region) -> Result<LentKey, NoMemory> {
        let region = region.shared()?;
        let key = LentKey(region.start, self.serial.fetch_add(1, Ordering::Relaxed));
        self.longest.fetch_max(region.len.max(1), Ordering::Relaxed);
        lock(&self.lent).insert((key.0, key.1), region)?;
        self.lent_count.fetch_add(1, Ordering::Release);
        Ok(key)
    }

    /// Returns a lent region.
    pub fn lent(&self, key: LentKey) -> Option<Arc<Region>> {
        lock(&self.lent).get((key.0, key.1)).cloned()
    }

    /// Takes a lent region out.
    pub fn take_back(&self, key: LentKey) -> Option<Arc<Region>> {
        let taken = lock(&self.lent).remove((key.0, key.1));
        if taken.is_some() {
            self.lent_count.fetch_sub(1, Ordering::Release);
        }
        taken
    }

    /// Returns a lent region that contains the address, or ends at it.
    pub fn first_lent_at(&self, address: usize) -> Option<Arc<Region>> {
        if self.lent_count.load(Ordering::Acquire) == 0 {
            return None;
        }
        let from = address.saturating_sub(self.longest.load(Ordering::Relaxed));
        let lent = lock(&self.lent);
        lent.starting_in(from..=address).rev().find(|region| address <= region.end()).cloned()
    }

    /// Returns the lent regions that contain the address.
    pub fn lent_at(&self, address: usize) -> Vec<Arc<Region>> {
        let from = address.saturating_sub(self.longest.load(Ordering::Relaxed));
        let lent = lock(&self.lent);
        lent.starting_in(from..=address).filter(|region| address < region.end()).cloned().collect()
    }

    /// Ends a region, whose owner still refers to its memory: it is not used again before [`Registry::bury`].
    pub fn end_held(&self, region: &Region, site: Site, how: How) -> bool {
        region.held.store(true, Ordering::Release);
        region.finish(site, how)
    }

    /// Ends a region for good. Its memory goes into quarantine. Returns the regions that leave the quarantine for it;
    /// their memory is freed when the caller drops them.
    pub fn bury(&self, region: Arc<Region>, site: Site, how: How) -> Leaving {
        region.finish(site, how);
        region.held.store(false, Ordering::Release);
        let in_cell = region.block().is_some_and(Block::is_cell);
        let held = match self.cells.cell(region.start).filter(|_| in_cell) {
            Some(cell) => Held::Cell(cell),
            None => Held::Region(region),
        };
        let mut leaving = Leaving::default();
        let mut quarantine = lock(&self.quarantine);
        if quarantine.held.try_reserve(1).is_ok() {
            quarantine.bytes += held.size();
            quarantine.held.push_back(held);
        } else {
            self.let_go(held, &mut leaving);
        }
        let (bytes, count) =
            (self.bytes_limit.load(Ordering::Relaxed), self.count_limit.load(Ordering::Relaxed));
        while (quarantine.bytes > bytes || quarantine.held.len() > count) && leaving.has_room() {
            let Some(oldest) = quarantine.held.pop_front() else { break };
            quarantine.bytes -= oldest.size();
            self.let_go(oldest, &mut leaving);
        }
        drop(quarantine);
        leaving.iter().for_each(|region| self.remove(region));
        leaving
    }

    /// Lets a region leave the quarantine.
    fn let_go(&self, held: Held, leaving: &mut Leaving) {
        match held {
            Held::Region(region) => leaving.push(region),
            Held::Cell(cell) => {
                // Whoever has a reference to the region prevents that the cell is used again.
                let written = |region: &Arc<Region>| {
                    let written = region.block().is_some_and(|block| block.written_after_end().is_some());
                    written.then(|| Arc::clone(region))
                };
                if let Some(written) = cell.with(written).flatten() {
                    leaving.push(written);
                }
                self.cells.give_back(cell);
            }
        }
    }

    /// Returns the number of regions in quarantine and their bytes.
    pub fn quarantined(&self) -> (usize, usize) {
        let quarantine = lock(&self.quarantine);
        (quarantine.held.len(), quarantine.bytes)
    }

    /// Returns all live regions, each once.
    ///
    /// # Errors
    /// [`NoMemory`].
    pub fn live(&self) -> Result<Vec<Arc<Region>>, NoMemory> {
        let mut found: Vec<Arc<Region>> = Vec::new();
        let mut keep = |region: &Arc<Region>| cffi_memory::push(&mut found, Arc::clone(region));
        for shard in &self.shards {
            for (granule, bucket) in &*lock(shard) {
                let first_here = |region: &&Arc<Region>| region.span().0 >> GRANULE == *granule;
                bucket.iter().filter(|region| region.is_live()).filter(first_here).try_for_each(&mut keep)?;
            }
        }
        lock(&self.large).values().filter(|region| region.is_live()).try_for_each(&mut keep)?;
        lock(&self.lent).iter().try_for_each(&mut keep)?;
        self.cells.each(|region| if region.is_live() { keep(region) } else { Ok(()) })?;
        Ok(found)
    }

    /// Returns the region nearest to an address, at most `within` bytes away, without waiting for a lock. For the
    /// report of a crash, where another thread, or this one, may hold a lock.
    pub fn nearest(&self, address: usize, within: usize) -> Option<Arc<Region>> {
        let distance = |region: &Region| {
            if address < region.start {
                region.start - address
            } else {
                (address + 1).saturating_sub(region.end())
            }
        };
        let mut best: Option<Arc<Region>> = None;
        let mut offer = |region: &Arc<Region>| {
            if distance(region) <= within
                && best.as_ref().is_none_or(|best| distance(region) < distance(best))
            {
                best = Some(Arc::clone(region));
            }
        };
        self.cells.each_near(address.saturating_sub(within), address.saturating_add(within), &mut offer);
        for granule in address.saturating_sub(within) >> GRANULE..=address.saturating_add(within) >> GRANULE {
            if let Ok(shard) = self.shards[granule % SHARDS].try_lock()
                && let Some(bucket) = shard.get(&granule)
            {
                bucket.iter().for_each(&mut offer);
            }
        }
        if let Ok(tree) = self.large.try_lock() {
            let below = tree.range(..=address).next_back();
            let above = tree.range(address..=address.saturating_add(within)).next();
            below.into_iter().chain(above).for_each(|(_, region)| offer(region));
        }
        best
    }
}

/// Returns the registry of this process.
pub fn registry() -> &'static Registry {
    static REGISTRY: Registry = Registry::new();
    &REGISTRY
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
