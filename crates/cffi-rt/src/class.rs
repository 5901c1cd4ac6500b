//! Python classes whose objects have a Rust struct as their layout.
//!
//! [`class!`](crate::class!) defines such a struct. It generates the object header, the check by which an object is
//! recognised, deallocation, and the support for the cyclic garbage collector. Every member is visited through its
//! [`Trace`], so none can be forgotten.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicIsize};
use std::sync::{Arc, Mutex, OnceLock};

use pyo3_ffi as ffi;

use super::at::{self, Entry};
use super::err::{R, raise};
use super::obj::{Obj, OnceRef, Owned, PyLayout, SharedRef};
use super::table::{Attribute, Table};
use super::token::Py;
use super::types::{self, TypeSpec};

/// The object header: reference count and type. Only [`create`] makes one.
#[repr(transparent)]
pub struct Header(UnsafeCell<ffi::PyObject>);

impl Header {
    /// Returns the object that the header is a part of.
    #[inline(always)]
    pub fn object(&self) -> &Obj {
        // SAFETY: a header is the first member of a live object, which is borrowed with it.
        unsafe { Obj::from_ptr(self.0.get()) }
    }
}

/// The layout of the objects of one Python class, which has no subclasses.
///
/// # Safety
/// The struct is `repr(C)` and begins with a [`Header`]. [`Class::mark`] returns the address of a table of attributes
/// that no other class has. [`class!`](crate::class!) ensures both.
pub unsafe trait Class: PyLayout + Sized + 'static {
    /// The name with its module, as in `tp_name`.
    const NAME: &'static CStr;
    /// Whether its objects can be parts of reference cycles, and so are tracked by the garbage collector.
    const COLLECTED: bool;

    /// Returns the table of computed attributes, which is empty. Its address identifies the class.
    fn mark() -> *const c_void;

    /// Visits all objects that the members refer to.
    fn visit(&self, visit: &mut Visit);

    /// Drops the references by which the object can be a part of a cycle.
    ///
    /// # Safety
    /// As for [`Trace::clear`], for the object.
    unsafe fn clear(&self);
}

/// Returns whether an object belongs to the class with this mark.
#[inline(always)]
pub fn has_mark(obj: &Obj, mark: *const c_void) -> bool {
    // SAFETY: the type is alive with the object.
    std::ptr::eq(unsafe { (*obj.tp()).tp_getset }.cast(), mark)
}

/// Describes the class, with its deallocation and its garbage collection. The caller adds other slots.
pub fn spec<T: Class>(doc: &'static CStr) -> TypeSpec<T> {
    // SAFETY: the functions drop and visit the members of this layout, in the way that the class is collected.
    let (dealloc, traverse, clear) = unsafe {
        (
            Entry::<T, at::Dealloc>::new(dealloc::<T>),
            Entry::<T, at::Traverse>::new(traverse::<T>),
            Entry::<T, at::Clear>::new(clear::<T>),
        )
    };
    let spec = TypeSpec::new(T::NAME).doc(doc).slot(at::Dealloc, dealloc);
    // SAFETY: the mark is an empty table of computed attributes, which is static.
    let spec = unsafe { spec.pointer(ffi::Py_tp_getset, T::mark()) };
    if T::COLLECTED { spec.collected(traverse).slot(at::Clear, clear) } else { spec }
}

/// Makes an object of the class `class`. `fill` makes its members, among them the header that it receives.
///
/// # Errors
/// `MemoryError`; `SystemError` if `class` is another class.
pub fn create<T: Class>(py: Py<'_>, class: &Obj, fill: impl FnOnce(Header) -> T) -> R<Owned<T>> {
    let tp = class.as_ptr().cast::<ffi::PyTypeObject>();
    // SAFETY: a type object is one if `PyType_Check` says so, and it is borrowed.
    if !unsafe { ffi::PyType_Check(class.as_ptr()) != 0 && std::ptr::eq((*tp).tp_getset.cast(), T::mark()) } {
        return Err(raise!(py, System, "{} is not the class of these objects", T::NAME.to_string_lossy()));
    }
    // SAFETY: the class has this layout, as its mark tells. The header, which the allocation has filled, is moved into
    // the value and comes back to its place with it; nobody has seen the object before that.
    unsafe {
        let p = if T::COLLECTED {
            types::alloc_gc::<T>(py, tp)?
        } else {
            types::alloc_plain::<T>(py, tp, size_of::<T>())?
        };
        p.write(fill(p.cast::<Header>().read()));
        if T::COLLECTED {
            types::track(p.cast());
        }
        Ok(Owned::from_raw(p))
    }
}

