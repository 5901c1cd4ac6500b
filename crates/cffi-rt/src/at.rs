//! The slots of a Python type, one Rust type for each, and the functions that fit them.
//!
//! An [`Entry`] says for which slot its function was made, and for objects of which layout.
//! [`TypeSpec::slot`](crate::types::TypeSpec::slot) takes no other function, so the compiler finds a function that was
//! given to a wrong slot or to a wrong type.
//!
//! ```no_run
//! use cffi_rt::{Obj, Py, R, at, class, slots::slot, text, types::TypeSpec};
//!
//! cffi_rt::class! { struct Point in c"example.Point", plain { x: i32, } }
//! cffi_rt::class! { struct Line in c"example.Line", plain { from: i32, to: i32, } }
//!
//! fn repr(py: Py<'_>, point: &Point) -> R {
//!     text::new_str(py, &point.x.to_string())
//! }
//!
//! fn make(py: Py<'_>, module: &Obj) -> R {
//!     class::spec::<Point>(c"").slot(at::Repr, slot!(unary Point, *mut pyo3_ffi::PyObject, repr)).make(py, module)
//! }
//! ```
//!
//! A function with the arguments of another slot is refused:
//! ```compile_fail,E0271
//! # use cffi_rt::{Obj, Py, R, at, class, slots::slot, text, types::TypeSpec};
//! # cffi_rt::class! { struct Point in c"example.Point", plain { x: i32, } }
//! # fn repr(py: Py<'_>, point: &Point) -> R { text::new_str(py, &point.x.to_string()) }
//! # fn make(py: Py<'_>, module: &Obj) -> R {
//! class::spec::<Point>(c"").slot(at::Compare, slot!(unary Point, *mut pyo3_ffi::PyObject, repr)).make(py, module)
//! # }
//! ```
//!
//! So is a function for objects of another class:
//! ```compile_fail,E0308
//! # use cffi_rt::{Obj, Py, R, at, class, slots::slot, text, types::TypeSpec};
//! # cffi_rt::class! { struct Point in c"example.Point", plain { x: i32, } }
//! # cffi_rt::class! { struct Line in c"example.Line", plain { from: i32, to: i32, } }
//! # fn repr(py: Py<'_>, point: &Point) -> R { text::new_str(py, &point.x.to_string()) }
//! # fn make(py: Py<'_>, module: &Obj) -> R {
//! class::spec::<Line>(c"").slot(at::Repr, slot!(unary Point, *mut pyo3_ffi::PyObject, repr)).make(py, module)
//! # }
//! ```

use std::ffi::{c_int, c_void};
use std::marker::PhantomData;

use pyo3_ffi as ffi;

/// One slot of a type.
pub trait Slot {
    /// The type of the C function.
    type Function: Copy;
    /// The number of the slot in `PyType_Slot`.
    const NUMBER: c_int;

    /// Returns the address of a function.
    fn address(function: Self::Function) -> *const c_void;
}

macro_rules! slots {
    ($($(#[$meta:meta])* $name:ident: $function:ident = $number:ident;)*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Slot for $name {
                type Function = ffi::$function;
                const NUMBER: c_int = ffi::$number;

                fn address(function: ffi::$function) -> *const c_void {
                    function as *const c_void
                }
            }
        )*
    };
}

slots! {
    /// `tp_new`
    New: newfunc = Py_tp_new;
    /// `tp_init`
    Init: initproc = Py_tp_init;
    /// `tp_dealloc`
    Dealloc: destructor = Py_tp_dealloc;
    /// `tp_free`
    Free: freefunc = Py_tp_free;
    /// `tp_finalize`
    Finalize: destructor = Py_tp_finalize;
    /// `tp_traverse`
    Traverse: traverseproc = Py_tp_traverse;
    /// `tp_clear`
    Clear: inquiry = Py_tp_clear;
    /// `tp_repr`
    Repr: reprfunc = Py_tp_repr;
    /// `tp_hash`
    Hash: hashfunc = Py_tp_hash;
    /// `tp_richcompare`
    Compare: richcmpfunc = Py_tp_richcompare;
    /// `tp_call`
    Call: ternaryfunc = Py_tp_call;
    /// `tp_getattro`
    GetAttr: getattrofunc = Py_tp_getattro;
    /// `tp_setattro`
    SetAttr: setattrofunc = Py_tp_setattro;
    /// `tp_iter`
    Iter: getiterfunc = Py_tp_iter;
    /// `tp_iternext`
    Next: iternextfunc = Py_tp_iternext;
    /// `nb_add`
    Add: binaryfunc = Py_nb_add;
    /// `nb_subtract`
    Subtract: binaryfunc = Py_nb_subtract;
    /// `nb_bool`
    Bool: inquiry = Py_nb_bool;
    /// `nb_int`
    Int: unaryfunc = Py_nb_int;
    /// `nb_float`
    Float: unaryfunc = Py_nb_float;
    /// `mp_length`
    MappingLen: lenfunc = Py_mp_length;
    /// `mp_subscript`
    Subscript: binaryfunc = Py_mp_subscript;
    /// `mp_ass_subscript`
    AssignSubscript: objobjargproc = Py_mp_ass_subscript;
    /// `sq_length`
    SequenceLen: lenfunc = Py_sq_length;
    /// `sq_item`
    Item: ssizeargfunc = Py_sq_item;
    /// `sq_ass_item`
    AssignItem: ssizeobjargproc = Py_sq_ass_item;
    /// `bf_getbuffer`
    GetBuffer: getbufferproc = Py_bf_getbuffer;
}

/// A function for the slot `S` of types whose objects have the layout `T`, or one that begins with it.
pub struct Entry<T: ?Sized, S: Slot> {
    function: S::Function,
    layout: PhantomData<fn(&T)>,
}

impl<T: ?Sized, S: Slot> Clone for Entry<T, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized, S: Slot> Copy for Entry<T, S> {}

impl<T: ?Sized, S: Slot> Entry<T, S> {
    /// Names the slot and the layout that a function was made for. [`slot!`](crate::slots::slot) does so for safe functions.
    ///
    /// # Safety
    /// The function does what the interpreter's documentation demands of the slot, if the interpreter calls it with an
    /// attached thread, live arguments, and objects of the layout.
    #[inline(always)]
    pub const unsafe fn new(function: S::Function) -> Entry<T, S> {
        Entry { function, layout: PhantomData }
    }

    /// Returns the function, by which a type can be recognized.
    #[inline(always)]
    pub const fn function(self) -> S::Function {
        self.function
    }

    /// Returns the address of the function.
    pub(crate) fn address(self) -> *const c_void {
        S::address(self.function)
    }
}

/// A layout that begins with the layout `B`.
///
/// # Safety
/// A pointer to `Self` is a pointer to a valid `B`.
pub unsafe trait BeginsWith<B: ?Sized> {}

// SAFETY: every layout begins with itself.
unsafe impl<T: ?Sized> BeginsWith<T> for T {}

/// Returns the function for iterators, whose `iter()` is the iterator itself.
pub const fn iter_of_iterator<T>() -> Entry<T, Iter> {
    // SAFETY: the interpreter's own function returns the object that it gets, of any layout.
    unsafe { Entry::<T, Iter>::new(ffi::PyObject_SelfIter) }
}
