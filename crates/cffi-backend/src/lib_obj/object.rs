//! `Lib` as a Python object: its members, and its construction.

use cffi_memory::NoMemory;
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::decls::context::Context;
use crate::decls::object::FfiObject;
use crate::library::Library;
use cffi_rt::args::Named;
use cffi_rt::class::{OwnDict, Trace, Visit};
use cffi_rt::name_cache::NameCache;
use cffi_rt::obj::OnceRef;
use cffi_rt::{Obj, Owned, Py, R, text};

cffi_rt::class! {
    /// The C names that a module declares, as attributes.
    pub(crate) struct Lib in c"_cffi_backend.Lib", collected {
        ffi: Owned<FfiObject>,
        /// The name of the module, or of the file for `dlopen`: a `str`.
        pub(crate) name: Owned,
        /// The attributes that have been accessed: a dict from `str`. Entries are added, and all are removed by
        /// `dlclose`.
        pub(crate) attrs: OwnDict,
        /// Those that are accessed again and again. Emptied together with `attrs`.
        pub(crate) cached: NameCache,
        /// Whether the FFI object knows of this lib, so that it can make it forget its attributes. Lock-free.
        pub(super) known: AtomicBool,
        /// The function pointers of built-in functions, each in the place of its declaration; allocated on first use.
        pointers: OnceLock<Box<[OnceRef<Obj>]>>,
        source: Source,
        /// A number that no other lib of this process ever has.
        pub(crate) serial: usize,
        /// The libs of included compiled modules. Set once, when the module is imported.
        included: OnceLock<Box<[Owned<Lib>]>>,
    }
}

impl Trace for Source {
    fn trace(&self, _: &mut Visit) {}
}

static SERIAL: AtomicUsize = AtomicUsize::new(0);

/// The source of addresses.
enum Source {
    /// The module's tables.
    Compiled,
    /// An open library, until it is closed. The lock is held to copy or take the reference, never while Python
    /// or foreign code runs.
    Opened(Mutex<Option<Arc<Library>>>),
}

impl Named for Lib {
    const TP_NAME: &'static str = "_cffi_backend.Lib";
}

impl Lib {
    /// Returns the context, which makes types from its declarations.
    #[inline(always)]
    pub(crate) fn context(&self) -> &Context {
        self.ffi.context()
    }

    /// Returns the FFI object whose declarations it has.
    pub(crate) fn ffi(&self) -> &FfiObject {
        &self.ffi
    }

    /// Returns its name, for messages.
    pub(crate) fn shown(&self, py: Py<'_>) -> Cow<'_, str> {
        text::lossy(py, &self.name)
    }

    /// Sets the libs of the modules that its module includes, once.
    pub(crate) fn set_included(&self, libs: Vec<Owned<Lib>>) {
        let _ = self.included.set(libs.into_boxed_slice());
    }

    /// Returns the libs of included compiled modules; `None` for a library opened by `dlopen`.
    pub(crate) fn included(&self) -> Option<&[Owned<Lib>]> {
        self.included.get().map(|libs| &**libs)
    }

    /// Returns the place of the function pointer for declaration `index`.
    pub(crate) fn pointer(&self, index: usize) -> Result<Option<&OnceRef<Obj>>, NoMemory> {
        if self.pointers.get().is_none() {
            let places = (0..self.context().decl().num_globals()).map(|_| OnceRef::new());
            let _ = self.pointers.set(cffi_memory::collect(places)?.into_boxed_slice());
        }
        Ok(self.pointers.get().and_then(|places| places.get(index)))
    }

    /// Returns the library, if it was opened by `dlopen` and is not closed.
    pub(crate) fn library(&self) -> Option<Arc<Library>> {
        match &self.source {
            Source::Compiled => None,
            Source::Opened(library) => library.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Returns whether its addresses are those of the module's tables.
    pub(crate) fn is_compiled(&self) -> bool {
        matches!(self.source, Source::Compiled)
    }

    /// Returns whether it was opened by `dlopen`, and is closed.
    pub(crate) fn is_closed(&self) -> bool {
        match &self.source {
            Source::Compiled => false,
            Source::Opened(library) => library.lock().unwrap_or_else(PoisonError::into_inner).is_none(),
        }
    }

    /// Takes the library out, so that the lib is closed.
    pub(crate) fn take_library(&self) -> Option<Arc<Library>> {
        match &self.source {
            Source::Compiled => None,
            Source::Opened(library) => library.lock().unwrap_or_else(PoisonError::into_inner).take(),
        }
    }
}

/// Makes the lib of an FFI object: of a compiled module, or of an open library.
pub(crate) fn new(py: Py<'_>, ffi: &FfiObject, name: &str, library: Option<Arc<Library>>) -> R<Owned<Lib>> {
    let (name, attrs) = (text::new_str(py, name)?, OwnDict::new(py)?);
    let source = library.map_or(Source::Compiled, |library| Source::Opened(Mutex::new(Some(library))));
    let class = ffi.context().state().class(py, |types| types.lib)?;
    cffi_rt::class::create(py, class, |header| Lib {
        header,
        ffi: ffi.context().object(),
        name,
        attrs,
        cached: NameCache::new(),
        known: AtomicBool::new(false),
        pointers: OnceLock::new(),
        source,
        serial: SERIAL.fetch_add(1, Ordering::Relaxed),
        included: OnceLock::new(),
    })
}

/// `repr(lib)`
pub(crate) fn repr(py: Py<'_>, lib: &Lib) -> R {
    let name: String = lib.shown(py).chars().take(200).collect();
    text::new_str(py, &format!("<Lib object for '{name}'>"))
}
