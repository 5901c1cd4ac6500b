//! The opening of a library, and the shared handle that lookups use.

use std::collections::HashMap;
use std::ffi::c_int;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cffi_call::dl::{self, DlError, Handle};
use cffi_regions::mapped;
use rustc_hash::FxBuildHasher;

use crate::ctype::{CType, flag};
use crate::memory::Foreign;
use crate::state::symbols::library_closed;
use crate::value::CData;
use crate::value::alloc::Symbol;
use cffi_rt::args::{Place, int_or};
use cffi_rt::class::{Trace, Visit};
use cffi_rt::note::Notes;
use cffi_rt::unraisable::Caught;
use cffi_rt::version;
use cffi_rt::{Args, Obj, Owned, Params, Py, R, raise, text};

use super::{CLibrary, search, watch};

/// An open library. It is closed after its last user, not at the moment of the request, so no lookup ever uses a handle
/// that another thread has just closed.
///
/// Libraries that are open when the interpreter's shutdown begins stay open until the process ends: threads of C may be
/// running their code, and those threads are not stopped.
pub(crate) struct Library {
    handle: Handle,
    /// Whether the handle was opened here. A handle from another source is never closed.
    owned: bool,
    /// The addresses of variables that were found in a file opened here, by name: they stay the same while it is open.
    /// `None` for the whole program, whose libraries may come and go.
    variables: Option<Mutex<Addresses>>,
}

/// Addresses by the names of symbols.
type Addresses = HashMap<Box<str>, AtomicPtr<u8>, FxBuildHasher>;

impl cffi_rt::class::NoReferences for Library {}

impl Library {
    /// Returns the address of a symbol. A symbol at address 0 is an error like a missing one.
    pub(crate) fn symbol(&self, name: &str) -> Result<Symbol, DlError> {
        // SAFETY: the handle is open while `self` lives, and the loader gives the address for the name.
        unsafe { self.handle.symbol(name.as_bytes()).map(|address| Symbol::new(address.cast())) }
    }

    /// Returns the address of a variable, as [`symbol`](Self::symbol) does, and remembers it.
    pub(crate) fn variable(&self, name: &str) -> Result<Symbol, DlError> {
        let Some(variables) = &self.variables else { return self.symbol(name) };
        let known = || variables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(address) = known().get(name).and_then(|p| NonNull::new(p.load(Ordering::Relaxed))) {
            // SAFETY: the loader gave the address for the name, when it was put into the table.
            return Ok(unsafe { Symbol::new(address) });
        }
        let symbol = self.symbol(name)?;
        let address = symbol.address();
        // A variable of a thread lies elsewhere in each thread, outside of the library.
        let lasts = cfg!(any(target_os = "linux", target_os = "android", target_vendor = "apple"))
            && dl::is_in_library(address.cast());
        let mut known = known();
        if lasts
            && known.try_reserve(1).is_ok()
            && let Ok(name) = cffi_memory::concat(&[name])
        {
            known.insert(name.into_boxed_str(), AtomicPtr::new(address));
        }
        Ok(symbol)
    }

    /// Returns the value of a variable, which is of the type that the program says, as in C.
    pub(crate) fn value<'a>(&'a self, name: &str, ct: &'a CType) -> Result<Foreign<'a>, DlError> {
        self.variable(name).map(|symbol| Foreign::of_symbol(ct, symbol))
    }
}

/// The place of one variable of a library, once it was found there to stay.
#[derive(Default)]
pub(crate) struct Spot(AtomicPtr<u8>);

impl Trace for Spot {
    fn trace(&self, _: &mut Visit) {}
}

impl Spot {
    /// Returns the variable of `library`, of the type that the program says, if its place is known and the library is
    /// open. It is valid until other code of Python runs, which may close the library.
    #[inline(always)]
    pub(crate) fn variable<'a>(&self, _py: Py<'_>, library: &CLibrary, ct: &'a CType) -> Option<Foreign<'a>> {
        // Without a GIL another thread can close the library.
        if cfg!(Py_GIL_DISABLED) || !library.is_open() {
            return None;
        }
        let address = NonNull::new(self.0.load(Ordering::Relaxed))?;
        // SAFETY: the loader gave the address for the name. The library is open, and it is closed by attached threads only,
        // which this one is.
        Some(Foreign::of_symbol(ct, unsafe { Symbol::new(address) }))
    }

