//! Borrowed (`&Obj`) and owned (`Owned<T>`) references to Python objects.

use std::borrow::Cow;
use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char};
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

use pyo3_ffi as ffi;

use super::err::{R, Raised};
use super::token::Py;

/// Any Python object, seen through a borrowed reference. The `UnsafeCell` allows C code to change it behind a shared
/// reference.
#[repr(transparent)]
pub struct Obj(UnsafeCell<ffi::PyObject>);

/// A type whose instances are Python objects of one known layout.
///
/// # Safety
/// `Self` is `repr(C)` and begins with the object header, and `check` is true only of objects of this layout.
pub unsafe trait PyLayout: Deref<Target = Obj> {
    /// Returns whether `obj` is an instance.
    fn check(obj: &Obj) -> bool;
}

impl Obj {
    /// Views a raw pointer as a borrowed reference.
    ///
    /// # Safety
    /// `p` points to an object that stays alive for `'a`.
    #[inline(always)]
    pub unsafe fn from_ptr<'a>(p: *mut ffi::PyObject) -> &'a Obj {
        // SAFETY: the caller promises an object that stays alive for `'a`; `Obj` is transparent over it.
        unsafe { &*p.cast::<Obj>() }
    }

    /// Views a raw pointer that may be null as a borrowed reference.
    ///
    /// # Safety
    /// `p` is null or as for [`Obj::from_ptr`].
    #[inline(always)]
    pub unsafe fn from_ptr_opt<'a>(p: *mut ffi::PyObject) -> Option<&'a Obj> {
        // SAFETY: it is not null, so the caller promises a live object.
        if p.is_null() { None } else { Some(unsafe { Obj::from_ptr(p) }) }
    }

    /// Returns the raw pointer (borrowed).
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut ffi::PyObject {
        self.0.get()
    }

    /// Returns the type of the object.
    #[inline(always)]
    pub fn tp(&self) -> *mut ffi::PyTypeObject {
        // SAFETY: `self` is borrowed, so the object is alive.
        unsafe { ffi::Py_TYPE(self.as_ptr()) }
    }

    /// Returns the object as a `T`, if it is one.
    #[inline(always)]
    pub fn downcast<T: PyLayout>(&self) -> Option<&T> {
        // SAFETY: `check` is true only of objects of this layout, as `PyLayout` promises.
        if T::check(self) { Some(unsafe { &*self.as_ptr().cast::<T>() }) } else { None }
    }

    /// Returns a new reference to the object, if it is a `T`.
    pub fn owned_as<T: PyLayout>(&self) -> Option<Owned<T>> {
        self.downcast::<T>().map(Owned::of)
    }

    /// Returns the class of the object.
    pub fn class(&self) -> &Obj {
        // SAFETY: the class is alive for as long as its object is.
        unsafe { Obj::from_ptr(self.tp().cast()) }
    }

    /// Makes a new owned reference.
    #[inline]
    pub fn new_ref(&self) -> Owned {
        // SAFETY: `self` is borrowed, so the object is alive.
        unsafe { Owned::from_borrowed(self.as_ptr()) }
    }

