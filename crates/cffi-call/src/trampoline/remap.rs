//! A second copy of code pages of this library, with data pages behind it.

use std::ffi::CString;
use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::ptr::{self, NonNull};

/// Maps a copy of `size` bytes of code, executable and not writable, followed by `size` bytes of zeroed data,
/// writable and not executable; gives back the data. `None` if the system refuses.
///
/// # Safety
/// `code` is page-aligned code of this program, whole pages long, that works at any address.
pub(super) unsafe fn map_with_data(code: *const u8, size: usize) -> Option<NonNull<u8>> {
    let whole = size.checked_mul(2)?;
    // SAFETY: a new mapping, of nobody else's memory.
    let base = unsafe {
        libc::mmap(
            ptr::null_mut(),
            whole,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if base == libc::MAP_FAILED {
        return None;
    }
    // SAFETY: `base` is ours for `whole` bytes; `code` as the caller says.
    unsafe {
        if !map_file(base.cast(), code, size) && !copy(base.cast(), code, size) {
            libc::munmap(base, whole);
            return None;
        }
        NonNull::new(base.cast::<u8>().add(size))
    }
}

/// Puts the pages of the library's file that hold `code` at `to`.
///
/// # Safety
/// As for [`map_with_data`]; `to` is the caller's own mapping of at least `size` bytes.
unsafe fn map_file(to: *mut u8, code: *const u8, size: usize) -> bool {
    let Some((file, offset)) = backing_file(code as usize) else { return false };
    // The file may differ from the loaded one, so its bytes are compared.
    let mut bytes = vec![0_u8; size];
    // SAFETY: code of this program, readable.
    let wanted = unsafe { std::slice::from_raw_parts(code, size) };
    if file.read_exact_at(&mut bytes, offset).is_err() || bytes != wanted {
        return false;
    }
    let Ok(offset) = libc::off_t::try_from(offset) else { return false };
    let fd = OwnedFd::from(file);
    // SAFETY: replaces the first part of the caller's own mapping.
    let mapped = unsafe {
        libc::mmap(
            to.cast(),
            size,
            libc::PROT_READ | libc::PROT_EXEC,
            libc::MAP_PRIVATE | libc::MAP_FIXED,
            fd.as_raw_fd(),
            offset,
        )
    };
    mapped != libc::MAP_FAILED
}

/// Copies the code; the pages can be written first, then executed, never both.
///
/// # Safety
/// As for [`map_file`].
unsafe fn copy(to: *mut u8, code: *const u8, size: usize) -> bool {
    // SAFETY: the caller's own writable pages. (A failed MAP_FIXED leaves the old mapping in place, or none:
    // then mprotect, asked first, fails.)
    unsafe {
        if libc::mprotect(to.cast(), size, libc::PROT_READ | libc::PROT_WRITE) != 0 {
            return false;
        }
        to.copy_from_nonoverlapping(code, size);
        libc::mprotect(to.cast(), size, libc::PROT_READ | libc::PROT_EXEC) == 0
    }
}

/// Returns the file that is mapped at an address, and where in it the address lies, from `/proc/self/maps`.
fn backing_file(address: usize) -> Option<(fs::File, u64)> {
    let maps = fs::read("/proc/self/maps").ok()?;
    let mapping = maps.split(|b| *b == b'\n').filter_map(parse_line).find(|m| m.contains(address))?;
    let file = fs::File::open(&mapping.path).ok()?;
    let same = file.metadata().is_ok_and(|m| m.is_file() && m.ino() == mapping.inode);
    same.then_some((file, mapping.offset + (address - mapping.start) as u64))
}

struct Mapping {
    start: usize,
    end: usize,
    offset: u64,
    inode: u64,
    path: PathBuf,
}

impl Mapping {
    fn contains(&self, address: usize) -> bool {
        (self.start..self.end).contains(&address)
    }
}

/// Parses one line: `start-end perms offset device inode   path`; returns `None` if it is not a file.
fn parse_line(line: &[u8]) -> Option<Mapping> {
    let slash = line.iter().position(|b| *b == b'/')?;
    let head = std::str::from_utf8(&line[..slash]).ok()?;
    let mut words = head.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let (_permissions, offset, _device, inode) = (words.next()?, words.next()?, words.next()?, words.next()?);
    // A NUL cannot be in it; going through CString keeps the bytes as they are.
    let path = CString::new(&line[slash..]).ok()?;
    Some(Mapping {
        start: usize::from_str_radix(start, 16).ok()?,
        end: usize::from_str_radix(end, 16).ok()?,
        offset: u64::from_str_radix(offset, 16).ok()?,
        inode: inode.parse().ok()?,
        path: PathBuf::from(std::ffi::OsStr::from_bytes(path.as_bytes())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 4096;

    /// Returns the address of a page of this program's code.
    fn code() -> *const u8 {
        (&raw const super::super::ferrocffi_trampolines).cast()
    }

    fn pages() -> *mut u8 {
        // SAFETY: a new mapping touches no memory that is in use.
        unsafe {
            libc::mmap(
                ptr::null_mut(),
                PAGE,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
            .cast()
        }
    }

    #[test]
    fn lines_are_understood() {
        let line = b"7f00-8f00 r-xp 00002000 fe:01 1234                       /usr/lib/a b.so";
        let mapping = parse_line(line).expect("a file");
        assert_eq!(
            (mapping.start, mapping.end, mapping.offset, mapping.inode),
            (0x7f00, 0x8f00, 0x2000, 1234)
        );
        assert_eq!(mapping.path, PathBuf::from("/usr/lib/a b.so"));
        assert!(parse_line(b"7ffc-7ffd rw-p 00000000 00:00 0    [stack]").is_none());
        assert!(parse_line(b"").is_none() && parse_line(b"/").is_none());
    }

    #[test]
    fn both_ways_give_the_same_code() {
        for way in [map_file, copy] {
            let to = pages();
            // SAFETY: one page of code, one page of our own.
            unsafe {
                assert!(way(to, code(), PAGE));
                assert_eq!(std::slice::from_raw_parts(to, PAGE), std::slice::from_raw_parts(code(), PAGE));
                libc::munmap(to.cast(), PAGE);
            }
        }
    }
}
