//! Hooks that tell checked mode about callbacks. They do nothing while checked mode is off.

use std::sync::OnceLock;

use crate::ctype::CType;
use crate::value::CData;
use cffi_rt::{Obj, Owned, Py, R};

/// The functions that are called at the turns of a callback's life.
pub(crate) struct Watch {
    /// A cdata was made.
    pub(crate) made: fn(Py<'_>, &CData),
    /// The cdata of the code at an address is gone. The function decides when the code is freed.
    pub(crate) gone: fn(Py<'_>, usize, Retired),
    /// A Python function has returned a pointer to C.
    pub(crate) returned: fn(Py<'_>, &Obj),
    /// A Python function has returned a struct of this type to C, which copies it.
    pub(crate) copied: fn(Py<'_>, &CType, &Obj) -> R<()>,
    /// A Python function is to get this copy of a struct that C has passed. Returns the object that it gets.
    pub(crate) passed: fn(Py<'_>, Owned<CData>) -> R<Owned<CData>>,
    /// C code has called the code of a callback that is gone.
    pub(crate) called: fn(Py<'_>, usize),
}

static WATCH: OnceLock<&'static Watch> = OnceLock::new();

/// Sets the functions for this process.
pub(crate) fn watch(watch: &'static Watch) {
    let _ = WATCH.set(watch);
}

/// Returns the functions, if somebody has set them.
pub(super) fn watched() -> Option<&'static Watch> {
    WATCH.get().copied()
}

/// The code of a callback that Python does not refer to any more.
pub(crate) struct Retired(pub(super) Box<dyn FnOnce(Py<'_>) + Send>);

impl Retired {
    /// Frees it as soon as no call uses it.
    pub(crate) fn free(self, py: Py<'_>) {
        (self.0)(py);
    }
}
