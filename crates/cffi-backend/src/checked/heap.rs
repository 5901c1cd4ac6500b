//! Memory of `malloc()` that a program passes to `free()`.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::{Report, has_room};
use super::{quarantine, site};
use cffi_regions::region::{How, Kind};
use cffi_regions::{Region, Site, What, block, mapped, registry};
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
///
/// # Safety
/// The address is that of a block of `malloc()` that is not freed.
pub(super) unsafe fn allocated(py: Py<'_>, address: usize) {
    let site = site::here(py);
    // SAFETY: the caller promises such a block.
    let size = unsafe { usable_size(address) }.unwrap_or(0);
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

/// Lays a guard zone behind `size` bytes of a new block.
///
/// # Safety
/// The block has room for the zone behind so many bytes, and nobody uses that room.
pub(super) unsafe fn lay_zone(address: *mut u8, size: usize) {
    // SAFETY: the caller promises the room.
    unsafe { block::lay_zone(address.add(size)) };
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
        // SAFETY: the address lies 16 bytes or more behind the start of a block and within it, so the word before can be read.
        if address - start >= block.size || (address.is_multiple_of(16) && unsafe { may_be_block(address) }) {
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
///
/// # Safety
/// The 8 bytes before the address can be read.
#[cfg(all(target_env = "gnu", target_pointer_width = "64"))]
unsafe fn may_be_block(address: usize) -> bool {
    let at = std::ptr::with_exposed_provenance::<usize>(address - 8);
    // SAFETY: the caller promises that this word can be read.
    let word = unsafe { at.read() };
    let size = word & !15;
    (32..1 << 40).contains(&size) && word & 8 == 0 && mapped::check(address, size, mapped::Need::Read).is_ok()
}

/// Returns true: nothing is known of the blocks of this C library.
///
/// # Safety
/// None. The function of other platforms has a duty.
#[cfg(not(all(target_env = "gnu", target_pointer_width = "64")))]
unsafe fn may_be_block(_address: usize) -> bool {
    true
}

/// Copies what `realloc()` keeps from an old block to a new one, and puts the old one into quarantine.
///
/// # Safety
/// Both are different blocks of `malloc()` that are not freed. The program has given the old one up.
pub(super) unsafe fn moved(py: Py<'_>, from: usize, to: usize) {
    // SAFETY: the caller promises such blocks.
    let (Some(old), Some(new)) = (unsafe { usable_size(from) }, unsafe { usable_size(to) }) else { return };
    let (source, target) =
        (std::ptr::with_exposed_provenance::<u8>(from), std::ptr::with_exposed_provenance_mut::<u8>(to));
    // SAFETY: both are blocks of the allocator that have at least so many bytes, and the new one is another block.
    unsafe { std::ptr::copy_nonoverlapping(source, target, old.min(new)) };
    // SAFETY: the caller promises that the program has given the old block up.
    if !unsafe { defer_free(py, from) } {
        // SAFETY: the program has given the block to `realloc()`, and has got another one.
        unsafe { libc::free(std::ptr::with_exposed_provenance_mut(from)) };
    }
}

/// Returns the number of bytes of a block of `malloc()`, where the C library tells it.
///
/// # Safety
/// The address is that of a block of `malloc()` that is not freed.
#[cfg(any(target_os = "linux", target_os = "android"))]
unsafe fn usable_size(address: usize) -> Option<usize> {
    // SAFETY: the caller promises such a block.
    Some(unsafe { libc::malloc_usable_size(std::ptr::with_exposed_provenance_mut(address)) })
}

/// Returns `None`: the C library does not tell the size of a block.
///
/// # Safety
/// None. The function of other platforms has a duty.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
unsafe fn usable_size(_address: usize) -> Option<usize> {
    None
}

/// Puts memory of C that a program frees into quarantine. Returns false where the program has to free it itself.
///
/// # Safety
/// The address is that of a block of `malloc()` that the program gives up. If the function returns true, nobody else frees it.
pub(super) unsafe fn defer_free(py: Py<'_>, address: usize) -> bool {
    // SAFETY: the caller promises such a block.
    let Some(size) = unsafe { usable_size(address) }.filter(|size| *size > 0) else { return false };
    let here = site::here(py);
    let made = made().remove(&address).map_or(Site::NONE, |block| block.site);
    let region = Region::lent(address, size, Kind::Heap, What::Named("memory"), true, made);
    // Without memory, the program frees it at once.
    let Ok(region) = region.shared() else { return false };
    region.finish(here, How::Freed);
    if registry().add(&region).is_err() {
        return false;
    }
    // SAFETY: the caller promises such a block, and that nobody else frees it after this function has returned true.
    unsafe { region.set_heap() };
    quarantine::bury(py, region, here, How::Freed);
    true
}
