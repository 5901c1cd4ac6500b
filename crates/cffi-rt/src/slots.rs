//! C entry points made from safe functions: they pass the token, convert errors to NULL and stop panics.

use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3_ffi as ffi;

use super::args::Args;
use super::err::{R, raise};
use super::obj::{Obj, Owned, PyLayout};
use super::token::Py;

/// The result of a slot, and its form in C.
pub trait SlotResult {
    /// The C type.
    type C;
    /// Converts the result to the C value; an `Err` becomes the value that means "an exception is set".
    fn into_c(self) -> Self::C;
}

impl SlotResult for R<Owned> {
    type C = *mut ffi::PyObject;
    #[inline(always)]
    fn into_c(self) -> Self::C {
        self.map_or(std::ptr::null_mut(), Owned::into_ptr)
    }
}

impl SlotResult for R<Option<Owned>> {
    type C = *mut ffi::PyObject;
    #[inline(always)]
    fn into_c(self) -> Self::C {
        self.ok().flatten().map_or(std::ptr::null_mut(), Owned::into_ptr)
    }
}

impl SlotResult for R<()> {
    type C = c_int;
    #[inline(always)]
    fn into_c(self) -> c_int {
        if self.is_ok() { 0 } else { -1 }
    }
}

impl SlotResult for R<bool> {
    type C = c_int;
    #[inline(always)]
    fn into_c(self) -> c_int {
        self.map_or(-1, c_int::from)
    }
}

/// The result of slots that return lengths and hashes.
impl SlotResult for R<isize> {
    type C = isize;
    #[inline(always)]
    fn into_c(self) -> isize {
        self.unwrap_or(-1)
    }
}

/// Runs a slot body; a panic becomes `SystemError`.
///
/// # Safety
/// The thread is attached (slots are only called by the interpreter).
#[inline(always)]
pub unsafe fn guard<'py, T>(body: impl FnOnce(Py<'py>) -> R<T>) -> <R<T> as SlotResult>::C
where
    R<T>: SlotResult,
{
    // SAFETY: the caller promises that the thread is attached.
    let py = unsafe { Py::assume() };
    match catch_unwind(AssertUnwindSafe(|| body(py))) {
        Ok(result) => result.into_c(),
        Err(panic) => R::<T>::Err(panicked(py, &*panic)).into_c(),
    }
}

/// Turns the payload of a caught panic into a `SystemError`.
#[cold]
#[inline(never)]
pub fn panicked(py: Py<'_>, panic: &(dyn std::any::Any + Send)) -> super::Raised {
    let text = panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    raise!(py, System, "ferrocffi internal error, please report: {text}")
}

/// Returns the receiver of a slot, whose type the interpreter has checked.
///
/// # Safety
/// `p` is an object of layout `T`, alive for `'a`.
#[inline(always)]
pub unsafe fn receiver<'a, T: PyLayout>(p: *mut ffi::PyObject) -> &'a T {
    // SAFETY: the caller promises a live object of this layout.
    unsafe { &*p.cast::<T>() }
}

/// Runs the body of a vectorcall entry with its arguments; a panic becomes `SystemError`.
///
/// # Safety
/// Called by the interpreter with arguments as the protocol has them.
#[inline(always)]
pub unsafe fn vectorcalled<'a>(
    args: *const *mut ffi::PyObject,
    nargsf: usize,
    kwnames: *mut ffi::PyObject,
    body: impl FnOnce(Py<'a>, Args<'a>) -> R,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter, which calls the entry, keeps to the vectorcall protocol.
    unsafe {
        let args = Args::new(args, ffi::PyVectorcall_NARGS(nargsf).cast_unsigned(), kwnames);
        guard(|py| body(py, args))
    }
}

/// A way to call the objects of a layout through the vectorcall protocol.
pub trait Call {
    /// The layout of the objects.
    type Receiver;

    /// Calls an object.
    ///
    /// # Safety
    /// The object is one whose vectorcall entry [`vectorcall`] with this type was made.
    unsafe fn call(py: Py<'_>, this: &Self::Receiver, args: Args<'_>) -> R;
}

