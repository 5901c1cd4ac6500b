//! Cdata that own Python objects: `__CDataOwnGC`, for handles and callbacks, and the handles themselves.

use std::ffi::{CStr, c_int, c_void};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3_ffi as ffi;

use crate::ctype::{CType, flag};
use crate::state::Module;
use crate::value::alloc;
use crate::value::dealloc::finish_dealloc;
use crate::value::object::CData;
use cffi_rt::args::Place;
use cffi_rt::at::{self, BeginsWith, Entry};
use cffi_rt::types::{self, TypeSpec};
use cffi_rt::{Args, Obj, Owned, Params, Py, R, Raised, raise, refcount, text, trash};

/// The data that a callback owns. It frees itself, because calls may still be using it when the cdata is deallocated.
///
/// # Safety
/// The type is `repr(C)`, and its first member is [`Head::of`] the type.
pub(crate) unsafe trait Content {
    /// Returns the text of the repr, a word or two, and the object that it names; `None` once cleared.
    fn shown(&self) -> Option<(&'static str, Owned)>;

    /// Calls `f` for every object that is referenced, for the garbage collector.
    fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject));

    /// Drops the references, for the garbage collector.
    fn clear(&self);

    /// Returns the function to call with the content's address when the object is deallocated.
    fn end(&self) -> unsafe fn(*mut ());
}

/// The first member of every content. It identifies the type of the content, so that a cdata only needs the address.
pub(crate) struct Head(fn(NonNull<Head>) -> NonNull<dyn Content>);

impl Head {
    /// Makes the head of a content of the type `T`.
    pub(crate) const fn of<T: Content + 'static>() -> Head {
        Head(|head| head.cast::<T>())
    }
}

/// The pointer by which the object owns its content.
struct Held(NonNull<Head>);

impl Held {
    fn whole(&self) -> NonNull<dyn Content> {
        // SAFETY: the content, which begins with its head, lives at least as long as the object that holds it.
        let head = unsafe { self.0.as_ref() };
        (head.0)(self.0)
    }

    fn get(&self) -> &dyn Content {
        // SAFETY: the content lives at least as long as the object that holds it.
        unsafe { self.whole().as_ref() }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let end = self.get().end();
        // SAFETY: the content's own address, given up once.
        unsafe { end(self.0.as_ptr().cast()) };
    }
}

/// The layout of `__CDataOwnGC`.
///
/// With the header of the garbage collector it fills a block of 64 bytes, and programs may have very many handles. So
/// there is no room for a vectorcall word, which only callbacks would use: they are called through `tp_call`.
#[repr(C)]
pub(crate) struct CDataOwnGc {
    base: CData,
    inside: Inside,
}

// SAFETY: the layout is C's, and begins with that of a cdata.
unsafe impl BeginsWith<CData> for CDataOwnGc {}

/// The content of the object. Its type tells which of the two it is: a `void *` is a handle, a function a callback.
union Inside {
    /// The object of a handle, which `from_handle` looks up by address.
    handle: ManuallyDrop<AtomicPtr<ffi::PyObject>>,
    content: ManuallyDrop<Held>,
}

impl CDataOwnGc {
    /// Returns the cdata in its full layout, if it is of this type.
    fn of(cd: &CData) -> Option<&CDataOwnGc> {
        // SAFETY: all objects of this type, and no others, have this layout.
        (cd.tp() == cd.state().types.cdata_own_gc)
            .then(|| unsafe { &*std::ptr::from_ref(cd).cast::<CDataOwnGc>() })
    }

    fn is_handle(&self) -> bool {
        self.base.ct().has(flag::VOID_PTR)
    }

    /// Returns the object of a handle; `None` for a callback.
    fn handle(&self) -> Option<&AtomicPtr<ffi::PyObject>> {
        // SAFETY: the type tells which member it is.
        self.is_handle().then(|| unsafe { &*self.inside.handle })
    }

    /// Returns the content of a callback; `None` for a handle.
    fn content(&self) -> Option<&dyn Content> {
        // SAFETY: an object that is no handle is a callback, and has the content of one.
        (!self.is_handle()).then(|| unsafe { self.inside.content.get() })
    }
}

