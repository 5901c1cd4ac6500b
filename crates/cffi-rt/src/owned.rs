//! Owned references to Python objects: `Owned<T>`, and the places of such references.

use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

use pyo3_ffi as ffi;

use super::err::{R, Raised};
use super::guarded::InTurn;
use super::obj::{Obj, PyLayout};
use super::token::Py;

/// An owned (strong) reference. Dropping it needs an attached thread. That holds for every reference, as they live in
/// Python objects or on the stack of code that got a [`Py`] token.
#[repr(transparent)]
pub struct Owned<T = Obj>(NonNull<T>);

impl Owned {
    /// Returns the object as a `T`, or the reference itself if the object is none.
    #[inline]
    pub fn cast<T: PyLayout>(self) -> Result<Owned<T>, Owned> {
        if !T::check(&self) {
            return Err(self);
        }
        // SAFETY: the object was checked to have the layout of `T` just above.
        Ok(unsafe { self.cast_unchecked() })
    }

    /// Takes a new reference that the C API returned; null means that an exception is set.
    ///
    /// # Safety
    /// `p` is null with an exception set, or a new reference.
    #[inline(always)]
    pub unsafe fn from_new(_py: Py<'_>, p: *mut ffi::PyObject) -> R {
        match NonNull::new(p.cast::<Obj>()) {
            Some(p) => Ok(Owned(p)),
            None => Err(Raised::already()),
        }
    }

    /// Makes a new reference from a borrowed pointer.
    ///
    /// # Safety
    /// `p` points to a live object.
    #[inline(always)]
    pub unsafe fn from_borrowed(p: *mut ffi::PyObject) -> Owned {
        // SAFETY: the caller promises that the object is alive.
        unsafe {
            ffi::Py_INCREF(p);
            Owned(NonNull::new_unchecked(p.cast()))
        }
    }

    /// Casts the reference to one of the layout `T`.
    ///
    /// # Safety
    /// The object has the layout of `T`.
    #[inline(always)]
    pub unsafe fn cast_unchecked<T: PyLayout>(self) -> Owned<T> {
        let p = self.0.cast::<T>();
        std::mem::forget(self);
        Owned(p)
    }
}

impl<T> Owned<T> {
    /// Takes over one reference.
    ///
    /// # Safety
    /// `p` is a live object of layout `T`, and the caller gives up one reference to it.
    #[inline(always)]
    pub unsafe fn from_raw(p: *mut T) -> Owned<T> {
        // SAFETY: a live object, which is at no null address.
        Owned(unsafe { NonNull::new_unchecked(p) })
    }

    /// Makes a new reference from a borrowed pointer.
    ///
    /// # Safety
    /// `p` is a live object of layout `T`.
    #[inline(always)]
    pub unsafe fn from_borrowed_raw(p: *mut T) -> Owned<T> {
        // SAFETY: the caller promises that the object is alive.
        unsafe {
            ffi::Py_INCREF(p.cast());
            Owned::from_raw(p)
        }
    }

    /// Converts the reference to a raw pointer that owns it.
    #[inline(always)]
    pub fn into_raw(self) -> *mut T {
        let p = self.0.as_ptr();
        std::mem::forget(self);
        p
    }

    /// Converts the reference to an object pointer that owns it, as slots return it.
    #[inline(always)]
    pub fn into_ptr(self) -> *mut ffi::PyObject {
        self.into_raw().cast()
    }

    /// Converts the reference to one without a known layout.
    #[inline(always)]
    pub fn into_obj(self) -> Owned {
        let p = self.0.cast::<Obj>();
        std::mem::forget(self);
        Owned(p)
    }

