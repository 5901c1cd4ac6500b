//! `CType` as a Python type: deallocation, garbage collection, slots.

use std::ffi::{c_int, c_void};
use std::mem::offset_of;
use std::sync::atomic::Ordering;

use pyo3_ffi as ffi;

use super::object::{CType, Detail, repr_slot};
use crate::state;
use cffi_rt::at::{self, Entry};
use cffi_rt::table::{Member, Table};
use cffi_rt::types::{self, TypeSpec};
use cffi_rt::{Obj, Py, R};

unsafe extern "C" fn dealloc(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone; every member is given up once. The trashcan
    // bounds the C stack when a long chain of types is deallocated at once.
    unsafe {
        ffi::PyObject_GC_UnTrack(p.cast());
        let ct = p.cast::<CType>();
        if (*ct).interned.load(Ordering::Relaxed) {
            match (*ct).key() {
                Some(key) => (*ct).state().interned.forget(&key, ct.cast()),
                None => (*ct).state().interned.forget_without_key(ct.cast()),
            }
        }
        (*ct).state().notes.forget_types();
        types::clear_weakrefs(p, *(*ct).weakrefs.get());
        let state = (*ct).state;
        let item = (&raw mut (*ct).item).read();
        let detail = (&raw mut (*ct).detail).read();
        let name = (&raw mut (*ct).name).read();
        types::free(p, true);
        drop(name);
        super::make::drop_parts(item, detail);
        state::unshare(state);
    }
}

unsafe extern "C" fn traverse(p: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: called by the garbage collector with a live object; only borrowed pointers are visited.
    unsafe {
        let ct = &*p.cast::<CType>();
        let mut status = visit(ffi::Py_TYPE(p).cast(), arg);
        if status == 0
            && let Some(item) = &ct.item
        {
            status = visit(item.as_ptr(), arg);
        }
        if status == 0 {
            ct.detail.visit(&mut |q| {
                if status == 0 {
                    status = visit(q, arg);
                }
            });
        }
        status
    }
}

unsafe extern "C" fn clear(p: *mut ffi::PyObject) -> c_int {
    // SAFETY: called by the garbage collector for an object that only garbage refers to. Cycles go through
    // structs (a field that points to its struct) and through the open array type of a pointer; cutting there
    // suffices, and leaves every other member valid.
    unsafe {
        let ct = &*p.cast::<CType>();
        match &ct.detail {
            Detail::Pointer(array) => drop(array.empty()),
            Detail::Aggregate(a) => {
                drop(a.place().empty());
                a.clear_lazy();
            }
            _ => {}
        }
    }
    0
}

static MEMBERS: Table<Member<CType>, 2> = Table::members([
    // SAFETY: the member is null in a new ctype, and this file hands it to the interpreter alone.
    unsafe { Member::weak_references(offset_of!(CType, weakrefs)) },
    Member::END,
]);

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    // SAFETY: the functions give up and visit the members of this layout, which the garbage collector tracks.
    let (dealloc, traverse, clear) = unsafe {
        (
            Entry::<CType, at::Dealloc>::new(dealloc),
            Entry::<CType, at::Traverse>::new(traverse),
            Entry::<CType, at::Clear>::new(clear),
        )
    };
    TypeSpec::<CType>::new(c"_cffi_backend.CType")
        .collected(traverse)
        .doc(super::attrs::DOC)
        .slot(at::Dealloc, dealloc)
        .slot(at::Clear, clear)
        .slot(at::Repr, repr_slot())
        .members(&MEMBERS)
        .attributes(&super::attrs::GETSET)
        .methods(&super::attrs::METHODS)
        .make(py, module)
}
