//! The objects that the module keeps for the seams of the `cffi` package.

use std::sync::atomic::{AtomicBool, AtomicU64};

use cffi_rt::obj::SharedRef;

/// The state of the seams. Every member is set once or atomic.
pub(crate) struct Front {
    /// Whether `set_ffi` gives an FFI the parser of this project.
    pub(crate) on: AtomicBool,
    /// The class of these parsers, made with the first one.
    pub(crate) parser: SharedRef,
    /// The class of the state that the special methods of libraries work on, made with the first one.
    pub(crate) library: SharedRef,
    /// The class of the variables of these libraries, made with the first one.
    pub(crate) variable: SharedRef,
    /// The dict of the helpers in Python, which know the genuine parser. Made when the first text needs it.
    pub(crate) helpers: SharedRef,
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
            parser: SharedRef::new(),
            library: SharedRef::new(),
            variable: SharedRef::new(),
            helpers: SharedRef::new(),
            taken: AtomicU64::new(0),
            replayed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            late: AtomicU64::new(0),
        }
    }

    /// Returns the places of objects, for the garbage collector.
    pub(crate) fn objects(&self) -> [&SharedRef; 4] {
        [&self.parser, &self.library, &self.variable, &self.helpers]
    }
}
