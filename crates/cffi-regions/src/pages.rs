//! Memory that ends at a page which nobody can use, so that even a read of C code beyond it ends in a signal.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};

static WANTED: AtomicBool = AtomicBool::new(false);

/// Whether blocks can end at a page without permissions here.
pub const ARE_POSSIBLE: bool = cfg!(unix);

/// Makes all blocks from now on end at a page without permissions.
pub fn want() {
    WANTED.store(true, Ordering::Relaxed);
}

/// Returns whether blocks end at a page without permissions.
#[inline]
pub fn are_wanted() -> bool {
    ARE_POSSIBLE && WANTED.load(Ordering::Relaxed)
}

/// Pages of zeros, and a page without permissions behind them. They are given back when the value is dropped.
#[derive(Debug)]
pub(crate) struct Pages {
    base: NonNull<u8>,
    usable: usize,
    closed: AtomicBool,
}

impl Pages {
    /// Maps at least `least` bytes. Returns `None` if the system has none to give, or no room for another mapping.
    pub(crate) fn new(least: usize) -> Option<Pages> {
        let usable = least.checked_next_multiple_of(system::page_size())?;
        let base = system::map(usable, usable.checked_add(system::page_size())?)?;
        Some(Pages { base, usable, closed: AtomicBool::new(false) })
    }

    /// Returns the address of the first byte.
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Returns the number of bytes that can be used.
    pub(crate) fn usable(&self) -> usize {
        self.usable
    }

    /// Returns the number of bytes together with those of the page without permissions.
    pub(crate) fn total(&self) -> usize {
        self.usable + system::page_size()
    }

    /// Returns whether the bytes can be used no longer.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Takes the permissions from all pages, and gives their memory back. The addresses stay taken.
    pub(crate) fn close(&self) {
        if !self.closed.swap(true, Ordering::AcqRel) {
            // SAFETY: the mapping is this one's, and nothing uses its pages any more but what the closing is meant to find.
            unsafe { system::close(self.base, self.usable) };
        }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: the mapping is this one's, and gone with it.
        unsafe { system::unmap(self.base, self.total()) };
    }
}

#[cfg(unix)]
mod system {
    use std::ptr::NonNull;

    pub(super) use crate::mapped::page_size;

    /// Maps `total` bytes, of which the first `usable` ones can be used.
    pub(super) fn map(usable: usize, total: usize) -> Option<NonNull<u8>> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping at an address that the kernel chooses; nothing else refers to it. The first pages of it get
        // permissions, or all of it is given back.
        unsafe {
            let at = libc::mmap(std::ptr::null_mut(), total, libc::PROT_NONE, flags, -1, 0);
            if at == libc::MAP_FAILED {
                return None;
            }
            if libc::mprotect(at, usable, libc::PROT_READ | libc::PROT_WRITE) != 0 {
                libc::munmap(at, total);
                return None;
            }
            NonNull::new(at.cast())
        }
    }

    /// Takes the permissions from pages of [`map`], and gives their memory back.
    ///
    /// # Safety
    /// The pages are those of a mapping that [`map`] has made, and no code of this crate uses them any more.
    pub(super) unsafe fn close(base: NonNull<u8>, usable: usize) {
        // SAFETY: the caller promises pages that are not used. C code that uses them all the same is what the signal is for.
        unsafe {
            libc::madvise(base.as_ptr().cast(), usable, libc::MADV_DONTNEED);
            libc::mprotect(base.as_ptr().cast(), usable, libc::PROT_NONE);
        }
    }

    /// Gives a mapping of [`map`] back.
    ///
    /// # Safety
    /// It is a whole mapping that [`map`] has made, and nobody uses it any more.
    pub(super) unsafe fn unmap(base: NonNull<u8>, total: usize) {
        // SAFETY: the caller promises a whole mapping that is not used any more.
        unsafe { libc::munmap(base.as_ptr().cast(), total) };
    }
}

#[cfg(not(unix))]
mod system {
    use std::ptr::NonNull;

    pub(super) fn page_size() -> usize {
        4096
    }

    pub(super) fn map(_usable: usize, _total: usize) -> Option<NonNull<u8>> {
        None
    }

    pub(super) unsafe fn close(_base: NonNull<u8>, _usable: usize) {}

    pub(super) unsafe fn unmap(_base: NonNull<u8>, _total: usize) {}
}