    /// Notes the place of a variable that the library has remembered.
    pub(crate) fn learn(&self, library: &Library, name: &str) {
        if let Some(variables) = &library.variables
            && let Some(address) = variables.lock().unwrap_or_else(PoisonError::into_inner).get(name)
        {
            self.0.store(address.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

impl Library {
    fn is_closing(&self) {
        library_closed();
        if let Some(watch) = watch::watched() {
            // SAFETY: the owners of libraries are Python objects and calls of attached threads, so the thread that drops the
            // last owner is attached.
            (watch.closing)(unsafe { Py::assume() }, self.handle.as_raw().addr());
        }
    }

    /// Closes it now, if it was opened here.
    pub(crate) fn close(mut self) -> Result<(), DlError> {
        if !std::mem::take(&mut self.owned) || version::is_ending() {
            return Ok(());
        }
        self.is_closing();
        // SAFETY: as in `drop`, which does nothing after this.
        unsafe { self.handle.close() }
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        if self.owned && !version::is_ending() {
            self.is_closing();
            // SAFETY: opened in `open_file`, closed only here. The program that closes it must not use addresses inside
            // of the library afterwards, as in C. A failure leaves it open.
            let _ = unsafe { self.handle.close() };
        }
    }
}

/// A library together with the name that messages print.
pub(crate) struct Opened {
    pub(crate) library: Arc<Library>,
    pub(crate) name: Box<str>,
}

/// Opens a library by the arguments of `load_library(name=None, flags=0)`, which `FFI.dlopen` takes too.
///
/// # Errors
/// `OSError` if the system cannot open it; `TypeError` for other arguments than text, bytes, `None` and
/// a `void *` cdata; `RuntimeError` for a NULL handle.
pub(crate) fn open(py: Py<'_>, notes: &Notes, args: Args<'_>) -> R<Opened> {
    const PARAMS: Params = Params { function: "load_library", names: &["", ""], required: 0 };
    let [name, flags] = args.bind::<2>(py, &PARAMS)?;
    let Some(name) = name.filter(|n| !n.is_none()) else {
        return open_program(py, int_or(py, flags, 0)?);
    };
    if let Some(cd) = name.downcast::<CData>() {
        int_or(py, flags, 0)?;
        return from_handle(py, cd);
    }
    let file = FileName::new(py, name)?;
    open_file(py, notes, &file, int_or(py, flags, 0)?)
}

/// Opens a library by its name, as a program that has declared functions in-line means it: a name that looks like a file
/// name is that of a file, any other one is looked for as a compiler's `-lNAME` would be.
///
/// # Errors
/// `OSError` if there is none.
pub(crate) fn open_by_name(py: Py<'_>, notes: &Notes, name: &Obj, flags: c_int) -> R<Opened> {
    let file = FileName::new(py, name)?;
    let shown = text::lossy(py, name);
    let first = if shown.contains(['.', '/']) || (cfg!(windows) && shown.contains('\\')) {
        match open_file(py, notes, &file, flags) {
            Ok(opened) => return Ok(opened),
            Err(raised) if py.err_matches(cffi_rt::Exc::Os) => Some(Caught::new(py, raised)),
            Err(raised) => return Err(raised),
        }
    } else {
        None
    };
    let util = cffi_rt::interp::import(py, c"ctypes.util")?;
    let path = util.getattr_str(py, "find_library")?.call(py, &[name])?;
    if path.is_none() {
        let missing =
            format_args!("ctypes.util.find_library() did not manage to locate a library called '{shown}'");
        return Err(match first {
            Some(mut first) => {
                let first = first.instance(py).map_or(Ok(String::new()), |first| text::str_of(py, first))?;
                raise!(py, Os, "{first}.  Additionally, {missing}")
            }
            None => raise!(py, Os, "{missing}"),
        });
    }
    open_file(py, notes, &FileName::new(py, &path)?, flags)
}

fn from_handle(py: Py<'_>, cd: &CData) -> R<Opened> {
    if !cd.ct().has(flag::VOID_PTR) {
        let name = cd.ct().name();
        return Err(raise!(py, Type, "dlopen() takes a file name or 'void *' handle, not '{name}'"));
    }
    let Some(handle) = Handle::from_raw(cd.data().cast()) else {
        return Err(raise!(py, Runtime, "cannot call dlopen(NULL)"));
    };
    let name = format!("{:p}", cd.data()).into_boxed_str();
    Ok(Opened { library: Arc::new(Library { handle, owned: false, variables: None }), name })
}

fn open_program(py: Py<'_>, flags: c_int) -> R<Opened> {
    if cfg!(windows) {
        return Err(raise!(py, Os, "dlopen(None) not supported on Windows"));
    }
    // SAFETY: the program is loaded already, so no initializer runs.
    match unsafe { Handle::open(None, flags) } {
        Ok(handle) => Ok(Opened {
            library: Arc::new(Library { handle, owned: true, variables: None }),
            name: Box::from("<None>"),
        }),
        Err(e) => Err(raise!(py, Os, "cannot load library '<None>': {e}")),
    }
}

/// A length that no file name on any system exceeds.
const LONGEST: usize = 1 << 17;

fn open_file(py: Py<'_>, notes: &Notes, file: &FileName, flags: c_int) -> R<Opened> {
    let name = py.room(cffi_memory::concat(&[&text::lossy(py, &file.text)]))?.into_boxed_str();
    let system = file.for_system(py)?;
    if system.len() > LONGEST {
        // This is the system's own error, for which the loader would first copy the name to the stack.
        let why = "cannot open shared object file: File name too long";
        return Err(raise!(py, Os, "cannot load library '{name}': {name}: {why}"));
    }
    // SAFETY: loading a library runs its code, which is the purpose of the call.
    match unsafe { Handle::open(Some(&system), flags) } {
        Ok(handle) => {
            if let Some(watch) = watch::watched() {
                let raw = handle.as_raw();
                // SAFETY: the library has just been opened, and nobody else can close it yet.
                (watch.opened)(py, raw.addr(), unsafe { mapped::span_of_library(raw) }, &name);
            }
            Ok(Opened {
                library: Arc::new(Library { handle, owned: true, variables: Some(Mutex::default()) }),
                name,
            })
        }
        Err(e) => Err(search::explain(py, notes, raise!(py, Os, "cannot load library '{name}': {e}"), &name)),
    }
}

/// A file name from Python, as text and (except on Windows) as bytes.
struct FileName {
    /// The text: a `str`, with surrogates for bytes that are not of the file system's encoding.
    text: Owned,
    /// The bytes: a `bytes` object.
    #[cfg_attr(windows, allow(dead_code))]
    bytes: Owned,
}

impl FileName {
    fn new(py: Py<'_>, name: &Obj) -> R<FileName> {
        let place = Place { function: "load_library", number: 1 };
        let (text, bytes) = if name.is_str() {
            (name.new_ref(), text::file_name_bytes(py, name)?)
        } else if name.is_bytes() || name.is_bytearray() {
            let bytes = text::bytes_of(py, name)?;
            (text::file_name(py, bytes.as_bytes().unwrap_or_default())?, bytes)
        } else {
            return Err(place.wrong(py, "str, bytes or bytearray", name));
        };
        if bytes.as_bytes().is_some_and(|b| b.contains(&0)) {
            return Err(place.wrong(py, "encoded string without null bytes", name));
        }
        Ok(FileName { text, bytes })
    }

    #[cfg(unix)]
    fn for_system(&self, py: Py<'_>) -> R<std::ffi::OsString> {
        use std::os::unix::ffi::OsStringExt;
        let bytes = self.bytes.as_bytes().unwrap_or_default();
        Ok(std::ffi::OsString::from_vec(py.collect(bytes.iter().copied())?))
    }

    #[cfg(not(unix))]
    fn for_system(&self, py: Py<'_>) -> R<std::ffi::OsString> {
        Ok(std::ffi::OsString::from(text::utf8(py, &self.text)?))
    }
}
