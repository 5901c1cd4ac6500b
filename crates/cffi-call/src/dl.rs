//! Dynamic libraries: loading, looking up symbols, closing.

use std::ffi::{CStr, CString, OsStr, c_int, c_void};
use std::fmt;
use std::ptr::NonNull;

use cffi_memory::NoMemory;

/// A loaded library's handle. Closing is explicit: a handle may also come from elsewhere, and symbols may
/// outlive the object that found them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(NonNull<c_void>);

/// Why an operation on a library failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DlError {
    /// The name contains a NUL character, which no C name can.
    EmbeddedNul,
    /// The system's explanation: `dlerror()`, or `error 0x…` on Windows.
    System(String),
    /// No memory is left for the name, or for the explanation.
    NoMemory,
}

impl From<NoMemory> for DlError {
    fn from(_: NoMemory) -> DlError {
        DlError::NoMemory
    }
}

/// Returns a copy of a name with a terminating NUL.
fn terminated(name: &[u8]) -> Result<CString, DlError> {
    let mut copy = cffi_memory::vec(name.len().saturating_add(1))?;
    copy.extend_from_slice(name);
    copy.push(0);
    CString::from_vec_with_nul(copy).map_err(|_| DlError::EmbeddedNul)
}

impl fmt::Display for DlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DlError::EmbeddedNul => f.write_str("embedded null character"),
            DlError::System(text) => f.write_str(text),
            DlError::NoMemory => NoMemory.fmt(f),
        }
    }
}

impl std::error::Error for DlError {}

// SAFETY: the system's loader may be used from every thread; a handle is only a token for it.
unsafe impl Send for Handle {}
// SAFETY: the system's functions for libraries may be called by any thread.
unsafe impl Sync for Handle {}

impl Handle {
    /// Wraps a handle that somebody else obtained; returns `None` for null.
    pub fn from_raw(raw: *mut c_void) -> Option<Handle> {
        NonNull::new(raw).map(Handle)
    }

    /// Returns the system's handle.
    pub fn as_raw(self) -> *mut c_void {
        self.0.as_ptr()
    }

    /// Loads a library; `None` is the main program (not on Windows).
    ///
    /// `flags` are those of `dlopen`, with `RTLD_NOW` added where neither `RTLD_NOW` nor `RTLD_LAZY` is given;
    /// on Windows those of `LoadLibraryExW`.
    ///
    /// # Safety
    /// Loading runs the library's initialisers.
    ///
    /// # Errors
    /// The system's explanation, or a NUL in the name.
    pub unsafe fn open(name: Option<&OsStr>, flags: c_int) -> Result<Handle, DlError> {
        // SAFETY: the caller accepts what the library does.
        unsafe { sys::open(name, flags) }.map(Handle)
    }

    /// Returns the address of a symbol; a symbol whose value is null is reported as an error, being of no use.
    ///
    /// # Safety
    /// The handle is open.
    ///
    /// # Errors
    /// No such symbol, or a NUL in the name.
    pub unsafe fn symbol(self, name: &[u8]) -> Result<NonNull<c_void>, DlError> {
        let name = terminated(name)?;
        // SAFETY: the caller promises that the library is open.
        unsafe { sys::symbol(self.0, &name) }
    }

    /// Returns a handle, which the caller has to close, of the loaded library that contains `address`; `None` where the
    /// system cannot tell. Its symbols include those of the libraries that it depends on.
    pub fn containing(address: *const c_void) -> Option<Handle> {
        sys::containing(address).map(Handle)
    }

    /// Returns the handle to the system.
    ///
    /// # Safety
    /// The handle is open, was opened for the caller, and is not used again; nor is any address inside the
    /// library, unless something else keeps it loaded.
    ///
    /// # Errors
    /// The system's explanation.
    pub unsafe fn close(self) -> Result<(), DlError> {
        // SAFETY: the caller promises that nobody uses the library any more.
        unsafe { sys::close(self.0) }
    }
}

