//! `FFI` as a Python object: layout, construction, garbage collection.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3_ffi as ffi;

use crate::decls::context::Context;
use crate::inline::Inline;
use crate::state::{Module, State};
use cffi_rt::at::{self, Entry};
use cffi_rt::class::{Trace, visit_member};
use cffi_rt::name_cache::NameCache;
use cffi_rt::obj::OnceRef;
use cffi_rt::types;
use cffi_rt::{Obj, Owned, Py, PyLayout, R, dict, raise};

/// An FFI object.
#[repr(C)]
pub(crate) struct FfiObject {
    header: UnsafeCell<ffi::PyObject>,
    context: Context,
    /// Whether the constructor has run, which it does once.
    initialized: AtomicBool,
    /// Type strings that have been parsed: a dict from `str` to ctype, or to a 1-tuple of the pointer type for function
    /// types. Entries are never removed.
    pub(crate) parsed: Owned,
    /// Types of that dict by the addresses of their texts, for objects whose declarations are tables.
    pub(crate) recent: NameCache,
    /// The dict of `init_once`, made when first needed.
    pub(crate) once: OnceRef<Obj>,
    /// The declarations from texts, for objects without tables. Set once, by the first `cdef()` or `include()`.
    inline: OnceLock<Box<Inline>>,
}

impl Deref for FfiObject {
    type Target = Obj;
    fn deref(&self) -> &Obj {
        // SAFETY: begins with the object header and is alive.
        unsafe { Obj::from_ptr(self.header.get()) }
    }
}

// SAFETY: repr(C) with the header first. Only the class itself has this deallocator; instances of subclasses,
// which have it among their bases, begin with the layout of the class.
unsafe impl PyLayout for FfiObject {
    fn check(obj: &Obj) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe { class_of(obj.tp()) }.is_some()
    }
}

/// Finds the class `FFI` among a type and its bases.
///
/// # Safety
/// The type is alive.
unsafe fn class_of(mut tp: *mut ffi::PyTypeObject) -> Option<*mut ffi::PyTypeObject> {
    // SAFETY: a type keeps its bases alive, and the chain of layouts ends with `object`.
    unsafe {
        while let Some(t) = tp.as_ref() {
            let own = t.tp_dealloc.is_some_and(|f| std::ptr::fn_addr_eq(f, dealloc as ffi::destructor));
            if own {
                return Some(tp);
            }
            tp = t.tp_base;
        }
    }
    None
}

impl FfiObject {
    /// Notes that the constructor runs. Returns false if it has run before, or if the object belongs to a compiled
    /// module.
    pub(crate) fn begin_init(&self) -> bool {
        !self.initialized.swap(true, Ordering::AcqRel) && !self.context.has_declarations()
    }

    /// Returns the declarations from texts, if there are any.
    #[inline]
    pub(crate) fn inline(&self) -> Option<&Inline> {
        self.inline.get().map(|inline| &**inline)
    }

    /// Returns the declarations from texts, and makes an empty set of them the first time.
    ///
    /// # Errors
    /// `AttributeError` for an object whose declarations are tables: it has no `cdef`.
    pub(crate) fn begin_inline(&self, py: Py<'_>) -> R<&Inline> {
        if let Some(inline) = self.inline() {
            return Ok(inline);
        }
        if self.context.has_declarations() {
            return Err(raise!(
                py,
                Attribute,
                "this FFI object has the declarations of a module, to which cdef() and include() cannot add"
            ));
        }
        let fresh = py.boxed(Inline::new())?;
        Ok(&**self.inline.get_or_init(|| fresh))
    }

    /// Returns the context, which makes types from the declarations.
    #[inline(always)]
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Returns `obj` as an FFI object (of the class or a subclass).
    pub(crate) fn cast<'a>(st: &State, obj: &'a Obj) -> Option<&'a FfiObject> {
        // SAFETY: both are alive; instances of subclasses begin with the layout of the class.
        unsafe {
            let is = ffi::PyObject_TypeCheck(obj.as_ptr(), st.types.ffi) != 0;
            is.then(|| &*obj.as_ptr().cast::<FfiObject>())
        }
    }
}

/// Makes an object of the class or of a subclass, without declarations.
///
/// # Errors
/// `TypeError` for another class.
pub(crate) fn of_class(py: Py<'_>, class: &Obj) -> R<Owned<FfiObject>> {
    if !types::is_class(class) {
        return Err(raise!(py, Type, "expected a subclass of FFI"));
    }
    let tp = class.as_ptr().cast();
    // SAFETY: the object was checked to be a class.
    let module = match unsafe { class_of(tp) } {
        // SAFETY: the class is a base of one that is alive.
        Some(own) => types::module_of(py, unsafe { Obj::from_ptr(own.cast()) })?.downcast::<Module>(),
        None => None,
    };
    match module {
        // SAFETY: the class is `FFI` or derived from it, as was found just above.
        Some(module) => unsafe { new_of(py, module.state(py)?, tp) },
        None => Err(raise!(py, Type, "expected a subclass of FFI")),
    }
}