/// Returns the vectorcall entry of objects that are called as `C` says.
///
/// # Safety
/// Called by the interpreter, with an object that this entry was made for, and with arguments as the protocol has them.
pub unsafe extern "C" fn vectorcall<C: Call>(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargsf: usize,
    kwnames: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter keeps to the vectorcall protocol, and calls objects by the entry that was made for them.
    unsafe { vectorcalled(args, nargsf, kwnames, |py, args| C::call(py, &*callable.cast(), args)) }
}

/// A C array of definitions that the interpreter only reads.
#[repr(transparent)]
pub struct Table<T, const N: usize>(pub [T; N]);

// SAFETY: written once at compile time, only read afterwards.
unsafe impl<T, const N: usize> Sync for Table<T, N> {}

impl<T, const N: usize> Table<T, N> {
    /// Returns the address for a type or module slot.
    pub const fn as_slot(&'static self) -> *mut c_void {
        (&raw const self.0).cast_mut().cast()
    }
}

/// Comparison operators of `tp_richcompare`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompareOp {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl CompareOp {
    /// Converts the C constant. Unknown ones cannot come from the interpreter and are read as `>=`.
    #[inline]
    pub fn from_c(op: c_int) -> CompareOp {
        match op {
            ffi::Py_LT => CompareOp::Lt,
            ffi::Py_LE => CompareOp::Le,
            ffi::Py_EQ => CompareOp::Eq,
            ffi::Py_NE => CompareOp::Ne,
            ffi::Py_GT => CompareOp::Gt,
            _ => CompareOp::Ge,
        }
    }

    /// Compares two objects. The result need not be a `bool`.
    ///
    /// # Errors
    /// Whatever the objects raise.
    pub fn apply(self, py: Py<'_>, a: &Obj, b: &Obj) -> R {
        // SAFETY: the token proves that the thread is attached, and the objects are borrowed, so they are alive.
        unsafe { Owned::from_new(py, ffi::PyObject_RichCompare(a.as_ptr(), b.as_ptr(), self.to_c())) }
    }

    /// Returns the number that C uses for the operator.
    fn to_c(self) -> c_int {
        match self {
            CompareOp::Lt => ffi::Py_LT,
            CompareOp::Le => ffi::Py_LE,
            CompareOp::Eq => ffi::Py_EQ,
            CompareOp::Ne => ffi::Py_NE,
            CompareOp::Gt => ffi::Py_GT,
            CompareOp::Ge => ffi::Py_GE,
        }
    }

    /// Returns whether the operator holds for an ordering.
    #[inline]
    pub fn holds(self, ord: std::cmp::Ordering) -> bool {
        match self {
            CompareOp::Lt => ord.is_lt(),
            CompareOp::Le => ord.is_le(),
            CompareOp::Eq => ord.is_eq(),
            CompareOp::Ne => ord.is_ne(),
            CompareOp::Gt => ord.is_gt(),
            CompareOp::Ge => ord.is_ge(),
        }
    }
}