/// Returns whether the loaded library that contains `address`, or one that it depends on, exports a symbol; `None` where
/// the system cannot tell.
pub fn exports(address: *const c_void, name: &[u8]) -> Option<bool> {
    let handle = Handle::containing(address)?;
    // SAFETY: the handle was opened by `containing` just now. It is used and closed here, and no address is kept.
    unsafe {
        let found = handle.symbol(name).is_ok();
        let _ = handle.close();
        Some(found)
    }
}

/// The constants of `dlopen` that this platform has, with their names.
pub const RTLD_CONSTANTS: &[(&CStr, c_int)] = sys::RTLD_CONSTANTS;

/// Returns whether an address lies in a loaded library or program other than the one that contains this code.
///
/// Code that was generated at run time lies in none. Returns true where the system cannot be asked.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd", target_vendor = "apple"))]
#[must_use]
pub fn is_in_library(address: *const c_void) -> bool {
    fn base_of(address: *const c_void) -> Option<*mut c_void> {
        let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
        // SAFETY: the function only compares the address, and fills the structure.
        let found = unsafe { libc::dladdr(address, info.as_mut_ptr()) };
        // SAFETY: all members are addresses, for which zero is a value.
        (found != 0).then(|| unsafe { info.assume_init() }.dli_fbase)
    }
    let own = base_of(is_in_library as *const c_void);
    base_of(address).is_some_and(|base| Some(base) != own)
}

/// Returns true: this system cannot tell whether an address lies in a library or program that is loaded.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd", target_vendor = "apple")))]
#[must_use]
pub fn is_in_library(_: *const c_void) -> bool {
    true
}

/// Returns whether an address is that of a symbol of the process, or of the libraries after the one that contains this
/// code. A program that is not position-independent can have its own address for a function.
#[cfg(unix)]
#[must_use]
pub fn is_symbol(address: usize, name: &CStr) -> bool {
    [libc::RTLD_DEFAULT, libc::RTLD_NEXT].into_iter().any(|place| {
        // SAFETY: a C string; the function looks the name up in the libraries of the process.
        unsafe { libc::dlsym(place, name.as_ptr()) }.addr() == address
    })
}

/// Returns false: this system has no table of the symbols of a process.
#[cfg(not(unix))]
#[must_use]
pub fn is_symbol(_address: usize, _name: &CStr) -> bool {
    false
}

#[cfg(unix)]
mod sys {
    use std::os::unix::ffi::OsStrExt;
    use std::ptr;

    use super::{CStr, DlError, NoMemory, NonNull, OsStr, c_int, c_void, terminated};