unsafe extern "C" fn dealloc<T: Class>(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone; the members are given up once.
    unsafe {
        if T::COLLECTED {
            ffi::PyObject_GC_UnTrack(p.cast());
        }
        std::ptr::drop_in_place(p.cast::<T>());
        types::free(p, T::COLLECTED);
    }
}

unsafe extern "C" fn traverse<T: Class>(
    p: *mut ffi::PyObject,
    visit: ffi::visitproc,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: called by the garbage collector with a live object.
    let object = unsafe { &*p.cast::<T>() };
    let mut visit = Visit { visit, arg, status: 0 };
    visit.object(object.class());
    object.visit(&mut visit);
    visit.status
}

unsafe extern "C" fn clear<T: Class>(p: *mut ffi::PyObject) -> c_int {
    // SAFETY: called by the garbage collector with a live object, to which only garbage refers.
    unsafe { (*p.cast::<T>()).clear() };
    0
}

/// One traversal by the garbage collector over the references of an object.
pub struct Visit {
    visit: ffi::visitproc,
    arg: *mut c_void,
    status: c_int,
}

impl Visit {
    /// Visits an object.
    pub fn object(&mut self, obj: &Obj) {
        if self.status == 0 {
            // SAFETY: the object is borrowed, so it is alive; the function and its argument are the garbage collector's.
            self.status = unsafe { (self.visit)(obj.as_ptr(), self.arg) };
        }
    }
}

/// Visits the objects that a member of an object refers to, in a `tp_traverse` written by hand. Returns what the collector
/// answers.
///
/// # Safety
/// Called by the garbage collector, which gives the function and its argument, for an object that it traverses.
pub unsafe fn visit_member(member: &impl Trace, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    let mut visit = Visit { visit, arg, status: 0 };
    member.trace(&mut visit);
    visit.status
}

/// The references of a member of an object, for the garbage collector.
pub trait Trace {
    /// Visits the objects that the member refers to.
    fn trace(&self, visit: &mut Visit);

    /// Drops the references, if they can be parts of a cycle.
    ///
    /// # Safety
    /// The garbage collector clears the object that the member belongs to, on an attached thread. Only garbage refers to
    /// the object, so nobody uses what the member refers to.
    unsafe fn clear(&self) {}
}

/// A type without references to Python objects.
pub trait NoReferences {}

macro_rules! no_references {
    ($($T:ty)*) => {
        $(impl Trace for $T {
            fn trace(&self, _: &mut Visit) {}
        })*
    };
}

no_references! { bool u8 u16 u32 u64 usize i8 i16 i32 i64 isize AtomicBool AtomicIsize Box<str> }

impl<T: NoReferences + ?Sized> Trace for Mutex<Option<Arc<T>>> {
    fn trace(&self, _: &mut Visit) {}
}

impl<T> Trace for Owned<T> {
    fn trace(&self, visit: &mut Visit) {
        // SAFETY: the member has a reference to the object, so it is alive.
        visit.object(unsafe { Obj::from_ptr(self.raw().cast()) });
    }
}

impl<T> Trace for OnceRef<T> {
    fn trace(&self, visit: &mut Visit) {
        if let Some(obj) = self.get() {
            // SAFETY: the place has a reference to the object, so it is alive; every layout begins with the header.
            visit.object(unsafe { Obj::from_ptr(std::ptr::from_ref(obj).cast_mut().cast()) });
        }
    }

    unsafe fn clear(&self) {
        // SAFETY: only garbage refers to the object, so nobody uses a reference that came from this place.
        drop(unsafe { self.empty() });
    }
}

impl<T> Trace for SharedRef<T> {
    fn trace(&self, visit: &mut Visit) {
        // SAFETY: the garbage collector traverses the object that the place belongs to, and gets the live object in it.
        unsafe { self.visit(&mut |object| visit.object(Obj::from_ptr(object))) };
    }