    /// Returns whether the class of the object is one of those that are never freed.
    pub fn is_of_static_class(&self) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe { ffi::PyType_HasFeature(self.tp(), ffi::Py_TPFLAGS_HEAPTYPE) == 0 }
    }

    /// Returns `tp_name` of the object's type, the text that C code prints with `%.200s`.
    pub fn type_name(&self) -> Cow<'_, str> {
        let tp = self.tp();
        if tp == &raw mut ffi::PyUnicode_Type {
            return Cow::Borrowed("str");
        }
        if tp == &raw mut ffi::PyLong_Type {
            return Cow::Borrowed("int");
        }
        // SAFETY: the type is alive with the object; `tp_name` is a C string that lives with the type.
        let name: *const c_char = unsafe { (*tp).tp_name };
        // SAFETY: `tp_name` is a C string that lives with the type. Callers put it into a message at once, before any
        // code could rename the class.
        let text = unsafe { std::ffi::CStr::from_ptr(name) };
        match text.to_str() {
            Ok(text) if text.len() <= 200 => Cow::Borrowed(text),
            _ => Cow::Owned(text.to_string_lossy().chars().take(200).collect()),
        }
    }

    /// Returns whether the object is of a built-in type whose conversion to a C value runs no other code.
    pub fn is_plain(&self) -> bool {
        let tp = self.tp();
        tp == &raw mut ffi::PyLong_Type
            || tp == &raw mut ffi::PyFloat_Type
            || tp == &raw mut ffi::PyBytes_Type
            || tp == &raw mut ffi::PyUnicode_Type
    }

    /// Returns the value of `True` or `False`.
    #[inline(always)]
    pub fn as_bool(&self) -> Option<bool> {
        // SAFETY: the singletons live as long as the interpreter; only addresses are compared.
        unsafe {
            match self.as_ptr() {
                p if p == ffi::Py_True() => Some(true),
                p if p == ffi::Py_False() => Some(false),
                _ => None,
            }
        }
    }

    /// Returns whether the object is exactly `None`.
    #[inline(always)]
    pub fn is_none(&self) -> bool {
        // SAFETY: only the address of the singleton is used.
        self.as_ptr() == unsafe { ffi::Py_None() }
    }

    /// Returns whether both references point to one object.
    #[inline(always)]
    pub fn is(&self, other: &Obj) -> bool {
        self.as_ptr() == other.as_ptr()
    }

    fn has_feature(&self, flag: std::ffi::c_ulong) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe { ffi::PyType_HasFeature(self.tp(), flag) != 0 }
    }

    /// Computes `isinstance(self, list)`.
    #[inline]
    pub fn is_list(&self) -> bool {
        self.has_feature(ffi::Py_TPFLAGS_LIST_SUBCLASS)
    }

    /// Computes `isinstance(self, tuple)`.
    #[inline]
    pub fn is_tuple(&self) -> bool {
        self.has_feature(ffi::Py_TPFLAGS_TUPLE_SUBCLASS)
    }

    /// Computes `isinstance(self, bytes)`.
    #[inline]
    pub fn is_bytes(&self) -> bool {
        self.has_feature(ffi::Py_TPFLAGS_BYTES_SUBCLASS)
    }

    /// Returns the bytes, if this is a `bytes` object of no derived class.
    #[inline(always)]
    pub fn as_exact_bytes(&self) -> Option<&[u8]> {
        // SAFETY: an object of exactly this class is a bytes object.
        if self.tp() == &raw mut ffi::PyBytes_Type { Some(unsafe { self.bytes_unchecked() }) } else { None }
    }

    /// Computes `isinstance(self, str)`.
    #[inline]
    pub fn is_str(&self) -> bool {
        self.has_feature(ffi::Py_TPFLAGS_UNICODE_SUBCLASS)
    }

    /// Returns whether it is a `str`, and not of a class derived from it.
    #[inline(always)]
    pub fn is_exact_str(&self) -> bool {
        self.tp() == &raw mut ffi::PyUnicode_Type
    }

    /// Computes `isinstance(self, int)`.
    #[inline]
    pub fn is_int(&self) -> bool {
        self.has_feature(ffi::Py_TPFLAGS_LONG_SUBCLASS)
    }

    /// Computes `isinstance(self, dict)`.
    #[inline]
    pub fn is_dict(&self) -> bool {
        self.has_feature(ffi::Py_TPFLAGS_DICT_SUBCLASS)
    }

    /// Computes `isinstance(self, float)`.
    #[inline]
    pub fn is_float(&self) -> bool {
        // SAFETY: `self` is borrowed, so the object is alive.
        unsafe { ffi::PyFloat_Check(self.as_ptr()) != 0 }
    }

    /// Computes `callable(self)`.
    pub fn is_callable(&self) -> bool {
        // SAFETY: `self` is borrowed, so the object is alive.
        unsafe { ffi::PyCallable_Check(self.as_ptr()) != 0 }
    }

    /// Returns whether the object is a `bytearray`.
    pub fn is_bytearray(&self) -> bool {
        // SAFETY: `self` is borrowed, so the object is alive.
        unsafe { ffi::PyByteArray_Check(self.as_ptr()) != 0 }
    }

    /// Returns whether the object exports a buffer.
    pub fn has_buffer(&self) -> bool {
        // SAFETY: `self` is borrowed, so the object is alive.
        unsafe { ffi::PyObject_CheckBuffer(self.as_ptr()) != 0 }
    }

    /// Computes `hash(self)`.
    pub fn hash(&self, _py: Py<'_>) -> R<isize> {
        // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
        match unsafe { ffi::PyObject_Hash(self.as_ptr()) } {
            -1 => Err(Raised::already()),
            hash => Ok(hash),
        }
    }

    /// Computes `bool(self)`.
    pub fn is_true(&self, _py: Py<'_>) -> R<bool> {
        // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
        match unsafe { ffi::PyObject_IsTrue(self.as_ptr()) } {
            -1 => Err(Raised::already()),
            n => Ok(n != 0),
        }
    }

    /// Sets an attribute.
    pub fn setattr(&self, py: Py<'_>, name: &CStr, value: &Obj) -> R<()> {
        // SAFETY: the token proves that the thread is attached; both objects are borrowed, so they are alive.
        match unsafe { ffi::PyObject_SetAttrString(self.as_ptr(), name.as_ptr(), value.as_ptr()) } {
            0 => Ok(()),
            _ => py.check(),
        }
    }

    /// Computes `getattr(self, "name")`.
    pub fn getattr_str(&self, py: Py<'_>, name: &str) -> R {
        let name = super::text::new_str(py, name)?;
        self.getattr(py, &name)
    }

    /// Computes `getattr(self, name)` with a `str` object as name.
    pub fn getattr(&self, py: Py<'_>, name: &Obj) -> R {
        // SAFETY: the token proves that the thread is attached, and both objects are borrowed, so they are alive.
        unsafe { Owned::from_new(py, ffi::PyObject_GetAttr(self.as_ptr(), name.as_ptr())) }
    }

    /// Returns the bytes of a `bytes` object.
    ///
    /// # Safety
    /// `self` is a `bytes` object; the slice lives as long as it does.
    #[inline]
    pub unsafe fn bytes_unchecked(&self) -> &[u8] {
        // SAFETY: a bytes object by the caller; its storage is immutable.
        unsafe {
            std::slice::from_raw_parts(
                ffi::PyBytes_AS_STRING(self.as_ptr()).cast(),
                ffi::Py_SIZE(self.as_ptr()).cast_unsigned(),
            )
        }
    }

    /// Returns the bytes, if this is a `bytes` object.
    #[inline]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        // SAFETY: the object was checked to be a bytes object.
        if self.is_bytes() { Some(unsafe { self.bytes_unchecked() }) } else { None }
    }

    /// Calls the object with the arguments of a tuple and a dict.
    pub fn call_with(&self, py: Py<'_>, args: &Obj, keywords: &Obj) -> R {
        // SAFETY: the token proves that the thread is attached; the objects are borrowed, and the function raises
        // `SystemError` for those of another kind.
        unsafe { Owned::from_new(py, ffi::PyObject_Call(self.as_ptr(), args.as_ptr(), keywords.as_ptr())) }
    }

    /// Calls the object with positional arguments.
    pub fn call(&self, py: Py<'_>, args: &[&Obj]) -> R {
        // One spare slot in front lets the callee put `self` there without a copy.
        let mut stack: [*mut ffi::PyObject; 8] = [std::ptr::null_mut(); 8];
        let mut heap: Vec<*mut ffi::PyObject>;
        let place: &mut [*mut ffi::PyObject] = if args.len() < stack.len() {
            &mut stack
        } else {
            heap = vec![std::ptr::null_mut(); args.len() + 1];
            &mut heap
        };
        for (to, from) in place[1..].iter_mut().zip(args) {
            *to = from.as_ptr();
        }
        // SAFETY: attached; `place` holds `args.len()` live objects behind one free place, as the flag says.
        unsafe {
            let nargs = args.len() | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET;
            let r = super::vectorcall::vectorcall(self.as_ptr(), place.as_ptr().add(1), nargs);
            Owned::from_new(py, r)
        }
    }
}

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
        // SAFETY: not null by the caller.
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
        // SAFETY: a strong reference owned by `self`, dropped only with it or by `take`, which needs `&mut`.
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
    pub fn take(&self) -> Option<Owned<T>> {
        let p = self.0.swap(std::ptr::null_mut(), std::sync::atomic::Ordering::AcqRel);
        // SAFETY: a pointer that is not null is the reference that `self` owned.
        if p.is_null() { None } else { Some(unsafe { Owned::from_raw(p) }) }
    }
}

impl<T> Drop for OnceRef<T> {
    fn drop(&mut self) {
        drop(self.take());
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

/// Declares a view of the objects that pass a check: `view_of!(/// Docs. pub struct Name if path::of::check)`. It can be
/// the receiver of functions and methods.
#[macro_export]
macro_rules! view_of {
    ($(#[$doc:meta])* $vis:vis struct $Name:ident if $check:expr) => {
        $(#[$doc])*
        #[repr(transparent)]
        $vis struct $Name($crate::Obj);

        impl std::ops::Deref for $Name {
            type Target = $crate::Obj;
            fn deref(&self) -> &$crate::Obj {
                &self.0
            }
        }

        // SAFETY: the struct is transparent over any object.
        unsafe impl $crate::PyLayout for $Name {
            fn check(obj: &$crate::Obj) -> bool {
                $check(obj)
            }
        }
    };
}