    pub(super) const RTLD_CONSTANTS: &[(&CStr, c_int)] = &[
        (c"RTLD_LAZY", libc::RTLD_LAZY),
        (c"RTLD_NOW", libc::RTLD_NOW),
        (c"RTLD_GLOBAL", libc::RTLD_GLOBAL),
        #[cfg(not(target_os = "cygwin"))]
        (c"RTLD_LOCAL", libc::RTLD_LOCAL),
        #[cfg(any(
            target_os = "linux",
            target_os = "android",
            target_os = "freebsd",
            target_os = "netbsd",
            target_vendor = "apple",
            target_os = "solaris",
            target_os = "illumos"
        ))]
        (c"RTLD_NODELETE", libc::RTLD_NODELETE),
        #[cfg(any(
            target_os = "linux",
            target_os = "android",
            target_os = "freebsd",
            target_os = "netbsd",
            target_vendor = "apple",
            target_os = "solaris",
            target_os = "illumos"
        ))]
        (c"RTLD_NOLOAD", libc::RTLD_NOLOAD),
        #[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "freebsd"))]
        (c"RTLD_DEEPBIND", DEEPBIND),
    ];

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    const DEEPBIND: c_int = libc::RTLD_DEEPBIND;
    #[cfg(target_os = "freebsd")]
    const DEEPBIND: c_int = 0x8_0000;

    pub(super) unsafe fn open(name: Option<&OsStr>, flags: c_int) -> Result<NonNull<c_void>, DlError> {
        let name = name.map(|n| terminated(n.as_bytes())).transpose()?;
        let flags =
            if flags & (libc::RTLD_NOW | libc::RTLD_LAZY) == 0 { flags | libc::RTLD_NOW } else { flags };
        // SAFETY: null or a terminated string; the caller accepts the initialisers.
        let raw = unsafe { libc::dlopen(name.as_ref().map_or(ptr::null(), |n| n.as_ptr()), flags) };
        NonNull::new(raw).ok_or_else(last_error)
    }

    pub(super) unsafe fn symbol(handle: NonNull<c_void>, name: &CStr) -> Result<NonNull<c_void>, DlError> {
        // SAFETY: the handle is open, and the string is terminated. The stale error is dropped.
        let raw = unsafe {
            libc::dlerror();
            libc::dlsym(handle.as_ptr(), name.as_ptr())
        };
        NonNull::new(raw).ok_or_else(last_error)
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd", target_vendor = "apple"))]
    pub(super) fn containing(address: *const c_void) -> Option<NonNull<c_void>> {
        let mut found = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
        // SAFETY: any address is allowed; the block is zeroed and as large as the system expects. It receives a name
        // that is a C string of the loader. A library that is loaded already runs no initialiser.
        unsafe {
            if libc::dladdr(address, found.as_mut_ptr()) == 0 {
                return None;
            }
            let name = found.assume_init().dli_fname;
            if name.is_null() {
                None
            } else {
                NonNull::new(libc::dlopen(name, libc::RTLD_LAZY | libc::RTLD_NOLOAD))
            }
        }
    }

    #[cfg(not(any(
        target_os = "linux",
        target_os = "android",
        target_os = "freebsd",
        target_vendor = "apple"
    )))]
    pub(super) fn containing(_address: *const c_void) -> Option<NonNull<c_void>> {
        None
    }

    pub(super) unsafe fn close(handle: NonNull<c_void>) -> Result<(), DlError> {
        // SAFETY: the caller promises an open handle that nobody uses any more.
        if unsafe { libc::dlclose(handle.as_ptr()) } == 0 { Ok(()) } else { Err(last_error()) }
    }

    /// Returns the message of dlerror about this thread's last failure.
    fn last_error() -> DlError {
        // SAFETY: null, or a string that is valid until the next call on this thread.
        let text = unsafe {
            let text = libc::dlerror();
            if text.is_null() { c"symbol is NULL" } else { CStr::from_ptr(text) }
        };
        match cffi_memory::lossy(text.to_bytes()).and_then(|text| cffi_memory::concat(&[&text])) {
            Ok(text) => DlError::System(text),
            Err(NoMemory) => DlError::NoMemory,
        }
    }
}

#[cfg(windows)]
mod sys {
    use std::os::windows::ffi::OsStrExt;
    use std::ptr;

    use super::{CStr, CString, DlError, NonNull, OsStr, c_int, c_void};

    pub(super) const RTLD_CONSTANTS: &[(&CStr, c_int)] =
        &[(c"RTLD_LAZY", 0), (c"RTLD_NOW", 0), (c"RTLD_GLOBAL", 0), (c"RTLD_LOCAL", 0)];

