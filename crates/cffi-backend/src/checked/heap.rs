//! Memory of `malloc()` that a program passes to `free()`.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::{Report, has_room};
use super::{quarantine, site};
use cffi_regions::region::{How, Kind};
use cffi_regions::{Damage, Region, Site, What, block, mapped, registry};
use cffi_rt::Py;

/// The largest number of blocks of `malloc()` whose lines are kept.
const MOST: usize = 65_536;

/// A block of `malloc()` that Python code has asked for.
struct Made {
    size: usize,
    site: Site,
}

/// The blocks by their addresses. C code may free them without notice, so they are believed only where that does no
/// harm: for messages, and for addresses that no allocator gives out.
static MADE: Mutex<BTreeMap<usize, Made>> = Mutex::new(BTreeMap::new());

fn made() -> MutexGuard<'static, BTreeMap<usize, Made>> {
    MADE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes the line that has made a block of `malloc()`.
pub(super) fn allocated(py: Py<'_>, address: usize) {
    let site = site::here(py);
    let size = usable_size(address).unwrap_or(0);
    if !has_room() {
        return;
    }
    let mut made = made();
    if made.len() >= MOST {
        made.clear();
    }
    made.insert(address, Made { size, site });
}

/// Returns whether Python code has got a block of `malloc()` at the address, and has not freed it.
pub(super) fn is_made(address: usize) -> bool {
    made().contains_key(&address)
}

/// Lays a guard zone behind `size` bytes of a new block of `malloc()` that has room for it.
pub(super) fn lay_zone(address: *mut u8, size: usize) {
    // SAFETY: the block was made with so many more bytes, and nobody has seen it.
    unsafe { block::lay_zone(address.add(size)) };
}

/// Returns what was written to the guard zone behind lent memory that is still there.
pub(super) fn damage(region: &Region) -> Option<Damage> {
    if region.zone == 0 {
        return None;
    }
    let zone = std::ptr::with_exposed_provenance::<u8>(region.start + region.zone);
    // SAFETY: the zone was laid when the region was made, and its owner has not freed the memory yet.
    let (first, last) = unsafe { block::zone_damage(zone)? };
    Some(Damage { offset: (region.zone + first).cast_signed(), bytes: last - first + 1 })
}

/// Returns the reason why an address is none that `free()` takes, if that is certain.
pub(super) fn never_allocated(address: usize) -> Option<Report> {
    let (text, notes) = if let Some(library) = mapped::library_at(address) {
        ("memory of a library", vec![format!("{address:#x} lies in {library}")])
    } else if mapped::is_stack(address) {
        ("memory of the stack", vec![format!("{address:#x} lies in the stack of the main thread")])
    } else {
        let made = made();
        let (start, block) = made.range(..address).next_back()?;
        if address - start >= block.size || (address.is_multiple_of(16) && may_be_block(address)) {
            return None;
        }
        let (distance, size, site) = (address - start, block.size, block.site);
        let note = format!(
            "{address:#x} is {distance} bytes from the start of memory of malloc() made at {site}, {size} bytes"
        );
        ("an address in the middle of a block", vec![note])
    };
    Some(Report { text: text.into(), notes })
}

/// Returns whether the word before an address can be the size of a block in use, as the GNU C library has it.
#[cfg(all(target_env = "gnu", target_pointer_width = "64"))]
fn may_be_block(address: usize) -> bool {
    let at = std::ptr::with_exposed_provenance::<usize>(address - 8);
    // SAFETY: the caller has found the address to lie behind the start of a block, so this word can be read.
    let word = unsafe { at.read() };
    let size = word & !15;
    (32..1 << 40).contains(&size) && word & 8 == 0 && mapped::check(address, size, mapped::Need::Read).is_ok()
}

#[cfg(not(all(target_env = "gnu", target_pointer_width = "64")))]
fn may_be_block(_address: usize) -> bool {
    true
}

/// Copies what `realloc()` keeps from an old block to a new one, and puts the old one into quarantine.
pub(super) fn moved(py: Py<'_>, from: usize, to: usize) {
    let (Some(old), Some(new)) = (usable_size(from), usable_size(to)) else { return };
    let (source, target) =
        (std::ptr::with_exposed_provenance::<u8>(from), std::ptr::with_exposed_provenance_mut::<u8>(to));
    // SAFETY: both are blocks of the allocator that have at least so many bytes, and the new one is another block.
    unsafe { std::ptr::copy_nonoverlapping(source, target, old.min(new)) };
    if !defer_free(py, from) {
        // SAFETY: the program has given the block to `realloc()`, and has got another one.
        unsafe { libc::free(std::ptr::with_exposed_provenance_mut(from)) };
    }
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
    let made = made().remove(&address).map_or(Site::NONE, |block| block.site);
    let region = Region::lent(address, size, Kind::Heap, What::Named("memory"), true, made);
    // Without memory, the program frees it at once.
    let Ok(region) = region.shared() else { return false };
    region.finish(here, How::Freed);
    if registry().add(&region).is_err() {
        return false;
    }
    quarantine::bury(py, region, here, How::Freed);
    true
}
