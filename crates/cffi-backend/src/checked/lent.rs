//! Memory that Python does not own and knows the extent of: buffers of Python objects, and memory with a destructor.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cffi_memory::NoMemory;
use rustc_hash::FxBuildHasher;

use super::error::{Report, damaged, has_room};
use super::{objects, site};
use crate::value::{CData, kept};
use cffi_regions::region::How;
use cffi_regions::registry::LentKey;
use cffi_regions::{Region, Site, crash, mapped, registry};
use cffi_rt::{Obj, Py};

/// The memory of another object that a cdata shows (`Now`), or showed until its release (`Before`).
enum Lent {
    Now(LentKey),
    Before(Arc<Region>),
}

type Owners = HashMap<usize, Lent, FxBuildHasher>;

/// The lent region of each cdata that has one, by the address of the object. Locked for a look-up; no Python code runs
/// meanwhile.
static OWNERS: Mutex<Owners> = Mutex::new(Owners::with_hasher(FxBuildHasher));

fn owners() -> MutexGuard<'static, Owners> {
    OWNERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes that a cdata lends a region, until it is released or deallocated.
///
/// # Errors
/// [`NoMemory`]
pub(super) fn lend_region(owner: &CData, region: Region) -> Result<(), NoMemory> {
    owners().try_reserve(1)?;
    let key = registry().lend(region)?;
    let old = owners().insert(owner.as_ptr().addr(), Lent::Now(key));
    if let Some(Lent::Now(old)) = old {
        registry().take_back(old);
    }
    Ok(())
}

/// Returns the region that a cdata lends, or the owner of the memory that it is a view of.
pub(super) fn region_of(cd: &CData) -> Option<Arc<Region>> {
    if !cd.is_tracked() {
        return None;
    }
    let owner = kept::keeper(cd).unwrap_or(cd);
    let key = match owners().get(&owner.as_ptr().addr())? {
        Lent::Now(key) => *key,
        Lent::Before(region) => return Some(Arc::clone(region)),
    };
    registry().lent(key)
}

/// Takes back what a cdata has lent.
pub(super) fn take_back(owner: usize) -> Option<Arc<Region>> {
    match owners().remove(&owner)? {
        Lent::Now(key) => registry().take_back(key),
        Lent::Before(_) => None,
    }
}

/// Takes back the buffer that a cdata has lent, whose object may be alive.
pub(super) fn buffer_ends(py: Py<'_>, owner: usize, exporter: Option<&Obj>, how: How) {
    let Some(region) = take_back(owner) else { return };
    let here = site::here(py);
    if how == How::Released {
        region.finish(here, how);
        let mut owners = owners();
        if owners.try_reserve(1).is_ok() {
            owners.insert(owner, Lent::Before(Arc::clone(&region)));
        }
    }
    let Some(exporter) = exporter else {
        remember(&region, here, how);
        return;
    };
    if objects::can_be_kept(py, exporter) {
        let known = || {
            let Region { start, len, kind, ref what, writable, made, .. } = *region;
            Region::lent(start, len, kind, what.clone(), writable, made)
        };
        objects::keep(py, exporter, region.start, known, Some(here), how);
    } else if let Some(base) = objects::base_of_view(py, exporter)
        && let Some((start, len)) = objects::memory_of(py, &base)
    {
        // The view shows a part of the object's memory, or all of it.
        let known = || {
            let what = format!("memory of a {} object", base.type_name());
            Region::lent(start, len, region.kind, &*what, region.writable, region.made)
        };
        // The object itself has not ended, even if the view was released.
        objects::keep(py, &base, start, known, Some(here), How::Abandoned);
    }
    remember(&region, here, how);
}

/// Returns the report of what C has written behind the memory that a cdata lends.
pub(super) fn damage(owner: &CData) -> Option<Report> {
    if !owner.is_tracked() {
        return None;
    }
    let owner = owner.target().unwrap_or(owner);
    region_of(owner).and_then(|region| report(&region))
}

