//! Everything that depends on the version or build of CPython.

use std::ffi::c_ulong;
#[cfg(Py_GIL_DISABLED)]
use std::sync::atomic::Ordering;

use pyo3_ffi as ffi;

use super::obj::Obj;

/// Whether exceptions have notes (PEP 678).
pub const HAS_NOTES: bool = cfg!(Py_3_11);

/// Takes a reference to an object that another thread may be deallocating.
///
/// With the GIL an object that is found in a table under the GIL still has references, because its deallocation
/// starts with taking it out of the table.
///
/// # Safety
/// `p` points to memory that still holds the object's header.
#[cfg(not(Py_GIL_DISABLED))]
#[inline]
pub unsafe fn try_incref(p: *mut ffi::PyObject) -> bool {
    // SAFETY: the caller promises that the object is alive under the GIL.
    unsafe { ffi::Py_INCREF(p) };
    true
}

/// Takes a reference to an object that another thread may be deallocating, if it is not past saving.
///
/// # Safety
/// `p` points to memory that still holds the object's header, and [`allow_try_incref`] was called for it.
#[cfg(all(Py_GIL_DISABLED, Py_3_14))]
#[inline]
pub unsafe fn try_incref(p: *mut ffi::PyObject) -> bool {
    unsafe extern "C" {
        fn PyUnstable_TryIncRef(p: *mut ffi::PyObject) -> std::ffi::c_int;
    }
    // SAFETY: the caller promises an object for which this was enabled.
    unsafe { PyUnstable_TryIncRef(p) != 0 }
}

/// Takes a reference to an object that another thread may be deallocating, if it is not past saving.
///
/// What `_Py_TryIncRefShared` of 3.13 does: the two low bits of the shared count say in which state it is, and an
/// object is past saving once its counts are merged and zero.
///
/// # Safety
/// `p` points to memory that still holds the object's header, and [`allow_try_incref`] was called for it.
#[cfg(all(Py_GIL_DISABLED, not(Py_3_14)))]
#[inline]
pub unsafe fn try_incref(p: *mut ffi::PyObject) -> bool {
    // SAFETY: by the caller; all threads go through atomics.
    let (local, shared) = unsafe { (&(*p).ob_ref_local, &(*p).ob_ref_shared) };
    let count = local.load(Ordering::Relaxed);
    if count == u32::MAX {
        return true;
    }
    // SAFETY: by the caller. An object that belongs to this thread is not being deallocated by another.
    if KNOWS_OWNER && count != 0 && !is_foreign(unsafe { Obj::from_ptr(p) }) {
        local.store(count + 1, Ordering::Relaxed);
        return true;
    }
    let mut now = shared.load(Ordering::Relaxed);
    loop {
        if now == 0 || now == REF_MERGED {
            return false;
        }
        match shared.compare_exchange_weak(now, now + REF_ONE, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(other) => now = other,
        }
    }
}

/// States of a shared reference count, and the count's unit, in 3.13.
#[cfg(all(Py_GIL_DISABLED, not(Py_3_14)))]
const REF_MAYBE_WEAKREF: isize = 1;
#[cfg(all(Py_GIL_DISABLED, not(Py_3_14)))]
const REF_MERGED: isize = 3;
#[cfg(all(Py_GIL_DISABLED, not(Py_3_14)))]
const REF_ONE: isize = 4;

/// Prepares an object, before other threads can find it, for [`try_incref`].
#[inline]
pub fn allow_try_incref(obj: &Obj) {
    #[cfg(all(Py_GIL_DISABLED, Py_3_14))]
    {
        unsafe extern "C" {
            fn PyUnstable_EnableTryIncRef(p: *mut ffi::PyObject);
        }
        // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
        unsafe { PyUnstable_EnableTryIncRef(obj.as_ptr()) };
    }
    #[cfg(all(Py_GIL_DISABLED, not(Py_3_14)))]
    {
        // SAFETY: alive; all threads go through atomics.
        let shared = unsafe { &(*obj.as_ptr()).ob_ref_shared };
        let mut now = shared.load(Ordering::Relaxed);
        // Every other state is one that knows of weak references already.
        while now & 3 == 0 {
            match shared.compare_exchange_weak(
                now,
                now | REF_MAYBE_WEAKREF,
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(other) => now = other,
            }
        }
    }
    let _ = obj;
}

/// Whether the object's reference count is fixed: references are taken and given up without writing to it.
#[cfg(Py_GIL_DISABLED)]
#[inline(always)]
pub fn is_immortal(obj: &Obj) -> bool {
    // SAFETY: alive; all threads go through atomics.
    unsafe { (*obj.as_ptr()).ob_ref_local.load(Ordering::Relaxed) == u32::MAX }
}

/// Whether [`is_foreign`] can tell.
#[cfg(all(Py_GIL_DISABLED, not(Py_3_14)))]
const KNOWS_OWNER: bool =
    cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));