    /// Returns the raw pointer (borrowed).
    #[inline(always)]
    pub fn raw(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T: PyLayout> Owned<T> {
    /// Makes a new reference to a borrowed object.
    #[inline(always)]
    pub fn of(obj: &T) -> Owned<T> {
        // SAFETY: `obj` is borrowed, so the object is alive.
        unsafe {
            ffi::Py_INCREF(obj.as_ptr());
        }
        Owned(NonNull::from(obj))
    }
}

impl<T> Clone for Owned<T> {
    #[inline]
    fn clone(&self) -> Self {
        // SAFETY: `self` owns a reference, so the object is alive.
        unsafe { ffi::Py_INCREF(self.0.as_ptr().cast()) };
        Owned(self.0)
    }
}

impl<T> Deref for Owned<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: `self` owns a reference, so the object is alive.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Drop for Owned<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: one reference is owned and given up here; attached (see the type's comment).
        unsafe { ffi::Py_DECREF(self.0.as_ptr().cast()) };
    }
}

/// A strong reference that is set once, for members of objects that are filled lazily.
pub struct OnceRef<T>(std::sync::atomic::AtomicPtr<T>, PhantomData<T>);

impl<T> OnceRef<T> {
    /// Makes an empty place.
    pub const fn new() -> Self {
        OnceRef(std::sync::atomic::AtomicPtr::new(std::ptr::null_mut()), PhantomData)
    }

    /// Returns the object in the place.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        let p = self.0.load(std::sync::atomic::Ordering::Acquire);
        // SAFETY: a strong reference owned by `self`, which gives it up when it is dropped, or in `empty`, whose caller
        // knows that nobody uses the result any more.
        unsafe { p.as_ref() }
    }

    /// Puts `value` into the place unless another thread was first; returns the object that is in it afterwards.
    pub fn set_or_get(&self, value: Owned<T>) -> &T {
        use std::sync::atomic::Ordering;
        let raw = value.into_raw();
        match self.0.compare_exchange(std::ptr::null_mut(), raw, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: `self` owns the reference from here on, so the object is alive.
            Ok(_) => unsafe { &*raw },
            Err(first) => {
                // SAFETY: `raw` came from `into_raw` just above; `first` is owned by `self`.
                unsafe {
                    drop(Owned::from_raw(raw));
                    &*first
                }
            }
        }
    }

    /// Empties the place, for `tp_clear`.
    ///
    /// # Safety
    /// Nobody uses a reference that [`OnceRef::get`] or [`OnceRef::set_or_get`] returned: no caller of this function, and
    /// no other thread. That is so for an object that only garbage refers to.
    pub unsafe fn empty(&self) -> Option<Owned<T>> {
        let p = self.0.swap(std::ptr::null_mut(), std::sync::atomic::Ordering::AcqRel);
        // SAFETY: a pointer that is not null is the reference that `self` owned.
        if p.is_null() { None } else { Some(unsafe { Owned::from_raw(p) }) }
    }
}

impl<T> Drop for OnceRef<T> {
    fn drop(&mut self) {
        // SAFETY: `self` is borrowed for a change, so no reference that came from it is used any more.
        drop(unsafe { self.empty() });
    }
}

/// A value that is set once, for members of objects that are filled lazily.
pub struct OnceBox<T>(std::sync::atomic::AtomicPtr<T>, PhantomData<T>);

impl<T> OnceBox<T> {
    /// Makes an empty place.
    pub const fn new() -> Self {
        OnceBox(std::sync::atomic::AtomicPtr::new(std::ptr::null_mut()), PhantomData)
    }

    /// Returns the value in the place.
    #[inline(always)]
    pub fn get(&self) -> Option<&T> {
        let p = self.0.load(std::sync::atomic::Ordering::Acquire);
        // SAFETY: a box owned by `self`, which gives it up when it is dropped, or in `empty`, whose caller knows that nobody
        // uses the result any more.
        unsafe { p.as_ref() }
    }

    /// Puts `value` into the place. Returns false, and drops `value`, if there is a value already.
    pub fn set(&self, value: Box<T>) -> bool {
        use std::sync::atomic::Ordering;
        let raw = Box::into_raw(value);
        let set =
            self.0.compare_exchange(std::ptr::null_mut(), raw, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if !set {
            // SAFETY: the box was leaked just above, and the place has not taken it.
            drop(unsafe { Box::from_raw(raw) });
        }
        set
    }

    /// Empties the place.
    pub fn take(&mut self) -> Option<Box<T>> {
        // SAFETY: `self` is borrowed for a change, so no reference that came from it is used any more.
        unsafe { self.empty() }
    }

    /// Empties the place, for `tp_clear`.
    ///
    /// # Safety
    /// As for [`OnceRef::empty`].
    pub unsafe fn empty(&self) -> Option<Box<T>> {
        let p = self.0.swap(std::ptr::null_mut(), std::sync::atomic::Ordering::AcqRel);
        // SAFETY: a pointer that is not null is the box that `self` owned.
        if p.is_null() { None } else { Some(unsafe { Box::from_raw(p) }) }
    }
}

impl<T> Drop for OnceBox<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

/// A strong reference that is set once, and that can be emptied while other code uses the object: whoever gets the object
/// gets a reference of its own.
pub struct SharedRef<T = Obj>(InTurn<Attached<Option<Owned<T>>>>);

impl<T> SharedRef<T> {
    /// Makes an empty place.
    pub const fn new() -> Self {
        SharedRef(InTurn::new(Attached(None)))
    }

