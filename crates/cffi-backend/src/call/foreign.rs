//! Foreign code, with the GIL released or kept.

use cffi_rt::Py;

/// The value of a `GIL` parameter for a call that keeps the GIL.
pub(super) const KEEP: bool = true;
/// The value of a `GIL` parameter for a call that releases the GIL.
pub(super) const RELEASE: bool = false;

/// Runs foreign code. It touches no Python object, except through callbacks, which attach themselves.
///
/// # Safety
/// As for [`Py::detached`].
#[inline(always)]
pub(super) unsafe fn foreign<const GIL: bool, T>(py: Py<'_>, code: impl FnOnce() -> T) -> T {
    // SAFETY: the caller promises that the code touches no Python object.
    if GIL == KEEP { py.outside(code) } else { unsafe { py.detached(code) } }
}
