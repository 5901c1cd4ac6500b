//! Borrowed references to Python objects: `&Obj`.

use std::borrow::Cow;
use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char};
use std::ops::Deref;

use pyo3_ffi as ffi;

use super::err::{R, Raised};
use super::token::Py;

pub use super::owned::{Attached, OnceBox, OnceRef, Owned, SharedRef};

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

    /// Returns whether iterating over the object gives the items of its buffer: true of some types that Python code cannot
    /// change.
    #[inline]
    pub fn iterates_over_buffer(&self) -> bool {
        let tp = self.tp();
        let built_in = tp == &raw mut ffi::PyMemoryView_Type
            || tp == &raw mut ffi::PyByteArray_Type
            || tp == &raw mut ffi::PyBytes_Type;
        // SAFETY: the type is alive with the object, and has a C string as name.
        built_in
            || unsafe {
                let fixed = ffi::PyType_HasFeature(tp, ffi::Py_TPFLAGS_HEAPTYPE) == 0
                    || ffi::PyType_HasFeature(tp, ffi::Py_TPFLAGS_IMMUTABLETYPE) != 0;
                let name = CStr::from_ptr((*tp).tp_name);
                fixed && (name == c"array.array" || name == c"numpy.ndarray")
            }
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
        // SAFETY: the object is a bytes object, whose storage is immutable.
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
            let r = vectorcall(self.as_ptr(), place.as_ptr().add(1), nargs);
            Owned::from_new(py, r)
        }
    }
}

/// Calls `callable` with the arguments at `args` as `PyObject_Vectorcall` does. The vectorcall entry of a function is
/// called directly.
///
/// # Safety
/// As for `PyObject_Vectorcall`.
#[inline]
pub unsafe fn vectorcall(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargsf: usize,
) -> *mut ffi::PyObject {
    type Entry = unsafe extern "C" fn(
        *mut ffi::PyObject,
        *const *mut ffi::PyObject,
        usize,
        *mut ffi::PyObject,
    ) -> *mut ffi::PyObject;
    // Without a dict, this is `PyObject_Vectorcall`, which is no symbol before 3.12.
    use ffi::PyObject_VectorcallDict;
    let none = std::ptr::null_mut();
    // SAFETY: the caller gives the arguments of `PyObject_Vectorcall`. In every version, a function has a vectorcall
    // entry at the offset in its type, and the entry keeps its promise: it returns a result, or null with an exception.
    unsafe {
        if ffi::Py_TYPE(callable) == &raw mut ffi::PyFunction_Type {
            let offset = ffi::PyFunction_Type.tp_vectorcall_offset;
            match callable.byte_offset(offset).cast::<Option<Entry>>().read() {
                Some(entry) => entry(callable, args, nargsf, none),
                None => PyObject_VectorcallDict(callable, args, nargsf, none),
            }
        } else {
            PyObject_VectorcallDict(callable, args, nargsf, none)
        }
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
