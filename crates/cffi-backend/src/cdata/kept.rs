//! The Python types of views that keep the owner of their memory alive; `value::kept` makes their objects.

use std::ffi::{CStr, c_int, c_void};

use pyo3_ffi as ffi;

use crate::cdata::{from_buffer, gcp};
use crate::value::dealloc::{finish_dealloc, finish_small};
use crate::value::kept::{Kept, KeptLen};
use cffi_rt::at::{self, Entry};
use cffi_rt::types::TypeSpec;
use cffi_rt::{Obj, Py, R, trash};

unsafe extern "C" fn dealloc(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone. The keeper keeps no view, so this nests only
    // once.
    unsafe {
        let keeper = (&raw mut (*p.cast::<Kept>()).keeper).read();
        if keeper.is_some() {
            finish_small(p);
        } else {
            // A copy of a struct, of any size, is behind the object.
            finish_dealloc(p, false);
        }
        drop(keeper);
    }
}

unsafe extern "C" fn dealloc_array(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone. This nests only once, as in `dealloc`.
    unsafe {
        let keeper = (&raw mut (*p.cast::<KeptLen>()).keeper).read();
        finish_dealloc(p, false);
        drop(keeper);
    }
}

unsafe extern "C" fn dealloc_tracked(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone. A destructor that has waited for the view runs
    // when the view is gone, and cannot make it reachable again.
    unsafe {
        ffi::PyObject_GC_UnTrack(p.cast());
        let keeper = (&raw mut (*p.cast::<KeptLen>()).keeper).read();
        finish_dealloc(p, true);
        gcp::unpin(Py::assume(), &keeper);
        trash::release(keeper.into_obj());
    }
}

/// Visits the references of a tracked view.
///
/// # Safety
/// Called by the garbage collector with an object of the layout [`KeptLen`].
pub(crate) unsafe fn visit(p: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: the collector passes live objects; the view owns a reference to each of these.
    unsafe {
        let view = &*p.cast::<KeptLen>();
        for q in [ffi::Py_TYPE(p).cast(), view.base.base.ct().as_ptr(), view.keeper.as_ptr()] {
            let r = visit(q, arg);
            if r != 0 {
                return r;
            }
        }
    }
    0
}

unsafe extern "C" fn traverse(p: *mut ffi::PyObject, visitor: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: called by the garbage collector with an object of the type that has this slot.
    unsafe { visit(p, visitor, arg) }
}

/// The name of all views, which is that of their base type, so that programs do not distinguish them by it.
const NAME: &CStr = c"_cffi_backend._CDataBase";

const DOC: &CStr = c"C data that lies in the memory of another cdata, which it keeps alive.";

/// Makes the type of structs, unions and arrays of fixed length in plain memory.
pub(crate) fn make_kept(py: Py<'_>, module: &Obj, base: &Obj) -> R {
    // SAFETY: the function gives up the members of this layout.
    let dealloc = unsafe { Entry::<Kept, at::Dealloc>::new(dealloc) };
    let spec = TypeSpec::<Kept>::new(NAME)
        .doc(DOC)
        .slot(at::Dealloc, dealloc)
        .slot(at::Call, crate::call::call_slot());
    // SAFETY: the base class is that of cdata, with which the layout begins; the type sets a deallocation that fits its blocks.
    unsafe { spec.make_subclass(py, module, base) }
}

/// Makes the type of slices of plain memory.
pub(crate) fn make_array(py: Py<'_>, module: &Obj, base: &Obj) -> R {
    // SAFETY: the function gives up the members of this layout.
    let dealloc = unsafe { Entry::<KeptLen, at::Dealloc>::new(dealloc_array) };
    let spec = TypeSpec::<KeptLen>::new(NAME)
        .doc(DOC)
        .slot(at::Dealloc, dealloc)
        .slot(at::Call, crate::call::call_slot());
    // SAFETY: the base class is that of cdata, with which the layout begins; the type sets a deallocation that fits its blocks.
    unsafe { spec.make_subclass(py, module, base) }
}

/// Makes the type of all views of memory that has a destructor.
pub(crate) fn make_gcp(py: Py<'_>, module: &Obj, base: &Obj) -> R {
    // SAFETY: the function visits the members of this layout.
    make_tracked(py, module, base, unsafe { Entry::<KeptLen, at::Traverse>::new(traverse) })
}

/// Makes the type of all views of Python buffers. Its `tp_traverse` marks them as memory that has to be checked before
/// it is used.
pub(crate) fn make_buffer(py: Py<'_>, module: &Obj, base: &Obj) -> R {
    // SAFETY: the function visits the members of both layouts that it serves, one of which is this one.
    make_tracked(py, module, base, unsafe { Entry::<KeptLen, at::Traverse>::new(from_buffer::traverse) })
}

/// Makes a type that the garbage collector tracks. It needs no `tp_clear`: the keeper is set before other code sees the
/// view, so every cycle goes through another object that can be changed.
fn make_tracked(py: Py<'_>, module: &Obj, base: &Obj, traverse: Entry<KeptLen, at::Traverse>) -> R {
    // SAFETY: the function gives up the members of this layout, after it has taken the object off the collector's list.
    let dealloc = unsafe { Entry::<KeptLen, at::Dealloc>::new(dealloc_tracked) };
    let spec = TypeSpec::<KeptLen>::new(NAME)
        .collected(traverse)
        .doc(DOC)
        .slot(at::Dealloc, dealloc)
        .slot(at::Call, crate::call::call_slot());
    // SAFETY: the base class is that of cdata, with which the layout begins; the type sets a deallocation that fits its blocks.
    unsafe { spec.make_subclass(py, module, base) }
}
