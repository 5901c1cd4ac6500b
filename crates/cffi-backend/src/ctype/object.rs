//! `CType` as a Python object: allocation, deallocation, garbage collection.

use std::ffi::{c_int, c_void};
use std::mem::offset_of;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU32, Ordering};

use cffi_types::CName;
use pyo3_ffi as ffi;

use super::{Access, CType, Detail, Kind};
use crate::rt::slots::{Table, slot};
use crate::rt::types::{self, TypeSpec};
use crate::rt::{Obj, Owned, Py, R, text};
use crate::state::intern::{Key, addr};
use crate::state::{self, State};

/// The members of a new ctype.
pub(crate) struct Parts {
    pub(crate) kind: Kind,
    pub(crate) access: Access,
    pub(crate) flags: u16,
    pub(crate) name: CName,
    pub(crate) size: isize,
    pub(crate) length: isize,
    pub(crate) item: Option<Owned<CType>>,
    pub(crate) detail: Detail,
}

/// Makes the object.
pub(crate) fn new(py: Py<'_>, st: &State, parts: Parts) -> R<Owned<CType>> {
    let Parts { kind, access, flags, name, size, length, item, detail } = parts;
    // SAFETY: the type is this layout's GC type; all members behind the header are written before tracking.
    unsafe {
        let p = types::alloc_gc::<CType>(py, st.types.ctype)?;
        (&raw mut (*p).state).write(state::share(st));
        (&raw mut (*p).kind).write(kind);
        (&raw mut (*p).access).write(access);
        (&raw mut (*p).flags).write(flags);
        (&raw mut (*p).position).write(u32::try_from(name.position).unwrap_or(u32::MAX));
        (&raw mut (*p).interned).write(AtomicBool::new(false));
        (&raw mut (*p).layout).write(AtomicU32::new(0));
        (&raw mut (*p).size).write(AtomicIsize::new(size));
        (&raw mut (*p).length).write(AtomicIsize::new(length));
        (&raw mut (*p).item).write(item);
        (&raw mut (*p).detail).write(detail);
        (&raw mut (*p).name).write(name.text.into_boxed_str());
        types::track(p.cast());
        Ok(Owned::from_raw(p))
    }
}

/// The live interned type of that key.
pub(super) fn interned(st: &State, key: &Key) -> Option<Owned<CType>> {
    // SAFETY: only `publish` below puts objects into the table.
    st.interned.find(key).map(|found| unsafe { found.cast_unchecked() })
}

/// Publishes a type under its key, unless another thread has published one meanwhile, which is returned then.
pub(super) fn publish(st: &State, key: Key, fresh: Owned<CType>) -> Owned<CType> {
    fresh.set_interned();
    let first = st.interned.publish(key, fresh.into_obj());
    // SAFETY: as above.
    unsafe { first.cast_unchecked() }
}

/// The primitive type (or void) of that number, if it has been made.
pub(super) fn primitive_made(st: &State, number: u8) -> Option<Owned<CType>> {
    let made = st.primitives.get(usize::from(number))?.get()?;
    // SAFETY: only `keep_primitive` puts objects there.
    Some(unsafe { made.new_ref().cast_unchecked() })
}

/// Keeps a primitive type (or void) alive with the module.
pub(super) fn keep_primitive(st: &State, number: u8, fresh: Owned<CType>) -> Owned<CType> {
    let Some(place) = st.primitives.get(usize::from(number)) else { return fresh };
    let first = place.set_or_get(fresh.into_obj()).new_ref();
    // SAFETY: as above.
    unsafe { first.cast_unchecked() }
}

impl CType {
    /// The key under which an interned type stands in the table; `None` for the kinds that are never interned.
    fn key(&self) -> Option<Key> {
        match &self.detail {
            Detail::None if self.kind == Kind::Void => Some(Key::Void),
            Detail::Primitive(p) => Some(Key::Primitive(p.number)),
            Detail::Pointer(_) => Some(Key::Pointer(self.item().map_or(0, |i| addr(i)))),
            Detail::Array(pointer) => Some(Key::Array(addr(pointer), self.length())),
            Detail::Function(f) => Some(f.key()),
            _ => None,
        }
    }
}

unsafe extern "C" fn dealloc(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone; every member is given up once. The
    // trashcan bounds the C stack when a long chain of types goes at once.
    unsafe {
        ffi::PyObject_GC_UnTrack(p.cast());
        let ct = p.cast::<CType>();
        if (*ct).interned.load(Ordering::Relaxed)
            && let Some(key) = (*ct).key()
        {
            (*ct).state().interned.forget(&key, ct.cast());
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

impl Detail {
    /// Calls `f` for every object that is referenced.
    fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject)) {
        match self {
            Detail::None | Detail::Primitive(_) => {}
            Detail::Pointer(array) => {
                if let Some(ct) = array.get() {
                    f(ct.as_ptr());
                }
            }
            Detail::Array(pointer) => f(pointer.as_ptr()),
            Detail::Aggregate(a) => a.visit(f),
            Detail::Enum(e) => e.visit(f),
            Detail::Function(t) => t.visit(f),
        }
    }
}

unsafe extern "C" fn clear(p: *mut ffi::PyObject) -> c_int {
    // SAFETY: called by the garbage collector for an object that only garbage refers to. Cycles go through
    // structs (a field that points to its struct) and through the open array type of a pointer; cutting there
    // suffices, and leaves every other member valid.
    unsafe {
        let ct = &*p.cast::<CType>();
        match &ct.detail {
            Detail::Pointer(array) => drop(array.take()),
            Detail::Aggregate(a) => a.clear(),
            _ => {}
        }
    }
    0
}

fn repr(py: Py<'_>, ct: &CType) -> R {
    text::new_str(py, &format!("<ctype '{}'>", ct.name()))
}

/// `tp_repr`, which also serves to recognise the type.
pub(crate) fn repr_slot() -> ffi::reprfunc {
    slot!(unary CType, *mut ffi::PyObject, repr)
}

static MEMBERS: Table<ffi::PyMemberDef, 2> = Table(types::weaklist_member(offset_of!(CType, weakrefs)));

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    TypeSpec::new::<CType>(c"_cffi_backend.CType")
        .flags(ffi::Py_TPFLAGS_HAVE_GC)
        .doc(super::attrs::DOC)
        .slot(ffi::Py_tp_dealloc, dealloc as *const c_void)
        .slot(ffi::Py_tp_traverse, traverse as *const c_void)
        .slot(ffi::Py_tp_clear, clear as *const c_void)
        .slot(ffi::Py_tp_repr, repr_slot() as *const c_void)
        .slot(ffi::Py_tp_members, MEMBERS.as_slot())
        .slot(ffi::Py_tp_getset, super::attrs::GETSET.as_slot())
        .slot(ffi::Py_tp_methods, super::attrs::METHODS.as_slot())
        .make(py, module, None)
}