/// Makes the C function of one slot from a safe function and returns its address.
///
/// | form | safe function | C slot |
/// |---|---|---|
/// | `new f` | `fn(Py, &Obj) -> R`: the class | `newfunc` |
/// | `init T f` | `fn(Py, &T, &Obj, Option<&Obj>) -> R<()>` | `initproc` |
/// | `unary T f` | `fn(Py, &T) -> R<X>` | `reprfunc`, `unaryfunc`, `lenfunc`, `hashfunc`, `inquiry`, `iternext` |
/// | `binary f` | `fn(Py, &Obj, &Obj) -> R` | `binaryfunc` of numbers: either side may be ours |
/// | `subscript T f` | `fn(Py, &T, &Obj) -> R<X>` | `binaryfunc`, `getattrofunc`, `objobjproc` |
/// | `item T f` | `fn(Py, &T, isize) -> R` | `ssizeargfunc` |
/// | `assign T f` | `fn(Py, &T, &Obj, Option<&Obj>) -> R<()>` | `objobjargproc`, `setattrofunc` |
/// | `assign_item T f` | `fn(Py, &T, isize, Option<&Obj>) -> R<()>` | `ssizeobjargproc` |
/// | `compare T f` | `fn(Py, &T, &Obj, CompareOp) -> R` | `richcmpfunc` |
/// | `get T f` | `fn(Py, &T) -> R` | getter of a getset |
/// | `noargs T f` | `fn(Py, &T) -> R` | METH_NOARGS |
/// | `fast T f` | `fn(Py, &T, Args) -> R` | METH_FASTCALL with keywords |
/// | `get_any f`, `set_any f`, `fast_any f` | the last three with `&Obj` | those of a class that is not of this project |
#[macro_export]
macro_rules! slot {
    (@c ($($arg:ident : $ty:ty),*) -> $ret:ty, |$py:ident| $body:expr) => {{
        unsafe extern "C" fn entry($($arg: $ty),*) -> $ret {
            // SAFETY: slots are called by the interpreter with an attached thread and live arguments; the receiver
            // has the type that the slot was installed in.
            #[allow(unused_unsafe, reason = "bodies differ in what they need")]
            unsafe {
                $crate::slots::guard(|$py| $body)
            }
        }
        entry
    }};
    (new $f:path) => {
        $crate::slot!(@c (class: *mut pyo3_ffi::PyTypeObject, _args: *mut pyo3_ffi::PyObject,
            _keywords: *mut pyo3_ffi::PyObject) -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::Obj::from_ptr(class.cast())))
    };
    (init $T:ty, $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, args: *mut pyo3_ffi::PyObject,
            keywords: *mut pyo3_ffi::PyObject) -> std::ffi::c_int, |py|
            $f(py, $crate::slots::receiver::<$T>(a), $crate::Obj::from_ptr(args),
               $crate::Obj::from_ptr_opt(keywords)))
    };
    (unary $T:ty, $ret:ty, $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject) -> $ret, |py|
            $f(py, $crate::slots::receiver::<$T>(a)))
    };
    (binary $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, b: *mut pyo3_ffi::PyObject)
            -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::Obj::from_ptr(a), $crate::Obj::from_ptr(b)))
    };
    (subscript $T:ty, $ret:ty, $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, b: *mut pyo3_ffi::PyObject) -> $ret, |py|
            $f(py, $crate::slots::receiver::<$T>(a), $crate::Obj::from_ptr(b)))
    };
    (item $T:ty, $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, i: isize) -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::slots::receiver::<$T>(a), i))
    };
    (assign $T:ty, $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, b: *mut pyo3_ffi::PyObject,
            c: *mut pyo3_ffi::PyObject) -> std::ffi::c_int, |py|
            $f(py, $crate::slots::receiver::<$T>(a), $crate::Obj::from_ptr(b),
               $crate::Obj::from_ptr_opt(c)))
    };
    (assign_item $T:ty, $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, i: isize, c: *mut pyo3_ffi::PyObject)
            -> std::ffi::c_int, |py|
            $f(py, $crate::slots::receiver::<$T>(a), i, $crate::Obj::from_ptr_opt(c)))
    };
    (compare $T:ty, $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, b: *mut pyo3_ffi::PyObject,
            op: std::ffi::c_int) -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::slots::receiver::<$T>(a), $crate::Obj::from_ptr(b),
               $crate::slots::CompareOp::from_c(op)))
    };
    (get $T:ty, $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, _closure: *mut std::ffi::c_void)
            -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::slots::receiver::<$T>(a)))
    };
    (set $T:ty, $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, v: *mut pyo3_ffi::PyObject,
            _closure: *mut std::ffi::c_void) -> std::ffi::c_int, |py|
            $f(py, $crate::slots::receiver::<$T>(a), $crate::Obj::from_ptr_opt(v)))
    };
    (get_any $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, _closure: *mut std::ffi::c_void)
            -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::Obj::from_ptr(a)))
    };
    (set_any $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, v: *mut pyo3_ffi::PyObject,
            _closure: *mut std::ffi::c_void) -> std::ffi::c_int, |py|
            $f(py, $crate::Obj::from_ptr(a), $crate::Obj::from_ptr_opt(v)))
    };
    (fast_any $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, v: *const *mut pyo3_ffi::PyObject,
            n: pyo3_ffi::Py_ssize_t, kw: *mut pyo3_ffi::PyObject) -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::Obj::from_ptr(a), $crate::Args::new(v, n.cast_unsigned(), kw)))
    };
    (noargs $T:ty, $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, _unused: *mut pyo3_ffi::PyObject)
            -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::slots::receiver::<$T>(a)))
    };
    (fast $T:ty, $f:path) => {
        $crate::slot!(@c (a: *mut pyo3_ffi::PyObject, v: *const *mut pyo3_ffi::PyObject,
            n: pyo3_ffi::Py_ssize_t, kw: *mut pyo3_ffi::PyObject) -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::slots::receiver::<$T>(a),
               $crate::Args::new(v, n.cast_unsigned(), kw)))
    };
}
pub use crate::slot;

