//! Which addresses are mapped, and what may be done there.
//!
//! On Linux the mappings come from `/proc/self/maps`. The list is kept, and read again when an address is not in it. What
//! the list says of libraries, of the heap and of the stack holds until C code has run; for other mappings, which a program
//! takes and gives back all the time, the kernel is asked each time whether they can still be used. Other systems are only
//! asked whether something is mapped.

use std::sync::atomic::{AtomicU64, Ordering};

/// The kind of access at an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// It is read.
    Read,
    /// It is written to.
    Write,
    /// It is called.
    Execute,
}

/// The reason why an address cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lack {
    /// Nothing is mapped at this address.
    Unmapped(usize),
    /// Something is mapped at this address, without the permission.
    Permission(usize),
    /// A file is mapped at this address, which has become too short.
    Shortened(usize),
}

impl Lack {
    /// Returns the address.
    pub fn at(self) -> usize {
        let (Lack::Unmapped(at) | Lack::Permission(at) | Lack::Shortened(at)) = self;
        at
    }
}

/// The number of times that C code has run, which may have changed the mappings.
static GENERATION: AtomicU64 = AtomicU64::new(1);

/// Notes that C code has run, which may have changed the mappings.
pub fn may_have_changed() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// Returns the number of times that C code has run.
pub fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// Checks that all of `len` bytes at an address can be used.
///
/// # Errors
/// The first address that cannot be used, and why.
pub fn check(address: usize, len: usize, need: Need) -> Result<(), Lack> {
    match address.checked_add(len.max(1)) {
        Some(end) => system::check(address, end, need),
        None => Err(Lack::Unmapped(usize::MAX)),
    }
}

/// Returns how many of the `most` bytes at an address can be read.
pub fn readable(address: usize, most: usize) -> usize {
    let most = most.min(usize::MAX - address);
    match check(address, most, Need::Read) {
        Ok(()) => most,
        Err(lack) => lack.at().saturating_sub(address).min(most),
    }
}

/// Returns the file of the library that an address lies in, code or data; `None` if it lies in none.
#[cfg(unix)]
pub fn library_at(address: usize) -> Option<String> {
    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: the function fills the structure, and its name is copied at once, while the library is open.
    unsafe {
        if libc::dladdr(std::ptr::without_provenance(address), info.as_mut_ptr()) == 0 {
            return None;
        }
        let name = info.assume_init().dli_fname;
        (!name.is_null()).then(|| std::ffi::CStr::from_ptr(name).to_string_lossy().into_owned())
    }
}

/// Returns nothing: no function tells it here.
#[cfg(not(unix))]
pub fn library_at(_address: usize) -> Option<String> {
    None
}

/// Returns the addresses from the first to the last byte of the library that a handle of `dlopen()` is for; `None` where
/// that is not known.
///
/// # Safety
/// The library is open.
pub unsafe fn span_of_library(handle: *mut std::ffi::c_void) -> Option<(usize, usize)> {
    // SAFETY: the caller promises that the library is open.
    unsafe { system::span_of_library(handle) }
}

/// Returns whether an address lies in the stack of the main thread, where that is known.
pub fn is_stack(address: usize) -> bool {
    system::is_stack(address)
}

/// Returns the number of bytes of a page.
#[cfg(unix)]
pub fn page_size() -> usize {
    pages::size()
}

/// Returns the number of bytes of a page: of a usual one.
#[cfg(not(unix))]
pub fn page_size() -> usize {
    4096
}

#[cfg(unix)]
mod pages {
    use std::sync::OnceLock;