/// Makes an object of the class `FFI` without declarations.
pub(crate) fn new(py: Py<'_>, st: &State) -> R<Owned<FfiObject>> {
    // SAFETY: the state keeps the class.
    unsafe { new_of(py, st, st.types.ffi) }
}

/// Makes an object of type `tp` without declarations.
///
/// # Safety
/// The type is the class `FFI` or derived from it.
unsafe fn new_of(py: Py<'_>, st: &State, tp: *mut ffi::PyTypeObject) -> R<Owned<FfiObject>> {
    // SAFETY: `tp` has this layout, perhaps with more members behind it, which the allocation zeroes; all members are
    // written before the object is tracked.
    unsafe {
        let parsed = dict::new(py)?;
        let p = types::alloc_gc_derived::<FfiObject>(py, tp)?;
        (&raw mut (*p).context).write(Context::new(st, p));
        (&raw mut (*p).initialized).write(AtomicBool::new(false));
        (&raw mut (*p).parsed).write(parsed);
        (&raw mut (*p).recent).write(NameCache::new());
        (&raw mut (*p).once).write(OnceRef::new());
        (&raw mut (*p).inline).write(OnceLock::new());
        types::track(p.cast());
        Ok(Owned::from_raw(p))
    }
}

/// `tp_dealloc`.
unsafe extern "C" fn dealloc(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone; every member is given up once. For an
    // instance of a subclass this is called by the subclass's deallocator, which frees the rest.
    unsafe {
        ffi::PyObject_GC_UnTrack(p.cast());
        let f = p.cast::<FfiObject>();
        std::ptr::drop_in_place(&raw mut (*f).context);
        std::ptr::drop_in_place(&raw mut (*f).parsed);
        std::ptr::drop_in_place(&raw mut (*f).recent);
        std::ptr::drop_in_place(&raw mut (*f).once);
        std::ptr::drop_in_place(&raw mut (*f).inline);
        types::free(p, true);
    }
}

/// Returns `tp_dealloc` of the class `FFI`.
pub(crate) fn dealloc_slot() -> Entry<FfiObject, at::Dealloc> {
    // SAFETY: the function works on the members of this layout, which the garbage collector tracks.
    unsafe { Entry::<FfiObject, at::Dealloc>::new(dealloc) }
}

/// `tp_traverse`.
unsafe extern "C" fn traverse(p: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: called by the garbage collector with a live object.
    unsafe {
        let f = &*p.cast::<FfiObject>();
        let owned = [Some(ffi::Py_TYPE(p).cast()), Some(f.parsed.as_ptr()), f.once.get().map(Obj::as_ptr)];
        for q in owned.into_iter().flatten() {
            let status = visit(q, arg);
            if status != 0 {
                return status;
            }
        }
        let status = visit_inline(f, visit, arg);
        if status != 0 {
            return status;
        }
        let status = visit_member(&f.recent, visit, arg);
        if status != 0 {
            return status;
        }
        f.context.traverse(visit, arg)
    }
}

/// Returns `tp_traverse` of the class `FFI`.
pub(crate) fn traverse_slot() -> Entry<FfiObject, at::Traverse> {
    // SAFETY: the function works on the members of this layout, which the garbage collector tracks.
    unsafe { Entry::<FfiObject, at::Traverse>::new(traverse) }
}

/// Visits what the declarations from texts refer to.
///
/// # Safety
/// Called by the garbage collector.
unsafe fn visit_inline(f: &FfiObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    let mut status = 0;
    if let Some(inline) = f.inline() {
        inline.visit(&mut |p| {
            if status == 0 {
                // SAFETY: `p` is a live object that `inline` owns a reference to.
                status = unsafe { visit(p.cast(), arg) };
            }
        });
    }
    status
}

/// `tp_clear`.
unsafe extern "C" fn clear(p: *mut ffi::PyObject) -> c_int {
    // SAFETY: called by the garbage collector for an object that only garbage refers to.
    unsafe {
        let f = &*p.cast::<FfiObject>();
        f.context.clear();
        ffi::PyDict_Clear(f.parsed.as_ptr());
        f.recent.clear();
        drop(f.once.empty());
        if let Some(inline) = f.inline() {
            inline.clear();
        }
    }
    0
}

/// Returns `tp_clear` of the class `FFI`.
pub(crate) fn clear_slot() -> Entry<FfiObject, at::Clear> {
    // SAFETY: the function works on the members of this layout, which the garbage collector tracks.
    unsafe { Entry::<FfiObject, at::Clear>::new(clear) }
}