    const LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR: u32 = 0x100;
    const LOAD_LIBRARY_SEARCH_DEFAULT_DIRS: u32 = 0x1000;

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn LoadLibraryExW(name: *const u16, file: *mut c_void, flags: u32) -> *mut c_void;
        fn GetProcAddress(module: *mut c_void, name: *const std::ffi::c_char) -> *mut c_void;
        fn FreeLibrary(module: *mut c_void) -> c_int;
        fn GetLastError() -> u32;
    }

    pub(super) unsafe fn open(name: Option<&OsStr>, flags: c_int) -> Result<NonNull<c_void>, DlError> {
        let Some(name) = name else {
            return Err(DlError::System("dlopen(None) not supported on Windows".to_owned()));
        };
        let mut wide: Vec<u16> = name.encode_wide().collect();
        if wide.contains(&0) {
            return Err(DlError::EmbeddedNul);
        }
        let has_directory = wide.iter().any(|&c| c == u16::from(b'/') || c == u16::from(b'\\'));
        let flags = match flags as u32 {
            0 if has_directory => LOAD_LIBRARY_SEARCH_DEFAULT_DIRS | LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR,
            flags => flags,
        };
        wide.push(0);
        // SAFETY: a terminated string; the caller accepts the initialisers.
        let raw = unsafe { LoadLibraryExW(wide.as_ptr(), ptr::null_mut(), flags) };
        NonNull::new(raw).ok_or_else(last_error)
    }

    pub(super) unsafe fn symbol(handle: NonNull<c_void>, name: &CStr) -> Result<NonNull<c_void>, DlError> {
        // SAFETY: the handle is open, and the string is terminated.
        let raw = unsafe { GetProcAddress(handle.as_ptr(), name.as_ptr()) };
        if let Some(found) = NonNull::new(raw) {
            return Ok(found);
        }
        let error = last_error();
        if cfg!(target_arch = "x86") {
            // __stdcall names carry the size of their arguments.
            for bytes in (0..128).step_by(4) {
                let mut decorated = Vec::from(*b"_");
                decorated.extend_from_slice(name.to_bytes());
                decorated.extend_from_slice(format!("@{bytes}").as_bytes());
                let decorated = CString::new(decorated).map_err(|_| DlError::EmbeddedNul)?;
                // SAFETY: the handle is open, and the name is a C string.
                let raw = unsafe { GetProcAddress(handle.as_ptr(), decorated.as_ptr()) };
                if let Some(found) = NonNull::new(raw) {
                    return Ok(found);
                }
            }
        }
        Err(error)
    }

    pub(super) fn containing(_address: *const c_void) -> Option<NonNull<c_void>> {
        None
    }

    pub(super) unsafe fn close(handle: NonNull<c_void>) -> Result<(), DlError> {
        // SAFETY: the caller promises an open handle that nobody uses any more.
        if unsafe { FreeLibrary(handle.as_ptr()) } != 0 { Ok(()) } else { Err(last_error()) }
    }

    fn last_error() -> DlError {
        // SAFETY: the function may be called at any time.
        DlError::System(format!("error 0x{:x}", unsafe { GetLastError() }))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_function_lies_in_its_library() {
        let address: *const c_void = (libc::strlen as *const ()).cast();
        let library = Handle::containing(address).expect("the C library");
        // SAFETY: open until it is closed at the end.
        unsafe {
            assert!(library.symbol(b"qsort").is_ok());
            assert!(library.symbol(b"no_such_symbol_at_all").is_err());
            assert_eq!(library.close(), Ok(()));
        }
        assert_eq!(Handle::containing(std::ptr::without_provenance(16)), None);
    }

    #[test]
    fn the_main_program_knows_libc() {
        // SAFETY: no new library is loaded; the handle is open while used.
        unsafe {
            let program = Handle::open(None, 0).expect("main program");
            assert!(program.symbol(b"strlen").is_ok());
            assert_eq!(program.symbol(b"strlen\0x"), Err(DlError::EmbeddedNul));
            match program.symbol(b"no_such_symbol_at_all") {
                Err(DlError::System(text)) => assert!(text.contains("no_such_symbol_at_all")),
                other => panic!("{other:?}"),
            }
            assert_eq!(program.close(), Ok(()));
        }
    }

    #[test]
    fn missing_libraries_are_explained() {
        // SAFETY: there is nothing to load.
        match unsafe { Handle::open(Some(OsStr::new("no-such-library.so")), 0) } {
            Err(DlError::System(text)) => assert!(text.contains("no-such-library.so")),
            other => panic!("{other:?}"),
        }
        // SAFETY: a name with a NUL in it is refused before the system sees it.
        let nul = unsafe { Handle::open(Some(OsStr::new("libc.so.6\0x")), 0) };
        assert_eq!(nul, Err(DlError::EmbeddedNul));
    }
}
