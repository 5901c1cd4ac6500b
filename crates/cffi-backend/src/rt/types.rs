//! Making heap types, and allocating their instances.

use std::ffi::{CStr, c_int, c_uint, c_void};

use pyo3_ffi as ffi;

use super::err::R;
use super::obj::{Obj, Owned};
use super::token::Py;

/// Description of a type, turned into an object by [`TypeSpec::make`].
pub(crate) struct TypeSpec {
    name: &'static CStr,
    basic_size: usize,
    flags: std::ffi::c_ulong,
    slots: Vec<ffi::PyType_Slot>,
}

impl TypeSpec {
    /// A type whose instances have the C layout `T`, cannot be subclassed nor instantiated from Python.
    pub(crate) fn new<T>(name: &'static CStr) -> TypeSpec {
        TypeSpec {
            name,
            basic_size: size_of::<T>(),
            flags: ffi::Py_TPFLAGS_DEFAULT
                | ffi::Py_TPFLAGS_IMMUTABLETYPE
                | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION,
            slots: Vec::new(),
        }
    }

    /// Adds a type slot. The pointer is what `PyType_Slot` documents for `slot`, and lives as long as the
    /// process.
    pub(crate) fn slot(mut self, slot: c_int, pfunc: *const c_void) -> TypeSpec {
        self.slots.push(ffi::PyType_Slot { slot, pfunc: pfunc.cast_mut() });
        self
    }

    /// The docstring.
    pub(crate) fn doc(self, doc: &'static CStr) -> TypeSpec {
        self.slot(ffi::Py_tp_doc, doc.as_ptr().cast())
    }

    /// Adds flags.
    pub(crate) fn flags(mut self, flags: std::ffi::c_ulong) -> TypeSpec {
        self.flags |= flags;
        self
    }

    /// Takes flags away.
    pub(crate) fn without(mut self, flags: std::ffi::c_ulong) -> TypeSpec {
        self.flags &= !flags;
        self
    }

    /// Makes the type object, with `module` as its defining module.
    pub(crate) fn make(mut self, py: Py<'_>, module: &Obj, base: Option<&Obj>) -> R<Owned> {
        self.slots.push(ffi::PyType_Slot { slot: 0, pfunc: std::ptr::null_mut() });
        let mut spec = ffi::PyType_Spec {
            name: self.name.as_ptr(),
            basicsize: self.basic_size as c_int,
            itemsize: 0,
            flags: self.flags as c_uint,
            slots: self.slots.as_mut_ptr(),
        };
        let base = base.map_or(std::ptr::null_mut(), Obj::as_ptr);
        // SAFETY: attached; name, doc and tables of the slots are static, the rest is copied by the call.
        unsafe { Owned::from_new(py, ffi::PyType_FromModuleAndSpec(module.as_ptr(), &mut spec, base)) }
    }
}

/// Closes a type for subclassing, after this module has made its own subclasses of it.
///
/// # Safety
/// `tp` is a type object of this module that Python code has not seen yet.
pub(crate) unsafe fn seal(tp: *mut ffi::PyTypeObject) {
    // SAFETY: by the caller.
    unsafe { super::version::change_flags(tp, 0, ffi::Py_TPFLAGS_BASETYPE) };
}

/// Allocates an object without a GC header; what is behind the object header is uninitialised.
///
/// # Safety
/// `tp` is a heap type without GC whose instances have at least the size of `T`, `size` is at least that; the
/// caller initialises all members before anybody sees the object.
#[inline(always)]
pub(crate) unsafe fn alloc_plain<T>(py: Py<'_>, tp: *mut ffi::PyTypeObject, size: usize) -> R<*mut T> {
    // SAFETY: attached; the block is large enough for the header, which PyObject_Init fills.
    unsafe {
        let p = ffi::PyObject_Malloc(size);
        if p.is_null() {
            return Err(py.no_memory());
        }
        ffi::PyObject_Init(p.cast(), tp);
        Ok(p.cast())
    }
}

/// The same with all memory behind the object header zeroed (large blocks come zeroed from the system).
///
/// # Safety
/// As for [`alloc_plain`].
#[inline(always)]
pub(crate) unsafe fn alloc_zeroed<T>(py: Py<'_>, tp: *mut ffi::PyTypeObject, size: usize) -> R<*mut T> {
    // SAFETY: as for alloc_plain.
    unsafe {
        let p = ffi::PyObject_Calloc(1, size);
        if p.is_null() {
            return Err(py.no_memory());
        }
        ffi::PyObject_Init(p.cast(), tp);
        Ok(p.cast())
    }
}

/// Allocates an object with a GC header, untracked and zeroed behind the object header.
///
/// # Safety
/// `tp` is a heap type with GC; the caller initialises all members and then calls [`track`].
pub(crate) unsafe fn alloc_gc<T>(py: Py<'_>, tp: *mut ffi::PyTypeObject) -> R<*mut T> {
    // SAFETY: attached; PyType_GenericAlloc zeroes and tracks, so it is untracked until it is filled.
    unsafe {
        let p = ffi::PyType_GenericAlloc(tp, 0);
        if p.is_null() {
            return Err(super::err::Raised::already());
        }
        ffi::PyObject_GC_UnTrack(p.cast());
        let _ = py;
        Ok(p.cast())
    }
}

/// Shows a filled object to the cyclic garbage collector.
///
/// # Safety
/// `p` is an object from [`alloc_gc`], all of its members are valid.
pub(crate) unsafe fn track(p: *mut ffi::PyObject) {
    // SAFETY: by the caller.
    unsafe { ffi::PyObject_GC_Track(p.cast()) };
}

/// Ends a `tp_dealloc`: frees the memory and gives up the instance's reference to its heap type.
///
/// # Safety
/// `p` is an object whose members have been given up, of a type of this module, with GC if `gc` is true.
#[inline(always)]
pub(crate) unsafe fn free(p: *mut ffi::PyObject, gc: bool) {
    // SAFETY: by the caller; the type is read before the memory goes.
    unsafe {
        let tp = ffi::Py_TYPE(p);
        if gc {
            ffi::PyObject_GC_Del(p.cast());
        } else {
            ffi::PyObject_Free(p.cast());
        }
        ffi::Py_DECREF(tp.cast());
    }
}

/// Clears the weak references to an object in its `tp_dealloc`.
///
/// # Safety
/// `p` is being deallocated and `list` is its weak reference list member.
#[inline(always)]
pub(crate) unsafe fn clear_weakrefs(p: *mut ffi::PyObject, list: *mut ffi::PyObject) {
    if !list.is_null() {
        // SAFETY: by the caller.
        unsafe { ffi::PyObject_ClearWeakRefs(p) };
    }
}

/// A `__weaklistoffset__` member table for a layout.
pub(crate) const fn weaklist_member(offset: usize) -> [ffi::PyMemberDef; 2] {
    [
        ffi::PyMemberDef {
            name: c"__weaklistoffset__".as_ptr(),
            type_code: ffi::Py_T_PYSSIZET,
            offset: offset as ffi::Py_ssize_t,
            flags: ffi::Py_READONLY,
            doc: std::ptr::null(),
        },
        MEMBERS_END,
    ]
}

/// The entry that ends a member table.
pub(crate) const MEMBERS_END: ffi::PyMemberDef =
    ffi::PyMemberDef { name: std::ptr::null(), type_code: 0, offset: 0, flags: 0, doc: std::ptr::null() };
