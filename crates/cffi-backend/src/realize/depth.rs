//! The limit of the nesting of types.

use std::cell::Cell;

use cffi_rt::{Py, R, Raised, raise};

/// The largest number of nested types.
const MAX_DEPTH: u32 = 1000;

/// The number of levels after which the rest of the stack is measured again.
const ASK_EVERY: u32 = 32;
/// Bytes of stack that [`ASK_EVERY`] levels need, with some to spare.
const STACK_FOR_THEM: usize = 256 * 1024;

thread_local! {
    /// The number of types that this thread is making, those of lazy structs included.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// A guard that counts nested types on this thread.
pub(crate) struct Depth;

impl Depth {
    pub(crate) fn enter(py: Py<'_>) -> R<Depth> {
        let depth = DEPTH.with(|d| d.replace(d.get() + 1));
        let entered = Depth;
        // Threads may have small stacks, on which fewer levels fit. Finding the size takes some time.
        let asks = depth > 0 && depth.is_multiple_of(ASK_EVERY);
        let fits = !asks || cffi_call::stack::remaining().is_none_or(|left| left > STACK_FOR_THEM);
        if depth >= MAX_DEPTH || !fits { Err(too_deep(py)) } else { Ok(entered) }
    }
}

impl Drop for Depth {
    fn drop(&mut self) {
        DEPTH.with(|d| d.set(d.get() - 1));
    }
}

/// Makes the error for types that nest without end.
#[cold]
pub(crate) fn too_deep(py: Py<'_>) -> Raised {
    raise!(
        py,
        Runtime,
        "type-building recursion too deep or infinite.  This is known to occur e.g. in ``struct s {{ \
         void(*callable)(struct s); }}''.  Please report if you get this error and really need support for \
         your case."
    )
}
