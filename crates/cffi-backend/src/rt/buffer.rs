//! The buffer protocol: a view that is released when it goes out of scope.

use std::mem::MaybeUninit;

use pyo3_ffi as ffi;

use super::err::{R, Raised, raise};
use super::obj::Obj;
use super::token::Py;

/// A contiguous buffer of another object, held until dropped.
pub(crate) struct View(ffi::Py_buffer);

impl View {
    /// Asks `obj` for a contiguous buffer; `TypeError` or `BufferError` as the exporter has it.
    pub(crate) fn get(py: Py<'_>, obj: &Obj, writable: bool) -> R<View> {
        let mut view = MaybeUninit::<ffi::Py_buffer>::zeroed();
        let flags = if writable { ffi::PyBUF_WRITABLE } else { ffi::PyBUF_SIMPLE };
        // SAFETY: attached; the exporter fills the view or raises.
        let view = unsafe {
            if ffi::PyObject_GetBuffer(obj.as_ptr(), view.as_mut_ptr(), flags) < 0 {
                return Err(Raised::already());
            }
            View(view.assume_init())
        };
        // SAFETY: a filled view.
        if unsafe { ffi::PyBuffer_IsContiguous(&view.0, b'A' as std::ffi::c_char) } == 0 {
            return Err(raise!(py, Type, "contiguous buffer expected"));
        }
        Ok(view)
    }

    /// Address of the first byte.
    pub(crate) fn ptr(&self) -> *mut u8 {
        self.0.buf.cast()
    }

    /// Length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.0.len.max(0).cast_unsigned()
    }

    /// Whether the exporter forbids writing.
    pub(crate) fn readonly(&self) -> bool {
        self.0.readonly != 0
    }

    /// The object that the view keeps alive, for `tp_traverse`.
    pub(crate) fn owner(&self) -> *mut ffi::PyObject {
        self.0.obj
    }

    /// The bytes.
    ///
    /// # Safety
    /// Nobody writes to the buffer while the slice lives.
    pub(crate) unsafe fn bytes(&self) -> &[u8] {
        if self.len() == 0 {
            return &[];
        }
        // SAFETY: the exporter promises `len` readable bytes until release.
        unsafe { std::slice::from_raw_parts(self.ptr(), self.len()) }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: filled by PyObject_GetBuffer and not released before; dropped with an attached thread.
        unsafe { ffi::PyBuffer_Release(&mut self.0) };
    }
}
