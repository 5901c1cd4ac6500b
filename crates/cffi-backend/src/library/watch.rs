//! Hooks that tell checked mode about libraries. They do nothing while checked mode is off.

use std::sync::OnceLock;

use cffi_rt::Py;

/// The functions that are called when a library is opened and closed.
pub(crate) struct Watch {
    /// A library was opened by its name. The function gets the number of its handle, and the addresses from its first byte to
    /// behind its last one if they are known.
    pub(crate) opened: fn(Py<'_>, usize, Option<(usize, usize)>, &str),
    /// The library of a handle is about to be closed.
    pub(crate) closing: fn(Py<'_>, usize),
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