    unsafe fn clear(&self) {
        // SAFETY: the garbage collector runs on an attached thread.
        drop(self.exchange(unsafe { Py::assume() }, None));
    }
}

impl<T: Trace> Trace for Box<[T]> {
    fn trace(&self, visit: &mut Visit) {
        self.iter().for_each(|item| item.trace(visit));
    }

    unsafe fn clear(&self) {
        // SAFETY: the items belong to the object that the list belongs to, to which only garbage refers.
        self.iter().for_each(|item| unsafe { item.clear() });
    }
}

impl<T: Trace> Trace for OnceLock<T> {
    fn trace(&self, visit: &mut Visit) {
        if let Some(value) = self.get() {
            value.trace(visit);
        }
    }

    unsafe fn clear(&self) {
        if let Some(value) = self.get() {
            // SAFETY: the value belongs to the object that this place belongs to, to which only garbage refers.
            unsafe { value.clear() };
        }
    }
}

/// A dict that belongs to one object and is emptied with it.
pub struct OwnDict(Owned);

impl OwnDict {
    /// Makes an empty dict.
    ///
    /// # Errors
    /// `MemoryError`
    pub fn new(py: Py<'_>) -> R<OwnDict> {
        super::dict::new(py).map(OwnDict)
    }

    /// Removes all entries.
    pub fn empty(&self, _py: Py<'_>) {
        // SAFETY: the token proves that the thread is attached, and the object is a dict.
        unsafe { ffi::PyDict_Clear(self.0.as_ptr()) };
    }
}

impl std::ops::Deref for OwnDict {
    type Target = Obj;
    #[inline(always)]
    fn deref(&self) -> &Obj {
        &self.0
    }
}

impl Trace for OwnDict {
    fn trace(&self, visit: &mut Visit) {
        visit.object(&self.0);
    }

    unsafe fn clear(&self) {
        // SAFETY: the garbage collector runs on an attached thread.
        self.empty(unsafe { Py::assume() });
    }
}

/// An empty table of computed attributes, whose address identifies a class.
pub type Mark = Table<Attribute<Obj>, 1>;

/// The contents of every [`Mark`].
pub const MARK: Mark = Table::attributes([Attribute::END]);

/// Defines the layout of the objects of a Python class: `class! { struct T in c"module.Name", kind { .. } }`.
///
/// `kind` is `plain`, or `collected` for objects that can be parts of reference cycles. The class cannot have another
/// table of computed attributes (`tp_getset`).
#[macro_export]
macro_rules! class {
    (@collected plain) => { false };
    (@collected collected) => { true };
    (
        $(#[$meta:meta])*
        $vis:vis struct $T:ident in $name:literal, $kind:ident {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $ty:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[repr(C)]
        $vis struct $T {
            header: $crate::class::Header,
            $($(#[$field_meta])* $field_vis $field: $ty,)*
        }

        impl std::ops::Deref for $T {
            type Target = $crate::Obj;
            #[inline(always)]
            fn deref(&self) -> &$crate::Obj {
                self.header.object()
            }
        }

        // SAFETY: repr(C) with the header first; no other class has this mark.
        unsafe impl $crate::PyLayout for $T {
            #[inline(always)]
            fn check(obj: &$crate::Obj) -> bool {
                $crate::class::has_mark(obj, <$T as $crate::class::Class>::mark())
            }
        }

        // SAFETY: repr(C) with the header first; no other class has this mark.
        unsafe impl $crate::class::Class for $T {
            const NAME: &'static std::ffi::CStr = $name;
            const COLLECTED: bool = $crate::class!(@collected $kind);

            #[inline(always)]
            fn mark() -> *const std::ffi::c_void {
                static MARK: $crate::class::Mark = $crate::class::MARK;
                MARK.as_slot()
            }

            fn visit(&self, visit: &mut $crate::class::Visit) {
                let _ = &visit;
                $($crate::class::Trace::trace(&self.$field, visit);)*
            }

            unsafe fn clear(&self) {
                // SAFETY: the members belong to this object, to which only garbage refers.
                unsafe { $($crate::class::Trace::clear(&self.$field);)* }
            }
        }
    };
}
