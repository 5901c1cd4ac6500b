//! The deallocation that the Python types of the family share.

use pyo3_ffi as ffi;

use crate::ctype::flag;
use crate::state::State;
use crate::value::object::CDataStructPtr;
use crate::value::{CData, alloc};
use cffi_rt::at::{self, Entry};
use cffi_rt::spare::Spare;
use cffi_rt::{trash, types};

/// Ends a deallocation: clears weak references, frees the memory, and drops the type.
///
/// # Safety
/// `p` is a cdata that is being deallocated and whose own members have been dropped.
#[inline(always)]
pub(crate) unsafe fn finish_dealloc(p: *mut ffi::PyObject, gc: bool) {
    // SAFETY: the caller gives a cdata that is being deallocated, whose own members have been dropped.
    unsafe {
        let cd = p.cast::<CData>();
        types::clear_weakrefs(p, *(*cd).weakrefs.get());
        let ct = (&raw mut (*cd).ct).read();
        types::free(p, gc);
        drop(ct);
    }
}

/// Ends a deallocation as [`finish_dealloc`] does, for an object of [`super::object::SMALL`] bytes or more.
///
/// # Safety
/// As for [`finish_dealloc`], with an object that the garbage collector does not know.
#[inline(always)]
pub(crate) unsafe fn finish_small(p: *mut ffi::PyObject) {
    // SAFETY: the caller gives such an object.
    unsafe { finish_spare(p, |state| &state.spare_small) }
}

/// # Safety
/// As for [`finish_dealloc`], with an object that the garbage collector does not know, whose block has the size of those
/// of the list.
#[inline(always)]
unsafe fn finish_spare(p: *mut ffi::PyObject, list: fn(&State) -> &Spare) {
    // SAFETY: the caller gives a cdata that is being deallocated, on an attached thread; its ctype keeps the state, and
    // goes last.
    unsafe {
        let cd = p.cast::<CData>();
        types::clear_weakrefs(p, *(*cd).weakrefs.get());
        let ct = (&raw mut (*cd).ct).read();
        types::free_spare(p, list(ct.state()));
        drop(ct);
    }
}

unsafe extern "C" fn dealloc_own(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone; the layout is chosen as in
    // `CData::target`.
    unsafe {
        if (*p.cast::<CData>()).ct().has(flag::AGGREGATE_PTR) {
            dealloc_struct_pointer(p);
        } else if alloc::is_owned_small(&*p.cast::<CData>()) {
            finish_spare(p, |state| &state.spare_owned);
        } else {
            finish_dealloc(p, false);
        }
    }
}

/// # Safety
/// `p` is a pointer to a struct that owns it, and is being deallocated.
#[inline(never)]
unsafe fn dealloc_struct_pointer(p: *mut ffi::PyObject) {
    // SAFETY: such an object has this layout. A target that is not tracked refers to no object but its ctype, so
    // dropping it nests only once.
    unsafe {
        let tracked = (*p.cast::<CData>()).is_tracked();
        if tracked {
            ffi::PyObject_GC_UnTrack(p.cast());
        }
        let target = (&raw mut (*p.cast::<CDataStructPtr>()).target).read();
        if tracked {
            finish_dealloc(p, true);
            trash::release(target);
        } else {
            finish_small(p);
            drop(target);
        }
    }
}

/// Returns the `tp_dealloc` of all cdata that `new()` and allocators make.
pub(crate) fn own_slot() -> Entry<CData, at::Dealloc> {
    // SAFETY: the function distinguishes by the ctype and the type whether such a cdata has a target, and how it was allocated.
    unsafe { Entry::<CData, at::Dealloc>::new(dealloc_own) }
}

unsafe extern "C" fn free_own(p: *mut std::ffi::c_void) {
    // SAFETY: called by the interpreter, if at all, with the memory of an object of one of these types, which are made
    // by the interpreter's own functions.
    unsafe {
        if ffi::PyType_HasFeature(ffi::Py_TYPE(p.cast()), ffi::Py_TPFLAGS_HAVE_GC) != 0 {
            ffi::PyObject_GC_Del(p);
        } else {
            ffi::PyObject_Free(p);
        }
    }
}

/// Returns the `tp_free` of all cdata that `new()` and allocators make. It identifies them: no other type has it, and
/// checked mode gives these types another `tp_dealloc`.
#[inline(always)]
pub(crate) fn own_mark() -> Entry<CData, at::Free> {
    // SAFETY: the function gives the memory back to the interpreter's allocator for the type that it is of.
    unsafe { Entry::<CData, at::Free>::new(free_own) }
}
