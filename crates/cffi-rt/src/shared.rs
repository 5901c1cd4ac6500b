//! Objects that several threads use all the time.
//!
//! Without a GIL, the thread that has made an object counts its references separately; those of all other threads are
//! counted in one place, which they contend for. For that reason, CPython 3.13 gives functions, classes and modules
//! fixed counts as soon as there are threads. This module does so with ctypes, plain function pointers, `FFI` and `Lib`
//! objects, one at a time, when threads other than their owner use them often: each thread samples one of `EVERY` such
//! uses. Objects that are rarely used are freed as usual, and `MOST` bounds the others.

/// The number of uses by other threads from which one is sampled.
#[cfg(Py_GIL_DISABLED)]
const EVERY: u32 = 512;

/// The largest number of objects that get fixed counts in a process: about 4 MB.
#[cfg(Py_GIL_DISABLED)]
const MOST: usize = 16_384;

/// Notes that this thread is about to take a reference to a long-lived object that owns nothing but memory.
#[cfg(not(Py_GIL_DISABLED))]
#[inline(always)]
pub fn used(_obj: &super::Obj) {}

/// Notes that this thread is about to take a reference to a long-lived object that owns nothing but memory.
#[cfg(Py_GIL_DISABLED)]
#[inline(always)]
pub fn used(obj: &super::Obj) {
    if !super::refcount::is_immortal(obj) && super::refcount::is_foreign(obj) {
        sample(obj);
    }
}

#[cfg(Py_GIL_DISABLED)]
fn sample(obj: &super::Obj) {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicUsize, Ordering};

    thread_local! {
        static USES: Cell<u32> = const { Cell::new(0) };
    }
    /// The number of fixed counts in the process. Only the main interpreter's objects get them.
    static FIXED: AtomicUsize = AtomicUsize::new(0);

    let n = USES.get().wrapping_add(1);
    USES.set(n);
    // Objects of a subinterpreter have to be freed with it.
    if n.is_multiple_of(EVERY)
        && super::interp::has_objects_of_main()
        && FIXED.fetch_add(1, Ordering::Relaxed) < MOST
    {
        super::refcount::make_immortal(obj);
    }
}
