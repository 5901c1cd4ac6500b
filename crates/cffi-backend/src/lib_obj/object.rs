//! `Lib` as a Python object: layout, construction, garbage collection.

use std::borrow::Cow;
use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pyo3_ffi as ffi;

use crate::decls::context::Context;
use crate::decls::object::FfiObject;
use crate::library::Library;
use cffi_rt::args::Named;
use cffi_rt::obj::OnceRef;
use cffi_rt::slots::slot;
use cffi_rt::types;
use cffi_rt::{Obj, Owned, Py, PyLayout, R, dict, text};

/// The C names that a module declares, as attributes.
#[repr(C)]
pub(crate) struct Lib {
    header: UnsafeCell<ffi::PyObject>,
    ffi: Owned<FfiObject>,
    /// `str`: the module's, or the file's for `dlopen`.
    pub(crate) name: Owned,
    /// What has been asked for: dict from `str`. Entries are added, and all removed by `dlclose`.
    pub(crate) attrs: Owned,
    /// The function pointers of built-in functions, each in the place of its declaration, once one is asked for.
    pointers: OnceLock<Box<[OnceRef<Obj>]>>,
    source: Source,
    /// The libs of included compiled modules. Set once, when the module is imported.
    included: OnceLock<Box<[Owned<Lib>]>>,
}

/// Where addresses come from.
enum Source {
    /// The module's tables.
    Compiled,
    /// An open library, until it is closed. The lock is held to copy or take the reference, never while Python
    /// or foreign code runs.
    Opened(Mutex<Option<Arc<Library>>>),
}

impl Deref for Lib {
    type Target = Obj;
    fn deref(&self) -> &Obj {
        // SAFETY: begins with the object header and is alive.
        unsafe { Obj::from_ptr(self.header.get()) }
    }
}

// SAFETY: repr(C) with the header first; the type cannot be subclassed, and no other type has its `tp_repr`.
unsafe impl PyLayout for Lib {
    fn check(obj: &Obj) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe { (*obj.tp()).tp_repr.is_some_and(|f| std::ptr::fn_addr_eq(f, repr_slot())) }
    }
}

impl Named for Lib {
    const TP_NAME: &'static str = "_cffi_backend.Lib";
}

impl Lib {
    /// What makes types from its declarations.
    #[inline(always)]
    pub(crate) fn context(&self) -> &Context {
        self.ffi.context()
    }

    /// Its name, for messages.
    pub(crate) fn shown(&self, py: Py<'_>) -> Cow<'_, str> {
        text::lossy(py, &self.name)
    }

    /// Gives it the libs of the modules that its module includes, once.
    pub(crate) fn set_included(&self, libs: Vec<Owned<Lib>>) {
        let _ = self.included.set(libs.into_boxed_slice());
    }

    /// The libs of included compiled modules; `None` for a library opened by `dlopen`.
    pub(crate) fn included(&self) -> Option<&[Owned<Lib>]> {
        self.included.get().map(|libs| &**libs)
    }

    /// Where the function pointer for declaration `index` is kept.
    pub(crate) fn pointer(&self, index: usize) -> Option<&OnceRef<Obj>> {
        let places = || (0..self.context().decl().num_globals()).map(|_| OnceRef::new()).collect();
        self.pointers.get_or_init(places).get(index)
    }

    /// The library, if it was opened by `dlopen` and is not closed.
    pub(crate) fn library(&self) -> Option<Arc<Library>> {
        match &self.source {
            Source::Compiled => None,
            Source::Opened(library) => library.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Takes the library away.
    pub(crate) fn take_library(&self) -> Option<Arc<Library>> {
        match &self.source {
            Source::Compiled => None,
            Source::Opened(library) => library.lock().unwrap_or_else(PoisonError::into_inner).take(),
        }
    }
}

/// The lib of an FFI object: of a compiled module, or of an open library.
pub(crate) fn new(py: Py<'_>, ffi: &FfiObject, name: &str, library: Option<Arc<Library>>) -> R<Owned<Lib>> {
    let (name, attrs) = (text::new_str(py, name)?, dict::new(py)?);
    let source = library.map_or(Source::Compiled, |library| Source::Opened(Mutex::new(Some(library))));
    // SAFETY: the type has this layout; all members are written before the object is tracked. Every FFI object
    // has the layout of its class.
    unsafe {
        let p = types::alloc_gc::<Lib>(py, ffi.context().state().types.lib)?;
        (&raw mut (*p).ffi).write(ffi.context().object());
        (&raw mut (*p).name).write(name);
        (&raw mut (*p).attrs).write(attrs);
        (&raw mut (*p).pointers).write(OnceLock::new());
        (&raw mut (*p).source).write(source);
        (&raw mut (*p).included).write(OnceLock::new());
        types::track(p.cast());
        Ok(Owned::from_raw(p))
    }
}

pub(crate) unsafe extern "C" fn dealloc(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone; every member is given up once. What the
    // library had given addresses of goes before the library.
    unsafe {
        ffi::PyObject_GC_UnTrack(p.cast());
        let lib = p.cast::<Lib>();
        std::ptr::drop_in_place(&raw mut (*lib).attrs);
        std::ptr::drop_in_place(&raw mut (*lib).pointers);
        std::ptr::drop_in_place(&raw mut (*lib).included);
        std::ptr::drop_in_place(&raw mut (*lib).source);
        std::ptr::drop_in_place(&raw mut (*lib).name);
        std::ptr::drop_in_place(&raw mut (*lib).ffi);
        types::free(p, true);
    }
}

pub(crate) unsafe extern "C" fn traverse(
    p: *mut ffi::PyObject,
    visit: ffi::visitproc,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: called by the garbage collector with a live object.
    unsafe {
        let lib = &*p.cast::<Lib>();
        let own = [ffi::Py_TYPE(p).cast(), lib.ffi.as_ptr(), lib.name.as_ptr(), lib.attrs.as_ptr()];
        let pointers = lib.pointers.get().map_or(&[][..], |p| p).iter();
        let pointers = pointers.filter_map(|p| p.get().map(Obj::as_ptr));
        let included = lib.included().unwrap_or_default().iter().map(|lib| lib.as_ptr());
        for q in own.into_iter().chain(pointers).chain(included) {
            let status = visit(q, arg);
            if status != 0 {
                return status;
            }
        }
        0
    }
}

/// Built-in functions refer to their lib, which refers to them through its dict.
pub(crate) unsafe extern "C" fn clear(p: *mut ffi::PyObject) -> c_int {
    // SAFETY: called by the garbage collector for an object that only garbage refers to.
    unsafe {
        let lib = &*p.cast::<Lib>();
        ffi::PyDict_Clear(lib.attrs.as_ptr());
        for place in lib.pointers.get().map_or(&[][..], |p| p) {
            drop(place.take());
        }
    }
    0
}

fn repr(py: Py<'_>, lib: &Lib) -> R {
    let name: String = lib.shown(py).chars().take(200).collect();
    text::new_str(py, &format!("<Lib object for '{name}'>"))
}

/// `tp_repr`, which also serves to recognise the type.
pub(crate) fn repr_slot() -> ffi::reprfunc {
    slot!(unary Lib, *mut ffi::PyObject, repr)
}