    /// Returns the size of a page.
    pub(crate) fn size() -> usize {
        static SIZE: OnceLock<usize> = OnceLock::new();
        // SAFETY: the call has no requirements and changes nothing.
        *SIZE.get_or_init(|| usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096))
    }

    /// Returns the first address of the range at which nothing is mapped, as the kernel says.
    pub(super) fn first_unmapped(address: usize, end: usize) -> Option<usize> {
        const AT_ONCE: usize = 256;
        let size = size();
        let mut page = address & !(size - 1);
        while page < end {
            let count = (end - page).div_ceil(size).min(AT_ONCE);
            if !is_mapped(page, count) {
                let gap = (0..count).map(|n| page + n * size).find(|page| !is_mapped(*page, 1));
                return gap.map(|gap| gap.max(address));
            }
            match page.checked_add(count * size) {
                Some(next) => page = next,
                None => break,
            }
        }
        None
    }

    /// The answer of the kernel to the question whether pages can be used.
    #[cfg(target_os = "linux")]
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub(super) enum Usable {
        Yes,
        /// Nothing is mapped there, or the permission is missing, or the kernel cannot tell.
        Unsure,
        /// The file that is mapped at this address has become too short.
        Shortened(usize),
    }

    /// Asks the kernel whether the pages of a range can be read, or written to. It makes them ready for that.
    #[cfg(target_os = "linux")]
    pub(super) fn usable(address: usize, end: usize, write: bool) -> Usable {
        static IS_KNOWN: OnceLock<bool> = OnceLock::new();
        let advice = if write { libc::MADV_POPULATE_WRITE } else { libc::MADV_POPULATE_READ };
        let page = address & !(size() - 1);
        let ask = |page: usize, len: usize| {
            let at = std::ptr::with_exposed_provenance_mut::<libc::c_void>(page);
            // SAFETY: the call changes no byte of the process; it loads pages that are going to be used. Errors are looked at.
            match unsafe { libc::madvise(at, len, advice) } {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error().raw_os_error().unwrap_or(0)),
            }
        };
        let one = 0_u8;
        if !*IS_KNOWN.get_or_init(|| ask((&raw const one).addr() & !(size() - 1), size()).is_ok()) {
            return if first_unmapped(address, end).is_none() { Usable::Yes } else { Usable::Unsure };
        }
        match ask(page, end - page) {
            Ok(()) => Usable::Yes,
            Err(libc::EFAULT) => {
                let mut pages = (page..end).step_by(size());
                let bad = pages.find(|page| ask(*page, size()) == Err(libc::EFAULT));
                bad.map_or(Usable::Unsure, |bad| Usable::Shortened(bad.max(address)))
            }
            Err(_) => Usable::Unsure,
        }
    }

    /// Returns whether something is mapped at each of `count` pages, of which there are at most 256.
    fn is_mapped(page: usize, count: usize) -> bool {
        let mut resident = [0_u8; 256];
        let at = std::ptr::with_exposed_provenance_mut::<libc::c_void>(page);
        // SAFETY: the call reads nothing at the address, and writes one byte for each page; errors are looked at.
        let status = unsafe { libc::mincore(at, count * size(), resident.as_mut_ptr().cast()) };
        status == 0 || std::io::Error::last_os_error().raw_os_error() != Some(libc::ENOMEM)
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{PoisonError, RwLock};

    use super::pages::Usable;
    use super::{GENERATION, Lack, Need, pages};

    /// A mapping with its permissions.
    struct Mapping {
        start: usize,
        end: usize,
        read: bool,
        write: bool,
        execute: bool,
        /// Whether it lasts until C code changes it.
        lasts: bool,
        stack: bool,
        /// The number of the first one of the mappings of the file that follow one another; `None` if it has no file.
        file: Option<usize>,
    }

    impl Mapping {
        fn allows(&self, need: Need) -> bool {
            match need {
                Need::Read => self.read,
                Need::Write => self.write,
                Need::Execute => self.execute,
            }
        }
    }

    /// The mappings in the order of their addresses, and the generation in which they were read.
    struct Snapshot {
        mappings: Vec<Mapping>,
        generation: u64,
    }

    static SNAPSHOT: RwLock<Snapshot> = RwLock::new(Snapshot { mappings: Vec::new(), generation: 0 });

    /// The answer of a list of mappings.
    enum Answer {
        /// All bytes can be used.
        Usable,
        /// All bytes can be used, if they are still mapped. The answer holds until C code runs (`true`) or not at all.
        Perhaps(bool),
        Lacks(Lack),
    }

    /// Pages that the kernel was asked for, each with the generation of the answer: `page << 16 | generation % 65536`, in
    /// the place that the page has.
    static ASKED: [AtomicU64; 256] = [const { AtomicU64::new(0) }; 256];

    /// Returns the place and the value of a range within one page.
    fn asked(address: usize, end: usize) -> Option<(&'static AtomicU64, u64)> {
        let page = address / pages::size();
        if (end - 1) / pages::size() != page {
            return None;
        }
        let value = (page as u64) << 16 | (GENERATION.load(Ordering::Relaxed) & 0xffff);
        Some((&ASKED[page % ASKED.len()], value))
    }

    impl Snapshot {
        fn ask(&self, address: usize, end: usize, need: Need) -> Answer {
            let mut at = address;
            let is_new = self.generation == GENERATION.load(Ordering::Relaxed);
            let mut lasts = true;
            let first = self.mappings.partition_point(|mapping| mapping.end <= address);
            for mapping in &self.mappings[first..] {
                if at < mapping.start {
                    return Answer::Lacks(Lack::Unmapped(at));
                }
                if !mapping.allows(need) {
                    return Answer::Lacks(Lack::Permission(at));
                }
                lasts &= mapping.lasts;
                at = mapping.end;
                if at >= end {
                    return if lasts && is_new { Answer::Usable } else { Answer::Perhaps(lasts) };
                }
            }
            Answer::Lacks(Lack::Unmapped(at))
        }
    }

    pub(super) fn check(address: usize, end: usize, need: Need) -> Result<(), Lack> {
        let answer = SNAPSHOT.read().unwrap_or_else(PoisonError::into_inner).ask(address, end, need);
        match answer {
            Answer::Usable => return Ok(()),
            Answer::Perhaps(lasts) => {
                let asked = if lasts { asked(address, end) } else { None };
                if asked.is_some_and(|(place, value)| place.load(Ordering::Relaxed) == value) {
                    return Ok(());
                }
                match ask_kernel(address, end, need) {
                    Usable::Yes => {
                        if let Some((place, value)) = asked {
                            place.store(value, Ordering::Relaxed);
                        }
                        return Ok(());
                    }
                    Usable::Shortened(at) => return Err(Lack::Shortened(at)),
                    Usable::Unsure => {}
                }
            }
            Answer::Lacks(_) => {}
        }
        let generation = GENERATION.load(Ordering::Relaxed);
        let Ok(text) = std::fs::read("/proc/self/maps") else {
            return pages::first_unmapped(address, end).map_or(Ok(()), |at| Err(Lack::Unmapped(at)));
        };
        let Some(mappings) = parse(&text) else {
            return pages::first_unmapped(address, end).map_or(Ok(()), |at| Err(Lack::Unmapped(at)));
        };
        let read = Snapshot { mappings, generation };
        let answer = read.ask(address, end, need);
        *SNAPSHOT.write().unwrap_or_else(PoisonError::into_inner) = read;
        match answer {
            Answer::Usable => Ok(()),
            Answer::Perhaps(_) => match ask_kernel(address, end, need) {
                Usable::Shortened(at) => Err(Lack::Shortened(at)),
                Usable::Yes | Usable::Unsure => Ok(()),
            },
            Answer::Lacks(lack) => Err(lack),
        }
    }

    fn ask_kernel(address: usize, end: usize, need: Need) -> Usable {
        match need {
            Need::Read | Need::Write => pages::usable(address, end, need == Need::Write),
            Need::Execute if pages::first_unmapped(address, end).is_none() => Usable::Yes,
            Need::Execute => Usable::Unsure,
        }
    }

    /// # Safety
    /// As for [`super::span_of_library`].
    pub(super) unsafe fn span_of_library(handle: *mut std::ffi::c_void) -> Option<(usize, usize)> {
        /// The first members of the structure that the loader keeps of a library.
        #[repr(C)]
        struct LinkMap {
            base: usize,
            name: *const std::ffi::c_char,
            dynamic: usize,
        }
        const RTLD_DI_LINKMAP: std::ffi::c_int = 2;
        #[cfg(not(target_env = "musl"))]
        use libc::dlinfo;
        // The crate `libc` does not declare it for musl, which has it.
        #[cfg(target_env = "musl")]
        unsafe extern "C" {
            fn dlinfo(
                handle: *mut std::ffi::c_void,
                request: std::ffi::c_int,
                out: *mut std::ffi::c_void,
            ) -> std::ffi::c_int;
        }
        let mut map: *const LinkMap = std::ptr::null();
        // SAFETY: the handle is that of an open library; the function stores the address of the loader's structure, which
        // lives as long as the library is open.
        let dynamic = unsafe {
            if dlinfo(handle, RTLD_DI_LINKMAP, (&raw mut map).cast()) != 0 || map.is_null() {
                return None;
            }
            (*map).dynamic
        };
        super::may_have_changed();
        SNAPSHOT.write().unwrap_or_else(PoisonError::into_inner).mappings.clear();
        let _ = check(dynamic, dynamic + 1, Need::Read);
        let snapshot = SNAPSHOT.read().unwrap_or_else(PoisonError::into_inner);
        let mappings = &snapshot.mappings;
        let here = mappings.iter().position(|mapping| (mapping.start..mapping.end).contains(&dynamic))?;
        let file = mappings[here].file;
        let ours = |mapping: &&Mapping| file.is_some() && mapping.file == file;
        let first = mappings[..here].iter().rev().take_while(ours).last().unwrap_or(&mappings[here]);
        let last = mappings[here..].iter().take_while(ours).last()?;
        // The data that begins as zeros follows, in a mapping without a file.
        let zeros = mappings.iter().find(|mapping| mapping.start == last.end && mapping.file.is_none());
        Some((first.start, zeros.map_or(last.end, |zeros| zeros.end)))
    }

    pub(super) fn is_stack(address: usize) -> bool {
        let _ = check(address, address.saturating_add(1), Need::Read);
        let snapshot = SNAPSHOT.read().unwrap_or_else(PoisonError::into_inner);
        snapshot
            .mappings
            .iter()
            .any(|mapping| mapping.stack && (mapping.start..mapping.end).contains(&address))
    }

    /// Reads the lines of `/proc/self/maps`: `start-end perms offset device inode path`. Returns `None` without memory.
    fn parse(text: &[u8]) -> Option<Vec<Mapping>> {
        let mut mappings: Vec<Mapping> = Vec::new();
        // The mappings of a file that follow one another are a library if one of them is code.
        let (mut file, mut first) = (&b""[..], 0);
        for (mut mapping, path) in text.split(|b| *b == b'\n').filter_map(line) {
            if path != file || !path.starts_with(b"/") {
                (file, first) = (path, mappings.len());
            }
            mapping.file = path.starts_with(b"/").then_some(first);
            cffi_memory::push(&mut mappings, mapping).ok()?;
            if !path.starts_with(b"/") {
                continue;
            }
            let same = &mut mappings[first..];
            if same.iter().any(|mapping| mapping.execute) {
                same.iter_mut().for_each(|mapping| mapping.lasts = true);
            }
        }
        Some(mappings)
    }

    fn line(line: &[u8]) -> Option<(Mapping, &[u8])> {
        let text = std::str::from_utf8(line.get(..line.len().min(400))?).ok()?;
        let mut words = text.split_ascii_whitespace();
        let (start, end) = words.next()?.split_once('-')?;
        let permissions = words.next()?.as_bytes();
        let path = words.nth(3).unwrap_or("");
        let mapping = Mapping {
            start: usize::from_str_radix(start, 16).ok()?,
            end: usize::from_str_radix(end, 16).ok()?,
            read: permissions.first() == Some(&b'r'),
            write: permissions.get(1) == Some(&b'w'),
            execute: permissions.get(2) == Some(&b'x'),
            lasts: path == "[heap]" || path == "[stack]",
            stack: path == "[stack]",
            file: None,
        };
        let name = line.iter().position(|b| *b == b'/').map_or(path.as_bytes(), |at| &line[at..]);
        Some((mapping, name))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn lines_are_read() {
            let text = b"1000-3000 r-xp 00000000 08:01 12  /usr/lib/x.so\n3000-4000 rw-p 0 00:00 0 [heap]\n\
                         8000-9000 ---p 00000000 00:00 0 \nnonsense\n";
            let snapshot = Snapshot {
                mappings: parse(text).unwrap_or_default(),
                generation: GENERATION.load(Ordering::Relaxed),
            };
            assert_eq!(snapshot.mappings.len(), 3);
            let ask = |address, end, need| match snapshot.ask(address, end, need) {
                Answer::Usable | Answer::Perhaps(_) => None,
                Answer::Lacks(lack) => Some(lack),
            };
            assert_eq!(ask(0x1000, 0x4000, Need::Read), None);
            assert_eq!(ask(0x1000, 0x3000, Need::Execute), None);
            assert_eq!(ask(0x2ff0, 0x3001, Need::Write), Some(Lack::Permission(0x2ff0)));
            assert_eq!(ask(0x3ff0, 0x4001, Need::Read), Some(Lack::Unmapped(0x4000)));
            assert_eq!(ask(0x8000, 0x8001, Need::Read), Some(Lack::Permission(0x8000)));
            assert_eq!(ask(0x9000, 0x9001, Need::Read), Some(Lack::Unmapped(0x9000)));
            assert_eq!(ask(0x10, 0x11, Need::Read), Some(Lack::Unmapped(0x10)));
        }

        #[test]
        fn libraries_last_and_data_files_do_not() {
            let text = b"1000-2000 r--p 0 08:01 12  /usr/lib/x.so\n2000-3000 r-xp 0 08:01 12 /usr/lib/x.so\n\
                         3000-4000 rw-p 0 08:01 12 /usr/lib/x.so\n4000-5000 rw-s 0 08:01 13 /srv/data\n\
                         5000-6000 rw-p 0 00:00 0 [heap]\n";
            let lasts: Vec<bool> =
                parse(text).unwrap_or_default().iter().map(|mapping| mapping.lasts).collect();
            assert_eq!(lasts, [true, true, true, false, true]);
        }
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
mod system {
    use super::{Lack, Need, pages};

    pub(super) fn check(address: usize, end: usize, _need: Need) -> Result<(), Lack> {
        pages::first_unmapped(address, end).map_or(Ok(()), |at| Err(Lack::Unmapped(at)))
    }

    pub(super) fn is_stack(_address: usize) -> bool {
        false
    }

    /// # Safety
    /// As for [`super::span_of_library`].
    pub(super) unsafe fn span_of_library(_handle: *mut std::ffi::c_void) -> Option<(usize, usize)> {
        None
    }
}

#[cfg(not(unix))]
mod system {
    use super::{Lack, Need};

    /// The first 64 KiB of the address space, which no process can use.
    const NOBODYS: usize = 0x1_0000;

    pub(super) fn check(address: usize, _end: usize, _need: Need) -> Result<(), Lack> {
        if address < NOBODYS { Err(Lack::Unmapped(address)) } else { Ok(()) }
    }

    pub(super) fn is_stack(_address: usize) -> bool {
        false
    }

    /// # Safety
    /// As for [`super::span_of_library`].
    pub(super) unsafe fn span_of_library(_handle: *mut std::ffi::c_void) -> Option<(usize, usize)> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn map(len: usize, protection: i32) -> usize {
        // Other threads of the test program get no memory in this part of the address space.
        let far =
            std::ptr::without_provenance_mut(if size_of::<usize>() == 8 { 0x1234_5670_0000 } else { 0 });
        // SAFETY: a new private mapping; the kernel chooses the address, near the one that is wished for.
        let at = unsafe { libc::mmap(far, len, protection, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0) };
        assert_ne!(at, libc::MAP_FAILED);
        at.expose_provenance()
    }

    fn unmap(at: usize, len: usize) {
        // SAFETY: a part of a mapping that the test made itself.
        assert_eq!(unsafe { libc::munmap(std::ptr::with_exposed_provenance_mut(at), len) }, 0);
    }

    fn protect(at: usize, len: usize, protection: i32) {
        // SAFETY: a part of a mapping that the test made itself.
        assert_eq!(unsafe { libc::mprotect(std::ptr::with_exposed_provenance_mut(at), len, protection) }, 0);
    }

    #[test]
    fn mappings_come_and_go() {
        let page = pages::size();
        let at = map(4 * page, libc::PROT_READ | libc::PROT_WRITE);
        assert_eq!(check(at, 4 * page, Need::Write), Ok(()));
        assert_eq!(check(at, 8, Need::Execute), Err(Lack::Permission(at)));
        unmap(at + page, page);
        assert_eq!(check(at, 4 * page, Need::Read), Err(Lack::Unmapped(at + page)));
        assert_eq!(check(at + 2 * page, 2 * page, Need::Read), Ok(()));
        assert_eq!(readable(at + 10, 3 * page), page - 10);
        unmap(at, page);
        unmap(at + 2 * page, 2 * page);
        assert_eq!(check(at, 1, Need::Read), Err(Lack::Unmapped(at)));
        let closed = map(2 * page, libc::PROT_READ | libc::PROT_WRITE);
        assert_eq!(check(closed, 2 * page, Need::Write), Ok(()));
        protect(closed + page, page, libc::PROT_READ);
        assert_eq!(check(closed, 2 * page, Need::Read), Ok(()));
        assert_eq!(check(closed, 2 * page, Need::Write), Err(Lack::Permission(closed + page)));
        protect(closed, page, libc::PROT_NONE);
        assert_eq!(check(closed + 8, 8, Need::Read), Err(Lack::Permission(closed + 8)));
        unmap(closed, 2 * page);
        let again = map(page, libc::PROT_READ);
        assert_eq!(check(again, page, Need::Read), Ok(()));
        assert_eq!(check(again, 1, Need::Write), Err(Lack::Permission(again)));
        unmap(again, page);
    }

    #[test]
    fn what_the_process_has_is_mapped() {
        let (local, constant) = (5_u64, "text");
        let boxed = Box::new(7_u32);
        assert_eq!(check((&raw const local).addr(), 8, Need::Write), Ok(()));
        assert_eq!(check((&raw const *boxed).addr(), 4, Need::Write), Ok(()));
        assert_eq!(check(constant.as_ptr().addr(), 4, Need::Read), Ok(()));
        assert!(check(constant.as_ptr().addr(), 4, Need::Write).is_err());
        assert_eq!(check(map as fn(usize, i32) -> usize as usize, 1, Need::Execute), Ok(()));
        for wild in [0, 8, 0xdead_beef_0000, usize::MAX - 3, 1 << 62] {
            assert!(check(wild, 4, Need::Read).is_err(), "{wild:#x}");
        }
    }
}