/// Makes an entry of a method table: `method!(noargs T "name" f "doc")`, `method!(one T ..)`, `method!(fast T ..)`.
#[macro_export]
macro_rules! method {
    (noargs $T:ty, $name:literal, $f:path, $doc:expr) => {
        pyo3_ffi::PyMethodDef {
            ml_name: $name.as_ptr(),
            ml_meth: pyo3_ffi::PyMethodDefPointer {
                PyCFunction: $crate::slot!(noargs $T, $f),
            },
            ml_flags: pyo3_ffi::METH_NOARGS,
            ml_doc: $doc.as_ptr(),
        }
    };
    (one $T:ty, $name:literal, $f:path, $doc:expr) => {
        pyo3_ffi::PyMethodDef {
            ml_name: $name.as_ptr(),
            ml_meth: pyo3_ffi::PyMethodDefPointer {
                PyCFunction: $crate::slot!(subscript $T, *mut pyo3_ffi::PyObject, $f),
            },
            ml_flags: pyo3_ffi::METH_O,
            ml_doc: $doc.as_ptr(),
        }
    };
    (fast_any $name:expr, $f:path, $doc:expr) => {
        pyo3_ffi::PyMethodDef {
            ml_name: $name.as_ptr(),
            ml_meth: pyo3_ffi::PyMethodDefPointer {
                PyCFunctionFastWithKeywords: $crate::slot!(fast_any $f),
            },
            ml_flags: pyo3_ffi::METH_FASTCALL | pyo3_ffi::METH_KEYWORDS,
            ml_doc: $doc.as_ptr(),
        }
    };
    (fast $T:ty, $name:literal, $f:path, $doc:expr) => {
        pyo3_ffi::PyMethodDef {
            ml_name: $name.as_ptr(),
            ml_meth: pyo3_ffi::PyMethodDefPointer {
                PyCFunctionFastWithKeywords: $crate::slot!(fast $T, $f),
            },
            ml_flags: pyo3_ffi::METH_FASTCALL | pyo3_ffi::METH_KEYWORDS,
            ml_doc: $doc.as_ptr(),
        }
    };
}
pub use crate::method;

/// The entry that ends a method table.
pub const METHODS_END: ffi::PyMethodDef = ffi::PyMethodDef::zeroed();

/// Makes an entry of a getset table.
pub const fn getter(
    name: &'static std::ffi::CStr,
    get: ffi::getter,
    doc: &'static std::ffi::CStr,
) -> ffi::PyGetSetDef {
    ffi::PyGetSetDef {
        name: name.as_ptr(),
        get: Some(get),
        set: None,
        doc: doc.as_ptr(),
        closure: std::ptr::null_mut(),
    }
}

/// The entry that ends a getset table.
pub const GETSET_END: ffi::PyGetSetDef = ffi::PyGetSetDef {
    name: std::ptr::null(),
    get: None,
    set: None,
    doc: std::ptr::null(),
    closure: std::ptr::null_mut(),
};
