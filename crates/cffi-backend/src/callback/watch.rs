//! Hooks that tell checked mode about callbacks. They do nothing while checked mode is off.

use std::sync::OnceLock;

use crate::value::CData;
use cffi_rt::{Obj, Py};

/// The functions that are called at the turns of a callback's life.
pub(crate) struct Watch {
    /// A cdata was made.
    pub(crate) made: fn(Py<'_>, &CData),
    /// The cdata of the code at an address is gone. The function decides when the code is freed.
    pub(crate) gone: fn(Py<'_>, usize, Retired),
    /// A Python function has returned a pointer to C.
    pub(crate) returned: fn(Py<'_>, &Obj),
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
