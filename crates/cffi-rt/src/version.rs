//! The code that depends on the version or build of CPython.

use std::ffi::c_ulong;
#[cfg(Py_GIL_DISABLED)]
use std::sync::atomic::Ordering;

use pyo3_ffi as ffi;

use super::obj::Obj;

/// Whether exceptions have notes (PEP 678).
pub const HAS_NOTES: bool = cfg!(Py_3_11);

/// Returns whether an object is a `str` in the interpreter's table of interned strings.
///
/// The bits are at one place of `PyASCIIObject` in all versions before 3.14, which pyo3-ffi knows.
#[cfg(not(Py_3_14))]
#[inline]
pub fn is_interned(s: &Obj) -> bool {
    // SAFETY: every str begins with a PyASCIIObject.
    s.is_str() && unsafe { (*s.as_ptr().cast::<ffi::PyASCIIObject>()).interned() != 0 }
}

/// Returns whether an object is a `str` in the interpreter's table of interned strings.
///
/// This is the computation of `PyUnicode_CHECK_INTERNED`: without a GIL the state is a separate byte, with one it is
/// the first two bits.
#[cfg(Py_3_14)]
#[inline]
pub fn is_interned(s: &Obj) -> bool {
    if !s.is_str() {
        return false;
    }
    // SAFETY: every str begins with a PyASCIIObject, whose state never moves.
    unsafe {
        let state = &raw const (*s.as_ptr().cast::<ffi::PyASCIIObject>()).state;
        if cfg!(Py_GIL_DISABLED) {
            let byte = state.cast::<std::sync::atomic::AtomicU8>();
            (*byte).load(std::sync::atomic::Ordering::Relaxed) != 0
        } else {
            let first_bits = if cfg!(target_endian = "little") { 3 } else { 3 << 30 };
            state.read() & first_bits != 0
        }
    }
}

/// Returns the hash of the text of a `str`, if it was computed before; `None` for other objects. All names in compiled
/// Python code have one.
#[inline(always)]
pub fn known_str_hash(s: &Obj) -> Option<usize> {
    if !s.is_str() {
        return None;
    }
    // SAFETY: every str begins with a PyASCIIObject; its hash is an aligned word that threads may write at the same time,
    // always with the same value.
    let place = unsafe {
        std::sync::atomic::AtomicIsize::from_ptr(&raw mut (*s.as_ptr().cast::<ffi::PyASCIIObject>()).hash)
    };
    let hash = place.load(std::sync::atomic::Ordering::Relaxed).cast_unsigned();
    (hash != usize::MAX).then_some(hash)
}

/// Returns the hash of the text of a `str`, even of a subclass that defines another hash; 0 for other objects.
#[inline(always)]
pub fn str_hash(s: &Obj) -> usize {
    known_str_hash(s).unwrap_or_else(|| compute_str_hash(s))
}

#[cold]
fn compute_str_hash(s: &Obj) -> usize {
    if !s.is_str() {
        return 0;
    }
    // SAFETY: the class `str` has a hash function, which runs no Python code and cannot fail for a str.
    unsafe { ffi::PyUnicode_Type.tp_hash.map_or(0, |hash| hash(s.as_ptr())).cast_unsigned() }
}

/// Adds and removes flags of a type.
///
/// # Safety
/// `tp` is a type object of this module that Python code has not seen yet, or will not see any more.
pub unsafe fn change_flags(tp: *mut ffi::PyTypeObject, add: c_ulong, remove: c_ulong) {
    // SAFETY: nobody else looks at the type yet.
    unsafe {
        #[cfg(Py_GIL_DISABLED)]
        {
            let flags = &(*tp).tp_flags;
            flags.store((flags.load(Ordering::Relaxed) | add) & !remove, Ordering::Relaxed);
        }
        #[cfg(not(Py_GIL_DISABLED))]
        {
            (*tp).tp_flags = ((*tp).tp_flags | add) & !remove;
        }
        ffi::PyType_Modified(tp);
    }
}

