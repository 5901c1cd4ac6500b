//! The objects that the module keeps for the seams of the `cffi` package.

use std::sync::atomic::{AtomicBool, AtomicU64};

use cffi_rt::Obj;
use cffi_rt::obj::OnceRef;

/// The state of the seams. Every member is set once or atomic.
pub(crate) struct Front {
    /// Whether `set_ffi` gives an FFI the parser of this project.
    pub(crate) on: AtomicBool,
    /// The class of these parsers, made with the first one.
    pub(crate) parser: OnceRef<Obj>,
    /// The class of the state that the special methods of libraries work on, made with the first one.
    pub(crate) library: OnceRef<Obj>,
    /// The dict of the helpers in Python, which know the genuine parser. Made when the first text needs it.
    pub(crate) helpers: OnceRef<Obj>,
    /// The number of texts of `cdef()` that the parser of this project took.
    pub(crate) taken: AtomicU64,
    /// The number of texts that it refused and that the genuine parser accepted.
    pub(crate) replayed: AtomicU64,
    /// The number of texts that both refused.
    pub(crate) refused: AtomicU64,
    /// The number of texts that went to the genuine parser because its declarations were in use already.
    pub(crate) late: AtomicU64,
}

impl Front {
    /// Makes the state of seams that are off.
    pub(crate) const fn new() -> Front {
        Front {
            on: AtomicBool::new(false),
            parser: OnceRef::new(),
            library: OnceRef::new(),
            helpers: OnceRef::new(),
            taken: AtomicU64::new(0),
            replayed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            late: AtomicU64::new(0),
        }
    }

    /// Returns the objects that the garbage collector visits.
    pub(crate) fn objects(&self) -> [&OnceRef<Obj>; 3] {
        [&self.parser, &self.library, &self.helpers]
    }
}
