//! What the Python types of the family have in common: the end of a deallocation, and the place of the vectorcall word.

use pyo3_ffi as ffi;

use crate::value::CData;
use cffi_rt::types;

/// Ends a deallocation: weak references, type, memory.
///
/// # Safety
/// `p` is a cdata that is being deallocated and whose own members have been given up.
#[inline(always)]
pub(crate) unsafe fn finish_dealloc(p: *mut ffi::PyObject, gc: bool) {
    // SAFETY: by the caller.
    unsafe {
        let cd = p.cast::<CData>();
        types::clear_weakrefs(p, *(*cd).weakrefs.get());
        let ct = (&raw mut (*cd).ct).read();
        types::free(p, gc);
        drop(ct);
    }
}

/// A `__vectorcalloffset__` member.
pub(crate) const fn vectorcall_member(offset: usize) -> ffi::PyMemberDef {
    ffi::PyMemberDef {
        name: c"__vectorcalloffset__".as_ptr(),
        type_code: ffi::Py_T_PYSSIZET,
        offset: offset.cast_signed(),
        flags: ffi::Py_READONLY,
        doc: std::ptr::null(),
    }
}
