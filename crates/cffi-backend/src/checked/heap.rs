//! Memory of `malloc()` that a program passes to `free()`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxBuildHasher;

use super::{quarantine, site};
use cffi_regions::region::{How, Kind};
use cffi_regions::{Region, Site, registry};
use cffi_rt::Py;

/// The largest number of blocks of `malloc()` whose lines are kept.
const MOST: usize = 65_536;

/// The lines that have called `malloc()` and its like, by the address of the block. For messages only.
static MADE: Mutex<HashMap<usize, Site, FxBuildHasher>> = Mutex::new(HashMap::with_hasher(FxBuildHasher));

/// Notes the line that has made a block of `malloc()`.
pub(super) fn allocated(py: Py<'_>, address: usize) {
    let here = site::here(py);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if made.len() >= MOST {
        made.clear();
    }
    made.insert(address, here);
}

/// Returns the number of bytes of a block of `malloc()`, where the C library tells it.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn usable_size(address: usize) -> Option<usize> {
    // SAFETY: a program has passed the address to `free()`, so it is that of a block.
    Some(unsafe { libc::malloc_usable_size(std::ptr::with_exposed_provenance_mut(address)) })
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn usable_size(_address: usize) -> Option<usize> {
    None
}

/// Puts memory of C that a program frees into quarantine. Returns false where the program has to free it itself.
pub(super) fn defer_free(py: Py<'_>, address: usize) -> bool {
    let Some(size) = usable_size(address).filter(|size| *size > 0) else { return false };
    let here = site::here(py);
    let made = MADE.lock().unwrap_or_else(PoisonError::into_inner).remove(&address);
    let made = made.unwrap_or(Site::NONE);
    let region = Region::lent(address, size, Kind::Heap, "memory", true, made);
    let region = Arc::new(region);
    region.finish(here, How::Freed);
    registry().add(&region);
    quarantine::bury(py, region, here, How::Freed);
    true
}
