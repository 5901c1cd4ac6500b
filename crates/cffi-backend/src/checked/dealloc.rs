//! Deallocates cdata in checked mode: ends what the registry knows of them, then calls the functions of `cdata`.
//!
//! A report runs code of Python, and with it the garbage collector. The collector must not find the object, whose
//! reference count is 0: it would deallocate it once more. So each function begins with the object's removal from the
//! collector's list. The original functions do that again, which has no effect.

use pyo3_ffi as ffi;

use super::{handles, lent};
use crate::cdata::from_buffer::{self, CDataFromBuf};
use crate::cdata::gcp::{self, CDataGcp};
use crate::cdata::own_gc;
use crate::value::CData;
use cffi_regions::region::How;
use cffi_rt::Py;

/// `tp_dealloc` of handles and callbacks.
///
/// # Safety
/// Called by the interpreter when the last reference is gone.
pub(super) unsafe extern "C" fn own_gc(p: *mut ffi::PyObject) {
    // SAFETY: attached, and the object is alive until the original function is called.
    unsafe {
        ffi::PyObject_GC_UnTrack(p.cast());
        // The address of a handle is that of its object.
        if (*p.cast::<CData>()).data().addr() == p.addr() {
            handles::collected(Py::assume(), p.addr());
        }
        own_gc::dealloc(p);
    }
}

/// `tp_dealloc` of buffers.
///
/// # Safety
/// Called by the interpreter when the last reference is gone.
pub(super) unsafe extern "C" fn buffer(p: *mut ffi::PyObject) {
    // SAFETY: attached; the object is alive until the original function is called.
    unsafe {
        ffi::PyObject_GC_UnTrack(p.cast());
        let py = Py::assume();
        let exporter = CDataFromBuf::of(&*p.cast::<CData>()).and_then(CDataFromBuf::exporter);
        py.with_saved_err(|| lent::buffer_ends(py, p.addr(), exporter.as_deref(), How::Collected));
        drop(exporter);
        from_buffer::dealloc(p);
    }
}

/// `tp_dealloc` of cdata with a destructor.
///
/// # Safety
/// Called by the interpreter when the last reference is gone.
pub(super) unsafe extern "C" fn gcp(p: *mut ffi::PyObject) {
    // SAFETY: the interpreter calls this function on an attached thread, and the original one gets the object that it passed.
    unsafe {
        ffi::PyObject_GC_UnTrack(p.cast());
        let py = Py::assume();
        let ends = CDataGcp::of(&*p.cast::<CData>()).is_some_and(CDataGcp::has_destructor);
        let lent = lent::destructor_runs(py, p.addr());
        gcp::dealloc(p);
        if let Some(region) = lent.filter(|_| ends) {
            lent::destroyed(py, region);
        }
    }
}
