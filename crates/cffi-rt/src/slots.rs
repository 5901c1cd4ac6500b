//! C entry points made from safe functions: they pass the token, convert errors to NULL and stop panics.

use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3_ffi as ffi;

use super::args::{Args, Given};
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

    /// Calls an object with arguments as the interpreter passes them.
    ///
    /// # Safety
    /// As for [`Call::call`].
    #[inline(always)]
    unsafe fn call_given(py: Py<'_>, this: &Self::Receiver, given: Given<'_>) -> R {
        // SAFETY: the caller promises an object with the entry of this type.
        unsafe { Self::call(py, this, given.args()) }
    }
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
    unsafe {
        let given = Given::new(args, nargsf, kwnames);
        guard(|py| C::call_given(py, &*callable.cast(), given))
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

/// Makes the C function of one slot from a safe function, as an [`Entry`](crate::at::Entry) for objects of the layout `T`.
///
/// | form | safe function | C slot |
/// |---|---|---|
/// | `new T, f` | `fn(Py, &Obj) -> R`: the class | `newfunc` |
/// | `make T, f` | `fn(Py, Args) -> R`: the arguments | `newfunc` |
/// | `init T, f` | `fn(Py, &T, &Obj, Option<&Obj>) -> R<()>` | `initproc` |
/// | `unary T, X, f` | `fn(Py, &T) -> R<_>` | `reprfunc`, `unaryfunc`, `lenfunc`, `hashfunc`, `inquiry`, `iternext` |
/// | `binary T, f` | `fn(Py, &Obj, &Obj) -> R` | `binaryfunc` of numbers: either side may be ours |
/// | `subscript T, f` | `fn(Py, &T, &Obj) -> R` | `binaryfunc`, `getattrofunc` |
/// | `item T, f` | `fn(Py, &T, isize) -> R` | `ssizeargfunc` |
/// | `assign T, f` | `fn(Py, &T, &Obj, Option<&Obj>) -> R<()>` | `objobjargproc`, `setattrofunc` |
/// | `assign_item T, f` | `fn(Py, &T, isize, Option<&Obj>) -> R<()>` | `ssizeobjargproc` |
/// | `compare T, f` | `fn(Py, &T, &Obj, CompareOp) -> R` | `richcmpfunc` |
#[macro_export]
macro_rules! slot {
    ($form:ident $T:ty, $($rest:tt)*) => {
        // SAFETY: the function was made for receivers of this layout, and its arguments are those of its C type. It keeps to
        // the rules of the interpreter's slots, as its result is made of a safe function's by `guard`.
        unsafe { $crate::at::Entry::<$T, _>::new($crate::c_function!($form $T, $($rest)*)) }
    };
}
pub use crate::slot;

/// Makes the C function that [`slot!`], [`method!`] and [`attribute!`] wrap.
#[doc(hidden)]
#[macro_export]
macro_rules! c_function {
    (@c ($($arg:ident : $ty:ty),*) -> $ret:ty, |$py:ident| $body:expr) => {{
        unsafe extern "C" fn entry($($arg: $ty),*) -> $ret {
            // SAFETY: slots are called by the interpreter with an attached thread and live arguments; the receiver
            // has the type that the slot was installed in.
            #[allow(unused_unsafe, reason = "bodies differ in what they need")]
            unsafe {
                $crate::slots::guard(|$py| $body)
            }
        }
        entry as unsafe extern "C" fn($($ty),*) -> $ret
    }};
    (new $T:ty, $f:path) => {
        $crate::c_function!(@c (class: *mut pyo3_ffi::PyTypeObject, _args: *mut pyo3_ffi::PyObject,
            _keywords: *mut pyo3_ffi::PyObject) -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::Obj::from_ptr(class.cast())))
    };
    (make $T:ty, $f:path) => {
        $crate::c_function!(@c (_class: *mut pyo3_ffi::PyTypeObject, args: *mut pyo3_ffi::PyObject,
            keywords: *mut pyo3_ffi::PyObject) -> *mut pyo3_ffi::PyObject, |py| {
            let args = $crate::args::CallArgs::new(
                py, $crate::Obj::from_ptr(args), $crate::Obj::from_ptr_opt(keywords))?;
            $f(py, args.args())
        })
    };
    (init $T:ty, $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, args: *mut pyo3_ffi::PyObject,
            keywords: *mut pyo3_ffi::PyObject) -> std::ffi::c_int, |py|
            $f(py, $crate::slots::receiver::<$T>(a), $crate::Obj::from_ptr(args),
               $crate::Obj::from_ptr_opt(keywords)))
    };
    (unary $T:ty, $ret:ty, $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject) -> $ret, |py|
            $f(py, $crate::slots::receiver::<$T>(a)))
    };
    (binary $T:ty, $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, b: *mut pyo3_ffi::PyObject)
            -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::Obj::from_ptr(a), $crate::Obj::from_ptr(b)))
    };
    (subscript $T:ty, $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, b: *mut pyo3_ffi::PyObject)
            -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::slots::receiver::<$T>(a), $crate::Obj::from_ptr(b)))
    };
    (item $T:ty, $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, i: isize) -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::slots::receiver::<$T>(a), i))
    };
    (assign $T:ty, $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, b: *mut pyo3_ffi::PyObject,
            c: *mut pyo3_ffi::PyObject) -> std::ffi::c_int, |py|
            $f(py, $crate::slots::receiver::<$T>(a), $crate::Obj::from_ptr(b),
               $crate::Obj::from_ptr_opt(c)))
    };
    (assign_item $T:ty, $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, i: isize, c: *mut pyo3_ffi::PyObject)
            -> std::ffi::c_int, |py|
            $f(py, $crate::slots::receiver::<$T>(a), i, $crate::Obj::from_ptr_opt(c)))
    };
    (compare $T:ty, $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, b: *mut pyo3_ffi::PyObject,
            op: std::ffi::c_int) -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::slots::receiver::<$T>(a), $crate::Obj::from_ptr(b),
               $crate::slots::CompareOp::from_c(op)))
    };
    (get $T:ty, $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, _closure: *mut std::ffi::c_void)
            -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::slots::receiver::<$T>(a)))
    };
    (set $T:ty, $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, v: *mut pyo3_ffi::PyObject,
            _closure: *mut std::ffi::c_void) -> std::ffi::c_int, |py|
            $f(py, $crate::slots::receiver::<$T>(a), $crate::Obj::from_ptr_opt(v)))
    };
    (get_any $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, _closure: *mut std::ffi::c_void)
            -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::Obj::from_ptr(a)))
    };
    (set_any $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, v: *mut pyo3_ffi::PyObject,
            _closure: *mut std::ffi::c_void) -> std::ffi::c_int, |py|
            $f(py, $crate::Obj::from_ptr(a), $crate::Obj::from_ptr_opt(v)))
    };
    (fast_any $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, v: *const *mut pyo3_ffi::PyObject,
            n: pyo3_ffi::Py_ssize_t, kw: *mut pyo3_ffi::PyObject) -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::Obj::from_ptr(a), $crate::Args::new(v, n.cast_unsigned(), kw)))
    };
    (noargs $T:ty, $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, _unused: *mut pyo3_ffi::PyObject)
            -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::slots::receiver::<$T>(a)))
    };
    (fast $T:ty, $f:path) => {
        $crate::c_function!(@c (a: *mut pyo3_ffi::PyObject, v: *const *mut pyo3_ffi::PyObject,
            n: pyo3_ffi::Py_ssize_t, kw: *mut pyo3_ffi::PyObject) -> *mut pyo3_ffi::PyObject, |py|
            $f(py, $crate::slots::receiver::<$T>(a),
               $crate::Args::new(v, n.cast_unsigned(), kw)))
    };
}

