//! Libraries that contain Python.

use super::emitter::Emitter;

impl Emitter<'_> {
    /// Writes what a library needs that starts Python itself.
    pub(super) fn push_embedding(&self, _out: &mut String) {}
}
