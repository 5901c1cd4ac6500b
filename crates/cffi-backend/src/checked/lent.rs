//! Memory that Python does not own and knows the extent of: buffers of Python objects, and memory with a destructor.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cffi_memory::NoMemory;
use rustc_hash::FxBuildHasher;

use super::error::{Report, damaged, has_room};
use super::{heap, objects, site};
use crate::value::{CData, kept};
use cffi_regions::region::How;
use cffi_regions::registry::LentKey;
use cffi_regions::{Region, registry};
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
    let Some(exporter) = exporter.filter(|exporter| objects::can_be_kept(py, exporter)) else { return };
    let known = || {
        let Region { start, len, kind, ref what, writable, made, .. } = *region;
        Region::lent(start, len, kind, what.clone(), writable, made)
    };
    objects::keep(py, exporter, region.start, known, Some(here), how);
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
    let damage = heap::damage(region).filter(|_| region.report_once())?;
    if !has_room() {
        return Some(Report::without_room());
    }
    let text = format!("C has written outside of memory that Python owns: {}", damaged(region, damage));
    Some(Report { text, notes: Vec::new() })
}

/// Takes back the memory with a destructor that a cdata has lent, before the destructor runs.
pub(super) fn destructor_runs(py: Py<'_>, owner: usize) {
    if let Some(report) = take_back(owner).as_deref().and_then(report) {
        py.with_saved_err(|| {
            let raised = report.raise(py);
            py.unraisable(raised, "at the end of memory of an allocator");
        });
    }
}
