//! Reference counts, as builds with and without a GIL keep them.

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
