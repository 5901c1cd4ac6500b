//! The frame of every function of the table, which keeps exceptions and panics from reaching C.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3_ffi as ffi;

use crate::ctype::CType;
use crate::memory::{Foreign, Loc, Scalar};
use cffi_rt::slots::panicked;
use cffi_rt::{Obj, Owned, Py, R, Raised};

/// Runs the body of a function of the table. On an exception, or a panic, which becomes a `SystemError`, the exception
/// stays set and C gets `error`.
///
/// # Safety
/// The thread is attached.
#[inline(always)]
pub(super) unsafe fn guard<T>(error: T, body: impl FnOnce(Py<'_>) -> R<T>) -> T {
    // SAFETY: the caller promises that the thread is attached.
    let py = unsafe { Py::assume() };
    match catch_unwind(AssertUnwindSafe(|| body(py))) {
        Ok(result) => result.unwrap_or(error),
        Err(panic) => {
            let _: Raised = panicked(py, &*panic);
            error
        }
    }
}

/// An argument of a function of the table, in the form in which Rust code uses it.
pub(super) trait Argument {
    /// The form in which C code passes it.
    type C;

    /// Takes the argument.
    ///
    /// # Safety
    /// It is what the prototype of the function in the table says, and lives until the function returns.
    unsafe fn from_c(c: Self::C) -> Self;
}

impl Argument for &Obj {
    type C = *mut ffi::PyObject;

    #[inline(always)]
    unsafe fn from_c(c: Self::C) -> Self {
        // SAFETY: the caller passes an object, which it keeps alive.
        unsafe { Obj::from_ptr(c) }
    }
}

impl Argument for &CType {
    type C = *const CType;

    #[inline(always)]
    unsafe fn from_c(c: Self::C) -> Self {
        // SAFETY: the caller passes a ctype of its table, which the table keeps alive.
        unsafe { &*c }
    }
}

/// The address of a value, and its ctype.
impl Argument for Loc<'_> {
    type C = (*mut u8, *const CType);

    #[inline(always)]
    unsafe fn from_c((at, ct): Self::C) -> Self {
        // SAFETY: the caller passes a ctype of its table and the address of a value of that type.
        unsafe { Loc::new(&*ct, at) }
    }
}

/// The address of a value, and its ctype. The memory stays: C code keeps its structs and arrays.
impl Argument for Foreign<'_> {
    type C = (*mut u8, *const CType);

    #[inline(always)]
    unsafe fn from_c((at, ct): Self::C) -> Self {
        // SAFETY: the caller passes a ctype of its table and the address of a value of that type, which C code keeps.
        unsafe { Foreign::new(&*ct, at) }
    }
}

/// The address of a number, or of a place for one.
impl<T: Copy> Argument for Scalar<'_, T> {
    type C = *mut T;

    #[inline(always)]
    unsafe fn from_c(c: Self::C) -> Self {
        // SAFETY: the caller passes the address of such a number.
        unsafe { Scalar::new(c.cast()) }
    }
}

/// An array of numbers that ends with a negative one.
impl Argument for &[ffi::Py_ssize_t] {
    type C = *const ffi::Py_ssize_t;

    unsafe fn from_c(c: Self::C) -> Self {
        // SAFETY: the caller passes such an array; items are read up to the one that ends it.
        unsafe {
            let mut count = 0;
            while *c.add(count) >= 0 {
                count += 1;
            }
            std::slice::from_raw_parts(c, count)
        }
    }
}

/// Defines a function of the table: `exported! { fn name(c: *mut C) -> T, on error E; |py, x: &Obj = (c)| body }`. The body
/// is safe code, which gets the arguments of C in the form of [`Argument`]; C gets `E` for an exception.
macro_rules! exported {
    (
        $(#[$doc:meta])*
        fn $name:ident($($c:ident: $C:ty),*) -> $result:ty, on error $error:expr;
        |$py:ident $(, $arg:ident: $A:ty = ($($from:expr),+))*| $body:expr
    ) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// Called by generated code: attached, with live objects, ctypes of the module's table, and addresses of what the
        /// prototype says.
        #[allow(unsafe_code, reason = "is called by compiled modules")]
        pub(super) unsafe extern "C" fn $name($($c: $C),*) -> $result {
            $(
                // SAFETY: generated code passes live objects, and addresses of the types that it names.
                let $arg: $A = unsafe { <$A as $crate::exports::guarded::Argument>::from_c(($($from),+)) };
            )*
            let body = |$py: cffi_rt::Py<'_>| -> cffi_rt::R<$result> { $body };
            // SAFETY: generated code calls the functions of the table on attached threads.
            unsafe { $crate::exports::guarded::guard($error, body) }
        }
    };
}
pub(super) use exported;

/// Runs the body of a function that returns a new object, as [`guard`] does. C gets null for an error.
///
/// # Safety
/// The thread is attached.
#[inline(always)]
pub(super) unsafe fn guard_object(body: impl FnOnce(Py<'_>) -> R) -> *mut ffi::PyObject {
    // SAFETY: the caller promises that the thread is attached.
    unsafe { guard(std::ptr::null_mut(), |py| body(py).map(Owned::into_ptr)) }
}

/// Borrows an argument.
///
/// # Safety
/// `p` is an object that the caller keeps alive.
#[inline(always)]
pub(super) unsafe fn object<'a>(p: *mut ffi::PyObject) -> &'a Obj {
    // SAFETY: the caller keeps the object alive.
    unsafe { Obj::from_ptr(p) }
}