/// Makes a cdata of a function type at `code`, which lives as long as `content`. On failure the content has ended.
///
/// # Safety
/// The content is alive until the function that its `end` returns is called, which this cdata does once.
pub(crate) unsafe fn new_callback<T: Content + 'static>(
    py: Py<'_>,
    ct: &CType,
    code: *mut u8,
    content: NonNull<T>,
) -> R<Owned<CData>> {
    let content = Held(content.cast());
    // SAFETY: the type has this layout; all members are written before the collector sees the object.
    unsafe {
        let p = new_object(py, ct, code)?;
        (&raw mut (*p).inside).write(Inside { content: ManuallyDrop::new(content) });
        types::track(p.cast());
        Ok(Owned::from_raw(p.cast()))
    }
}

/// # Safety
/// The caller writes the member `inside`, and tracks the object. `ct` is a function type or that of a handle.
unsafe fn new_object(py: Py<'_>, ct: &CType, data: *mut u8) -> R<*mut CDataOwnGc> {
    // SAFETY: the type has this layout.
    unsafe {
        let p = types::alloc_gc::<CDataOwnGc>(py, ct.state().types.cdata_own_gc)?;
        alloc::fill(p.cast(), ct, data);
        Ok(p)
    }
}

/// Makes a handle to `obj`. Its value is the address of the handle object itself, which is unique among live ones.
pub(crate) fn new_handle(py: Py<'_>, ct: &CType, obj: &Obj) -> R<Owned<CData>> {
    // SAFETY: all members are written before the collector sees the object, and the registry only has addresses
    // of live objects: `dealloc` takes them out.
    unsafe {
        let p = new_object(py, ct, std::ptr::null_mut())?;
        CData::set_address(p.cast(), p.cast());
        let object = AtomicPtr::new(obj.new_ref().into_ptr());
        (&raw mut (*p).inside).write(Inside { handle: ManuallyDrop::new(object) });
        types::track(p.cast());
        let handle = Owned::from_raw(p.cast::<CData>());
        refcount::allow_try_incref(&handle);
        py.room(ct.state().handles.insert(py, p as usize))?;
        Ok(handle)
    }
}

/// Module function `newp_handle`.
pub(crate) fn newp_handle(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    const PARAMS: Params = Params { function: "", names: &["", ""], required: 2 };
    args.no_keywords(py, "newp_handle")?;
    let [ct, obj] = args.bind::<2>(py, &PARAMS)?;
    let (Some(ct), Some(obj)) = (ct, obj) else { return Err(raise!(py, System, "missing argument")) };
    let ct = Place { function: "", number: 1 }.exact::<CType>(py, ct)?;
    if !ct.has(flag::VOID_PTR) {
        return Err(raise!(py, Type, "needs 'void *', got '{}'", ct.name()));
    }
    Ok(new_handle(py, ct, obj)?.into_obj())
}

/// Module function and FFI method `from_handle`. Returns the object of a live handle.
pub(crate) fn from_handle(py: Py<'_>, _receiver: &Obj, arg: &Obj) -> R {
    let Some(cd) = arg.downcast::<CData>() else {
        return Err(raise!(py, Type, "expected a 'cdata' object"));
    };
    let ct = cd.ct();
    if !ct.has(flag::VOID_OR_CHAR_PTR) {
        let name = ct.name();
        return Err(raise!(
            py,
            Type,
            "expected a 'cdata' object with a 'void *' out of new_handle(), got '{name}'"
        ));
    }
    if cd.data().is_null() {
        return Err(raise!(py, Runtime, "cannot use from_handle() on NULL pointer"));
    }
    let address = cd.data() as usize;
    // SAFETY: under the registry's lock every address in it is that of a handle whose deallocation has not gone
    // beyond taking it out, and no handle's object is exchanged.
    let found = ct.state().handles.with(py, address, || unsafe {
        let p = address as *mut CDataOwnGc;
        refcount::try_incref(p.cast()).then(|| (Owned::<CData>::from_raw(p.cast()), object_of(&*p)))
    });
    let object = found.flatten().and_then(|(_handle, object)| object);
    object.ok_or_else(|| garbage(py))
}

#[cold]
fn garbage(py: Py<'_>) -> Raised {
    raise!(
        py,
        Runtime,
        "ffi.from_handle() detected that the address passed points to garbage. If it is really the result of \
         ffi.new_handle(), then the Python object has already been garbage collected"
    )
}