/// Whether the object belongs to another thread than this one, so that each reference taken here is an atomic
/// addition to memory that both write to. Not known (false) on other systems than Linux.
#[cfg(Py_GIL_DISABLED)]
#[inline(always)]
pub fn is_foreign(obj: &Obj) -> bool {
    // SAFETY: alive; the interpreter writes it with atomic instructions, when the owner gives the object up.
    let owner = unsafe { std::sync::atomic::AtomicUsize::from_ptr(&raw mut (*obj.as_ptr()).ob_tid) };
    let owner = owner.load(Ordering::Relaxed);
    let here: usize;
    // What `_Py_ThreadId` does.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    // SAFETY: the first word of the thread's control block is its own address.
    unsafe {
        std::arch::asm!("mov {}, fs:0", out(reg) here, options(nostack, readonly, preserves_flags));
    }
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    // SAFETY: the instruction reads a register and nothing else.
    unsafe {
        std::arch::asm!("mrs {}, tpidr_el0", out(reg) here, options(nomem, nostack, preserves_flags));
    }
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    {
        here = owner;
    }
    owner != here
}

/// Fixes the object's reference count, as the interpreter itself does with functions and classes once there are
/// threads. It is never deallocated after this.
///
/// The owner changes the local count without atomic instructions, so it may write over what is written here. It
/// is then counted again, and a later call fixes it; references that were not counted meanwhile do not matter, as
/// the shared count has been raised by more than there can be.
#[cfg(Py_GIL_DISABLED)]
pub fn make_immortal(obj: &Obj) {
    const BEYOND_ALL: isize = 1 << (isize::BITS - 16);
    // SAFETY: alive; all threads go through atomics.
    let (local, shared) = unsafe { (&(*obj.as_ptr()).ob_ref_local, &(*obj.as_ptr()).ob_ref_shared) };
    if shared.load(Ordering::Relaxed) < BEYOND_ALL {
        shared.fetch_add(BEYOND_ALL, Ordering::Relaxed);
    }
    local.store(u32::MAX, Ordering::Relaxed);
}

/// Whether a `str` is in the interpreter's table of interned strings.
///
/// The bits lie at the same place of `PyASCIIObject` in all versions before 3.14, which pyo3-ffi knows.
#[cfg(not(Py_3_14))]
#[inline]
pub fn is_interned(s: &Obj) -> bool {
    // SAFETY: callers pass str objects; every str begins with a PyASCIIObject.
    unsafe { (*s.as_ptr().cast::<ffi::PyASCIIObject>()).interned() != 0 }
}

