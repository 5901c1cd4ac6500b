//! Memory that Python does not own and knows the extent of: buffers of Python objects, and memory with a destructor.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3_ffi as ffi;
use rustc_hash::FxBuildHasher;

use super::site;
use crate::cdata::{from_buffer, gcp};
use crate::value::{CData, kept};
use cffi_regions::region::Kind;
use cffi_regions::registry::LentKey;
use cffi_regions::{Region, registry};
use cffi_rt::Py;

type Owners = HashMap<usize, LentKey, FxBuildHasher>;

/// The lent region of each cdata that has one, by the address of the object. Locked for a look-up; no Python code runs
/// meanwhile.
static OWNERS: Mutex<Owners> = Mutex::new(Owners::with_hasher(FxBuildHasher));

fn owners() -> MutexGuard<'static, Owners> {
    OWNERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes that a cdata lends memory, until it is released or deallocated.
pub(super) fn lend(py: Py<'_>, owner: &CData, len: usize, kind: Kind, what: &str, writable: bool) {
    lend_region(owner, Region::lent(owner.data().addr(), len, kind, what, writable, site::here(py)));
}

/// Notes that a cdata lends a region, as [`lend`] does.
pub(super) fn lend_region(owner: &CData, region: Region) {
    let key = registry().lend(region);
    if let Some(old) = owners().insert(owner.as_ptr().addr(), key) {
        registry().take_back(old);
    }
}

/// Returns the region that a cdata lends, or the owner of the memory that it is a view of.
pub(super) fn region_of(cd: &CData) -> Option<Arc<Region>> {
    if !cd.is_tracked() {
        return None;
    }
    let owner = kept::keeper(cd).unwrap_or(cd);
    let key = owners().get(&owner.as_ptr().addr()).copied()?;
    registry().lent(key)
}

/// Takes back what a cdata has lent.
pub(super) fn take_back(owner: usize) {
    let key = owners().remove(&owner);
    if let Some(key) = key {
        registry().take_back(key);
    }
}

/// `tp_dealloc` of buffers.
///
/// # Safety
/// Called by the interpreter when the last reference is gone.
pub(super) unsafe extern "C" fn dealloc_buffer(p: *mut ffi::PyObject) {
    take_back(p.addr());
    // SAFETY: the original function, with the object that the interpreter passed.
    unsafe { from_buffer::dealloc(p) };
}

/// `tp_dealloc` of cdata with a destructor.
///
/// # Safety
/// Called by the interpreter when the last reference is gone.
pub(super) unsafe extern "C" fn dealloc_gcp(p: *mut ffi::PyObject) {
    take_back(p.addr());
    // SAFETY: the original function, with the object that the interpreter passed.
    unsafe { gcp::dealloc(p) };
}