fn object_of(cd: &CDataOwnGc) -> Option<Owned> {
    let p = cd.handle()?.load(Ordering::Acquire);
    // SAFETY: null, or owned by the handle until it is cleared or deallocated.
    if p.is_null() { None } else { Some(unsafe { Owned::from_borrowed(p) }) }
}

/// `tp_dealloc`
///
/// # Safety
/// Called by the interpreter when the last reference is gone.
pub(crate) unsafe extern "C" fn dealloc(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone; every member is given up once.
    unsafe {
        ffi::PyObject_GC_UnTrack(p.cast());
        let cd = p.cast::<CDataOwnGc>();
        match (*cd).handle() {
            Some(handle) => {
                let object = handle.swap(std::ptr::null_mut(), Ordering::AcqRel);
                (*cd).base.state().handles.remove(Py::assume(), p as usize);
                if !object.is_null() {
                    trash::release(Owned::<Obj>::from_raw(object.cast()));
                }
            }
            None => trash::release(ManuallyDrop::take(&mut (*cd).inside.content)),
        }
        finish_dealloc(p, true);
    }
}

unsafe extern "C" fn traverse(p: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: called by the garbage collector with a live object; only borrowed pointers are visited.
    unsafe {
        let cd = &*p.cast::<CDataOwnGc>();
        let mut status = visit(ffi::Py_TYPE(p).cast(), arg);
        let mut once = |q: *mut ffi::PyObject| {
            if status == 0 && !q.is_null() {
                status = visit(q, arg);
            }
        };
        match cd.handle() {
            // The ctype of a handle is always `void *`, which is part of no cycle. A program may hold very many handles,
            // so the collector saves that visit.
            Some(handle) => once(handle.load(Ordering::Acquire)),
            None => {
                once(cd.base.ct().as_ptr());
                cd.inside.content.get().visit(&mut once);
            }
        }
        status
    }
}

unsafe extern "C" fn clear(p: *mut ffi::PyObject) -> c_int {
    // SAFETY: called by the garbage collector with a live object; the reference is taken before it is dropped.
    unsafe {
        let cd = &*p.cast::<CDataOwnGc>();
        // `None` replaces the object: the cdata is still a handle. A thread that has just found it through its address
        // holds this lock too.
        let object = cd.handle().and_then(|handle| {
            cd.base.state().handles.with(Py::assume(), p as usize, || {
                ffi::Py_INCREF(ffi::Py_None());
                Owned::from_raw(handle.swap(ffi::Py_None(), Ordering::AcqRel).cast::<Obj>())
            })
        });
        drop(object);
        if let Some(content) = cd.content() {
            content.clear();
        }
    }
    0
}

/// Returns the text that `repr` has for it.
pub(crate) fn describe(py: Py<'_>, cd: &CData) -> R<String> {
    let Some(own) = CDataOwnGc::of(cd) else { return Ok(String::new()) };
    let shown = match own.content() {
        Some(content) => content.shown(),
        None => object_of(own).map(|object| ("handle to", object)),
    };
    match shown {
        Some((words, object)) => py.format(format_args!("{words} {}", text::repr(py, &object)?)),
        None => Ok(format!("{:p}", cd.data())),
    }
}

const DOC: &CStr =
    c"A cdata that keeps a Python object alive: a handle, or a C function made from a callable.";

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, module: &Obj, base: &Obj) -> R {
    // SAFETY: the functions give up and visit the members of this layout, which the garbage collector tracks.
    let (dealloc, traverse, clear) = unsafe {
        (
            Entry::<CDataOwnGc, at::Dealloc>::new(dealloc),
            Entry::<CDataOwnGc, at::Traverse>::new(traverse),
            Entry::<CDataOwnGc, at::Clear>::new(clear),
        )
    };
    let spec = TypeSpec::<CDataOwnGc>::new(c"_cffi_backend.__CDataOwnGC")
        .collected(traverse)
        .doc(DOC)
        .slot(at::Dealloc, dealloc)
        .slot(at::Clear, clear)
        .slot(at::Call, crate::call::call_slot());
    // SAFETY: the base class is that of cdata, with which the layout begins; the type sets a deallocation that fits its blocks.
    unsafe { spec.make_subclass(py, module, base) }
}