fn report(region: &Region) -> Option<Report> {
    let damage = region.zone_damage().filter(|_| region.report_once())?;
    if !has_room() {
        return Some(Report::without_room());
    }
    let text = format!("C has written outside of memory that Python owns: {}", damaged(region, damage));
    Some(Report { text, notes: Vec::new() })
}

/// Takes back the memory with a destructor that a cdata has lent, before the destructor runs.
pub(super) fn destructor_runs(py: Py<'_>, owner: usize) -> Option<Arc<Region>> {
    let region = take_back(owner)?;
    if let Some(report) = report(&region) {
        py.with_saved_err(|| {
            let raised = report.raise(py);
            py.unraisable(raised, "at the end of memory of an allocator");
        });
    }
    Some(region)
}

/// The latest buffers and memory with destructors that have ended: for messages about addresses at which nothing is any
/// more.
static PAST: Mutex<VecDeque<Arc<Region>>> = Mutex::new(VecDeque::new());

/// The largest number of regions in [`PAST`].
const MOST_PAST: usize = 256;

/// Notes the end of a region for messages.
fn remember(region: &Arc<Region>, here: Site, how: How) {
    region.finish(here, how);
    let mut past = PAST.lock().unwrap_or_else(PoisonError::into_inner);
    if past.len() >= MOST_PAST {
        past.pop_front();
    }
    if past.try_reserve(1).is_ok() {
        past.push_back(Arc::clone(region));
    }
}

/// Returns the region that was at an address at which nothing is any more.
pub(super) fn past_at(address: usize) -> Option<Arc<Region>> {
    let past = PAST.lock().unwrap_or_else(PoisonError::into_inner);
    past.iter().rev().find(|region| (region.start..region.end()).contains(&address)).cloned()
}

/// The largest number of regions in [`DESTROYED`].
const MOST: usize = 64;

/// The regions whose destructors have run since C code ran last. C's allocator may have given out their memory again as
/// soon as other C code runs.
static DESTROYED: Mutex<Destroyed> = Mutex::new(Destroyed { calls: 0, regions: Vec::new() });

/// The number of entries of [`DESTROYED`], so that a look-up for other addresses costs a load.
static DESTROYED_COUNT: AtomicUsize = AtomicUsize::new(0);

struct Destroyed {
    /// The number of calls of C when the regions were added.
    calls: u64,
    regions: Vec<Arc<Region>>,
}

/// Notes that the destructor of memory has run. What `free()` has got is known better.
pub(super) fn destroyed(py: Py<'_>, region: Arc<Region>) {
    if registry().find(region.start).is_some() {
        return;
    }
    py.with_saved_err(|| remember(&region, site::here(py), How::Destroyed));
    let mut destroyed = DESTROYED.lock().unwrap_or_else(PoisonError::into_inner);
    let calls = mapped::generation();
    if destroyed.calls != calls || destroyed.regions.len() >= MOST {
        destroyed.regions.clear();
        destroyed.calls = calls;
    }
    if destroyed.regions.try_reserve(1).is_ok() {
        destroyed.regions.push(region);
    }
    DESTROYED_COUNT.store(destroyed.regions.len(), Ordering::Relaxed);
}

/// Returns the region that a range touches and whose destructor has run, if no C code has run since then.
pub(super) fn destroyed_at(address: usize, len: usize) -> Option<Arc<Region>> {
    if DESTROYED_COUNT.load(Ordering::Relaxed) == 0 || crash::is_in_call() {
        return None;
    }
    let destroyed = DESTROYED.lock().unwrap_or_else(PoisonError::into_inner);
    if destroyed.calls != mapped::generation() {
        return None;
    }
    let end = address.saturating_add(len.max(1));
    destroyed.regions.iter().rev().find(|region| address < region.end() && region.start < end).cloned()
}
