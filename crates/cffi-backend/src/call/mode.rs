//! The ways to call foreign code from an attached thread.

use cffi_call::errno;

use crate::call::general::call_any;
use crate::call::{KEEP, RELEASE};
use crate::value::CData;
use cffi_rt::{Args, Py, R};

/// A way to call foreign code.
pub(crate) trait Mode {
    /// Whether the thread keeps the GIL.
    const KEEPS: bool;
    /// Whether the code is known to use no errno and to call nothing.
    const QUIET: bool;
}

/// The thread releases the GIL.
pub(crate) struct Releasing;

/// The thread keeps the GIL.
pub(crate) struct Keeping;

/// The thread keeps the GIL. The code is known to return at once, and to use no memory of its thread but the stack.
pub(crate) struct Quiet;

impl Mode for Releasing {
    const KEEPS: bool = RELEASE;
    const QUIET: bool = false;
}

impl Mode for Keeping {
    const KEEPS: bool = KEEP;
    const QUIET: bool = false;
}

impl Mode for Quiet {
    const KEEPS: bool = KEEP;
    const QUIET: bool = true;
}

/// Runs foreign code, with errno exchanged.
///
/// # Safety
/// `code` touches no Python object unless the mode keeps the GIL. In the mode [`Quiet`] it is as the mode says.
#[inline(always)]
pub(super) unsafe fn foreign<M: Mode, T>(py: Py<'_>, code: impl FnOnce() -> T) -> T {
    if M::QUIET {
        return code();
    }
    let code = || errno::exchanged(code);
    if M::KEEPS {
        return py.outside(code);
    }
    // SAFETY: the caller promises that the code touches no Python object.
    unsafe { py.detached(code) }
}

/// Calls a cdata in the general way, for entries that know the plain case only.
#[inline(always)]
pub(super) fn in_general<M: Mode>(py: Py<'_>, cd: &CData, args: Args<'_>) -> R {
    let (positional, keywords) = (args.positional(), args.keywords() > 0);
    if M::KEEPS {
        call_any::<KEEP>(py, cd, positional, keywords)
    } else {
        call_any::<RELEASE>(py, cd, positional, keywords)
    }
}