    /// Runs `f` with the place.
    #[inline(always)]
    fn with<A>(&self, py: Py<'_>, f: impl FnOnce(&mut Option<Owned<T>>) -> A) -> A {
        // SAFETY: the token proves that the thread is attached. The functions below copy or move a reference, which runs
        // no Python code.
        unsafe { self.0.with(py, |place| f(place.get_mut(py))) }
    }

    /// Returns the object in the place.
    #[inline]
    pub fn get(&self, py: Py<'_>) -> Option<Owned<T>> {
        self.with(py, |place| place.clone())
    }

    /// Puts `value` into the place unless another thread was first; returns the object that is in it afterwards.
    pub fn set_or_get(&self, py: Py<'_>, value: Owned<T>) -> Owned<T> {
        let first = self.with(py, |place| place.get_or_insert_with(|| value.clone()).clone());
        drop(value);
        first
    }

    /// Puts another reference into the place, or none, and returns the old one, to be dropped by the caller.
    pub fn exchange(&self, py: Py<'_>, new: Option<Owned<T>>) -> Option<Owned<T>> {
        self.with(py, |place| std::mem::replace(place, new))
    }

    /// Calls `f` with the object in the place, for the garbage collector.
    ///
    /// # Safety
    /// Called in a traversal by the garbage collector, which runs no Python code.
    pub unsafe fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject)) {
        // SAFETY: the collector runs on an attached thread.
        let py = unsafe { Py::assume() };
        self.with(py, |place| {
            if let Some(object) = place {
                f(object.raw().cast());
            }
        });
    }
}

/// Something with references to objects that any thread may carry around, and that only attached threads can use. Like an
/// [`Owned`], it is dropped by attached threads only.
#[derive(Default)]
pub struct Attached<T>(T);

// SAFETY: threads reach the value with a token only, which an attached thread has; the interpreter then protects the
// objects.
unsafe impl<T> Send for Attached<T> {}
// SAFETY: threads reach the value with a token only, which an attached thread has; the interpreter then protects the
// objects.
unsafe impl<T> Sync for Attached<T> {}

impl<T> Attached<T> {
    /// Takes a value.
    pub fn new(value: T) -> Attached<T> {
        Attached(value)
    }

    /// Returns the value.
    #[inline(always)]
    pub fn get(&self, _py: Py<'_>) -> &T {
        &self.0
    }

    /// Returns the value for a change.
    #[inline(always)]
    pub fn get_mut(&mut self, _py: Py<'_>) -> &mut T {
        &mut self.0
    }

    /// Returns the value for the garbage collector, which visits objects and has no token.
    pub fn for_collector(&self) -> &T {
        &self.0
    }
}

impl Py<'_> {
    /// Returns a new reference to `None`.
    #[inline]
    pub fn none(self) -> Owned {
        // SAFETY: the singleton lives as long as the interpreter.
        unsafe { Owned::from_borrowed(ffi::Py_None()) }
    }

    /// Returns a new reference to `NotImplemented`.
    #[inline]
    pub fn not_implemented(self) -> Owned {
        // SAFETY: the singleton lives as long as the interpreter.
        unsafe { Owned::from_borrowed(ffi::Py_NotImplemented()) }
    }

    /// Returns a new reference to `True` or `False`.
    #[inline]
    pub fn bool(self, value: bool) -> Owned {
        // SAFETY: the singletons live as long as the interpreter.
        unsafe { Owned::from_borrowed(if value { ffi::Py_True() } else { ffi::Py_False() }) }
    }
}