/// Whether a `str` is in the interpreter's table of interned strings.
///
/// What `PyUnicode_CHECK_INTERNED` does: without a GIL it is a byte of its own, with one the first two bits.
#[cfg(Py_3_14)]
#[inline]
pub fn is_interned(s: &Obj) -> bool {
    // SAFETY: callers pass str objects; every str begins with a PyASCIIObject, whose state never moves.
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

/// The place in a `str` where the interpreter keeps its hash.
#[inline(always)]
fn hash_place(s: &Obj) -> &std::sync::atomic::AtomicIsize {
    // SAFETY: callers pass str objects, which begin with a PyASCIIObject; its hash is an aligned word that threads
    // may write at the same time, always with the same value.
    unsafe {
        let place = &raw mut (*s.as_ptr().cast::<ffi::PyASCIIObject>()).hash;
        std::sync::atomic::AtomicIsize::from_ptr(place)
    }
}

/// The hash of the text of a `str`, also of a subclass with a hash of its own.
#[inline(always)]
pub fn str_hash(s: &Obj) -> usize {
    match hash_place(s).load(std::sync::atomic::Ordering::Relaxed).cast_unsigned() {
        usize::MAX => compute_str_hash(s),
        hash => hash,
    }
}

#[cold]
fn compute_str_hash(s: &Obj) -> usize {
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

/// Whether the interpreter is being shut down: from then on only the thread that does it may run Python code.
#[cfg(Py_3_13)]
#[inline]
pub fn is_finalizing() -> bool {
    // SAFETY: may be called by any thread at any time.
    unsafe { ffi::Py_IsFinalizing() != 0 }
}

/// Whether the interpreter is being shut down: from then on only the thread that does it may run Python code.
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

/// Whether the interpreter is being shut down, or has been.
#[cold]
pub fn is_ending() -> bool {
    // SAFETY: may be called by any thread at any time.
    is_finalizing() || unsafe { ffi::Py_IsInitialized() } == 0
}

/// The thread state that is attached on the calling thread, if that can be told: `candidate` or none before 3.12,
/// where there is one variable for the whole process.
#[inline(always)]
pub fn attached(candidate: *mut ffi::PyThreadState) -> *mut ffi::PyThreadState {
    // SAFETY: may be called by any thread at any time.
    let current = unsafe { ffi::compat::PyThreadState_GetUnchecked() };
    // Only the thread that a state belongs to attaches it.
    if cfg!(Py_3_12) || current == candidate { current } else { std::ptr::null_mut() }
}

/// Takes the mark "known to `PyGILState_Ensure` on its thread" off the states of threads that have ended.
///
/// `PyThreadState_Delete` believes that a state with this mark is the calling thread's: it makes that thread forget
/// its own state, and a debug build ends the process. No function takes the mark off a state of another thread. The
/// place of the marks is the same in 3.12 to 3.15; whether it is so in the running interpreter is seen from the
/// calling thread's `own` state, which is in use and has the mark, and from a `fresh` one, which has neither.
/// False, and nothing done, if these look different, or one of the ended states is in use.
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
    // SAFETY: by the caller; every thread state is larger than this.
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

/// Takes the mark "known to `PyGILState_Ensure` on its thread" off the states of threads that have ended: here never.
///
/// # Safety
/// None; for the signature of the other one.
#[cfg(all(Py_3_12, not(target_endian = "little")))]
pub unsafe fn take_mark_off(
    _: &[*mut ffi::PyThreadState],
    _: *mut ffi::PyThreadState,
    _: *mut ffi::PyThreadState,
) -> bool {
    false
}

/// Calls `callable` with the arguments at `args` as `PyObject_Vectorcall` does. A function's own entry is called
/// without a detour.
///
/// # Safety
/// As for `PyObject_Vectorcall`.
#[inline]
pub unsafe fn vectorcall(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargsf: usize,
) -> *mut ffi::PyObject {
    type Entry = unsafe extern "C" fn(
        *mut ffi::PyObject,
        *const *mut ffi::PyObject,
        usize,
        *mut ffi::PyObject,
    ) -> *mut ffi::PyObject;
    // Without a dict it is `PyObject_Vectorcall`, which is no symbol before 3.12.
    use ffi::PyObject_VectorcallDict;
    let none = std::ptr::null_mut();
    // SAFETY: by the caller; a function has a vectorcall entry, in every version at the place that its type says,
    // and keeps what it promises: a result, or null with an exception.
    unsafe {
        if ffi::Py_TYPE(callable) == &raw mut ffi::PyFunction_Type {
            let offset = ffi::PyFunction_Type.tp_vectorcall_offset;
            match callable.byte_offset(offset).cast::<Option<Entry>>().read() {
                Some(entry) => entry(callable, args, nargsf, none),
                None => PyObject_VectorcallDict(callable, args, nargsf, none),
            }
        } else {
            PyObject_VectorcallDict(callable, args, nargsf, none)
        }
    }
}

/// The value of an `int` object of at most one internal digit (30 bits), read without a call; `None` for others.
///
/// The layout is that of 3.10 and 3.11 (a signed count of digits) and of 3.12 to 3.14 (a tag word with sign and
/// count). [`int_layout_holds`] compares it with the interpreter when the module is initialized.
///
/// # Safety
/// `obj` is an `int`.
#[inline(always)]
pub unsafe fn small_int(obj: &Obj) -> Option<i64> {
    #[cfg(any(not(target_pointer_width = "64"), Py_3_15))]
    {
        let _ = obj;
        None
    }
    #[cfg(all(target_pointer_width = "64", not(Py_3_15)))]
    {
        #[repr(C)]
        struct Int {
            header: ffi::PyObject,
            #[cfg(Py_3_12)]
            tag: usize,
            #[cfg(not(Py_3_12))]
            size: isize,
            digit: u32,
        }
        // SAFETY: an int by the caller, of this layout; there is memory for one digit even in a zero.
        unsafe {
            let int = obj.as_ptr().cast::<Int>();
            let digit = i64::from((*int).digit);
            #[cfg(Py_3_12)]
            {
                // The two lowest bits are 1 minus the sign, the third is reserved, the count stands above.
                let tag = (*int).tag;
                (tag < 16).then(|| (1 - (tag & 3).cast_signed() as i64) * digit)
            }
            #[cfg(not(Py_3_12))]
            {
                let size = (*int).size;
                ((-1..=1).contains(&size)).then(|| size as i64 * digit)
            }
        }
    }
}

/// Whether [`small_int`] reads this interpreter's ints rightly: digits may have been configured to 15 bits.
pub fn int_layout_holds(py: super::Py<'_>) -> super::R<bool> {
    for v in [0, 1, -1, 5, -300, 12345, (1 << 30) - 1, 1 - (1 << 30), 1 << 30, 1 << 40] {
        let int = super::num::from_i64(py, v)?;
        // SAFETY: `from_i64` gives an int object.
        if unsafe { small_int(&int) }.is_some_and(|read| read != v) {
            return Ok(false);
        }
    }
    Ok(true)
}
