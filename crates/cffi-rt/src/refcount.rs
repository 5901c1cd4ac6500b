//! Reference counts in builds with and without a GIL.

#[cfg(Py_GIL_DISABLED)]
use std::sync::atomic::Ordering;

use pyo3_ffi as ffi;

use super::obj::Obj;

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

/// Takes a reference to an object that another thread may be deallocating, if it can still be saved.
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

/// Takes a reference to an object that another thread may be deallocating, if it can still be saved.
///
/// This is the algorithm of `_Py_TryIncRefShared` in 3.13: the two low bits of the shared count are a state, and an
/// object cannot be saved once its counts are merged and zero.
///
/// # Safety
/// `p` points to memory that still holds the object's header, and [`allow_try_incref`] was called for it.
#[cfg(all(Py_GIL_DISABLED, not(Py_3_14)))]
#[inline]
pub unsafe fn try_incref(p: *mut ffi::PyObject) -> bool {
    // SAFETY: the caller promises the object's header; all threads go through atomics.
    let (local, shared) = unsafe { (&(*p).ob_ref_local, &(*p).ob_ref_shared) };
    let count = local.load(Ordering::Relaxed);
    if count == u32::MAX {
        return true;
    }
    // SAFETY: the caller promises the object's header. An object that belongs to this thread is not being deallocated
    // by another.
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

/// The states of a shared reference count, and the unit of the count, in 3.13.
#[cfg(all(Py_GIL_DISABLED, not(Py_3_14)))]
const REF_MAYBE_WEAKREF: isize = 1;
#[cfg(all(Py_GIL_DISABLED, not(Py_3_14)))]
const REF_MERGED: isize = 3;
#[cfg(all(Py_GIL_DISABLED, not(Py_3_14)))]
const REF_ONE: isize = 4;

/// Prepares an object for [`try_incref`], before other threads can find it.
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
        // In every other state, weak references are enabled already.
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

/// Returns whether the object's reference count is fixed: references are taken and dropped without writing to it.
#[cfg(Py_GIL_DISABLED)]
#[inline(always)]
pub fn is_immortal(obj: &Obj) -> bool {
    // SAFETY: alive; all threads go through atomics.
    unsafe { (*obj.as_ptr()).ob_ref_local.load(Ordering::Relaxed) == u32::MAX }
}

/// Whether [`is_foreign`] can tell the owner of an object.
#[cfg(all(Py_GIL_DISABLED, not(Py_3_14)))]
const KNOWS_OWNER: bool =
    cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));

/// Returns whether the object belongs to another thread, so that each reference taken here is an atomic addition to
/// memory that both write to. Returns false on systems other than Linux, where this is not known.
#[cfg(Py_GIL_DISABLED)]
#[inline(always)]
pub fn is_foreign(obj: &Obj) -> bool {
    // SAFETY: alive; the interpreter writes it with atomic instructions, when the owner gives the object up.
    let owner = unsafe { std::sync::atomic::AtomicUsize::from_ptr(&raw mut (*obj.as_ptr()).ob_tid) };
    let owner = owner.load(Ordering::Relaxed);
    let here: usize;
    // This is the computation of `_Py_ThreadId`.
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
/// threads. The object is never deallocated after this.
///
/// The owner changes the local count without atomic instructions, so it may overwrite the value written here. The
/// object is counted again then, and a later call fixes it; references that were not counted meanwhile do not matter,
/// as the shared count has been raised by more than there can be.
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

/// Returns whether an object has more than one reference. Without a GIL the answer may be out of date.
pub fn is_shared(obj: &Obj) -> bool {
    // SAFETY: the object is borrowed, so it is alive.
    unsafe { ffi::Py_REFCNT(obj.as_ptr()) > 1 }
}