/// Returns whether the interpreter is being shut down: from then on only the thread that does it may run Python code.
#[cfg(Py_3_13)]
#[inline]
pub fn is_finalizing() -> bool {
    // SAFETY: may be called by any thread at any time.
    unsafe { ffi::Py_IsFinalizing() != 0 }
}

/// Returns whether the interpreter is being shut down: from then on only the thread that does it may run Python code.
#[cfg(not(Py_3_13))]
#[inline]
pub fn is_finalizing() -> bool {
    unsafe extern "C" {
        // The name of `Py_IsFinalizing` in 3.7 to 3.12.
        fn _Py_IsFinalizing() -> std::ffi::c_int;
    }
    // SAFETY: may be called by any thread at any time.
    unsafe { _Py_IsFinalizing() != 0 }
}

/// Returns whether the interpreter is being shut down, or has been.
#[cold]
pub fn is_ending() -> bool {
    // SAFETY: may be called by any thread at any time.
    is_finalizing() || unsafe { ffi::Py_IsInitialized() } == 0
}

/// Returns the thread state that is attached on the calling thread, if that is known. Before 3.12, where one variable
/// serves the whole process, the result is `candidate` or null.
#[inline(always)]
pub fn attached(candidate: *mut ffi::PyThreadState) -> *mut ffi::PyThreadState {
    // SAFETY: may be called by any thread at any time.
    let current = unsafe { ffi::compat::PyThreadState_GetUnchecked() };
    // A state is attached only by the thread that it belongs to.
    if cfg!(Py_3_12) || current == candidate { current } else { std::ptr::null_mut() }
}

/// Removes the mark "known to `PyGILState_Ensure` on its thread" from the states of threads that have ended.
///
/// `PyThreadState_Delete` takes a state with this mark for the calling thread's: it makes that thread forget its own
/// state, and a debug build ends the process. No function removes the mark from a state of another thread. The mark has
/// one place in 3.12 to 3.15. The function verifies it in the running interpreter by the calling thread's `own` state,
/// which is in use and has the mark, and by a `fresh` one, which has neither. It returns false and does nothing if
/// these look different, or if one of the ended states is in use.
///
/// # Safety
/// The thread is attached with `own`; all are thread states, and nobody else has those of ended threads.
#[cfg(all(Py_3_12, target_endian = "little"))]
pub unsafe fn take_mark_off(
    ended: &[*mut ffi::PyThreadState],
    own: *mut ffi::PyThreadState,
    fresh: *mut ffi::PyThreadState,
) -> bool {
    #[repr(C)]
    struct Head {
        list_and_interpreter: [*mut std::ffi::c_void; 3],
        #[cfg(Py_3_13)]
        eval_breaker: usize,
        status: u32,
    }
    const BOUND: u32 = 0b11; // initialized, belongs to a thread
    const MARK: u32 = 1 << 3;
    const ACTIVE: u32 = 1 << 4;
    // SAFETY: all are thread states that nobody else uses, and every thread state is larger than this.
    let status = |state: *mut ffi::PyThreadState| unsafe { &raw mut (*state.cast::<Head>()).status };
    // SAFETY: every thread state is larger than the part that is read.
    let is = |state, wanted| unsafe { status(state).read() } & 0b11111 == wanted;
    if !is(own, BOUND | MARK | ACTIVE)
        || !is(fresh, BOUND)
        || !ended.iter().all(|&state| is(state, BOUND | MARK) || is(state, BOUND))
    {
        return false;
    }
    for &state in ended {
        // SAFETY: the state belongs to a thread that has ended, so only this thread uses it.
        unsafe { status(state).write(status(state).read() & !MARK) };
    }
    true
}

/// Returns false: on these versions the mark is never removed.
///
/// # Safety
/// There are no requirements; the signature is that of the other versions.
#[cfg(all(Py_3_12, not(target_endian = "little")))]
pub unsafe fn take_mark_off(
    _: &[*mut ffi::PyThreadState],
    _: *mut ffi::PyThreadState,
    _: *mut ffi::PyThreadState,
) -> bool {
    false
}