/// Makes a [`Method`](crate::table::Method): `method!(form T, name, f, doc)`.
///
/// | form | safe function |
/// |---|---|
/// | `noargs` | `fn(Py, &T) -> R` |
/// | `one` | `fn(Py, &T, &Obj) -> R`: exactly one positional argument |
/// | `fast` | `fn(Py, &T, Args) -> R` |
/// | `fast_any`, without `T` | `fn(Py, &Obj, Args) -> R`: for a class that is not of this project |
#[macro_export]
macro_rules! method {
    (@of $T:ty, $member:ident, $function:expr, $flags:expr, $name:expr, $doc:expr) => {{
        const NAME: &std::ffi::CStr = $name;
        const DOC: &std::ffi::CStr = $doc;
        // SAFETY: name and docstring are static; the function was made for receivers of this layout, and the flags are
        // those of its C type.
        unsafe {
            $crate::table::Method::<$T>::new(pyo3_ffi::PyMethodDef {
                ml_name: NAME.as_ptr(),
                ml_meth: pyo3_ffi::PyMethodDefPointer { $member: $function },
                ml_flags: $flags,
                ml_doc: DOC.as_ptr(),
            })
        }
    }};
    (noargs $T:ty, $name:expr, $f:path, $doc:expr) => {
        $crate::method!(@of $T, PyCFunction, $crate::c_function!(noargs $T, $f), pyo3_ffi::METH_NOARGS, $name, $doc)
    };
    (one $T:ty, $name:expr, $f:path, $doc:expr) => {
        $crate::method!(@of $T, PyCFunction, $crate::c_function!(subscript $T, $f), pyo3_ffi::METH_O, $name, $doc)
    };
    (fast_any $name:expr, $f:path, $doc:expr) => {
        $crate::method!(@of $crate::Obj, PyCFunctionFastWithKeywords, $crate::c_function!(fast_any $f),
            pyo3_ffi::METH_FASTCALL | pyo3_ffi::METH_KEYWORDS, $name, $doc)
    };
    (fast $T:ty, $name:expr, $f:path, $doc:expr) => {
        $crate::method!(@of $T, PyCFunctionFastWithKeywords, $crate::c_function!(fast $T, $f),
            pyo3_ffi::METH_FASTCALL | pyo3_ffi::METH_KEYWORDS, $name, $doc)
    };
}
pub use crate::method;

/// Makes an [`Attribute`](crate::table::Attribute) of safe functions: `attribute!(T, name, get, doc)`, or with a function that
/// sets it, `attribute!(T, name, get, set, doc)`. With `any` in the place of `T` the functions get an `&Obj`.
#[macro_export]
macro_rules! attribute {
    (@of $T:ty, $name:expr, $get:expr, $set:expr, $doc:expr) => {
        // SAFETY: the functions were made for objects of this layout, and their arguments are those of their C types.
        unsafe { $crate::table::Attribute::<$T>::new($name, $get, $set, $doc) }
    };
    (any, $name:expr, $get:path, $set:path, $doc:expr $(,)?) => {
        $crate::attribute!(@of $crate::Obj, $name, $crate::c_function!(get_any $get),
            Some($crate::c_function!(set_any $set)), $doc)
    };
    ($T:ty, $name:expr, $get:path, $doc:expr $(,)?) => {
        $crate::attribute!(@of $T, $name, $crate::c_function!(get $T, $get), None, $doc)
    };
    ($T:ty, $name:expr, $get:path, $set:path, $doc:expr $(,)?) => {
        $crate::attribute!(@of $T, $name, $crate::c_function!(get $T, $get),
            Some($crate::c_function!(set $T, $set)), $doc)
    };
}
pub use crate::attribute;
