//! The proof that this thread is attached to an interpreter (holds the GIL, where there is one).

use std::marker::PhantomData;

use pyo3_ffi as ffi;

use super::outside;

/// Zero-sized proof that the current thread may call the C API. Neither `Send` nor `Sync`; its lifetime bounds
/// the borrowed references made under it.
#[derive(Clone, Copy)]
pub struct Py<'py>(PhantomData<(&'py (), *mut ())>);

impl<'py> Py<'py> {
    /// Asserts that the thread is attached.
    ///
    /// # Safety
    /// The calling thread is attached to an interpreter for all of `'py`.
    #[inline(always)]
    pub unsafe fn assume() -> Py<'py> {
        Py(PhantomData)
    }

    /// Runs `f`, which is or calls foreign code, without detaching the thread (releasing the GIL).
    #[inline(always)]
    pub fn outside<T>(self, f: impl FnOnce() -> T) -> T {
        // SAFETY: the token proves that the thread is attached; its state lives until the thread has come back.
        unsafe { outside::remember(ffi::PyThreadState_Get()) };
        let result = f();
        outside::forget();
        result
    }

    /// Runs `f`, which is or calls foreign code, with the GIL kept if `KEEP` is set, and released otherwise.
    ///
    /// # Safety
    /// As for [`Py::detached`].
    #[inline(always)]
    pub unsafe fn foreign<const KEEP: bool, T>(self, f: impl FnOnce() -> T) -> T {
        // SAFETY: the caller promises that the code touches no Python object.
        if KEEP { self.outside(f) } else { unsafe { self.detached(f) } }
    }

    /// Runs `f` with the thread detached (the GIL released). A closure that is `Send` holds no reference to a Python
    /// object, and no token.
    pub fn away<T: Send>(self, f: impl FnOnce() -> T + Send) -> T {
        let caught = std::panic::AssertUnwindSafe(f);
        // SAFETY: references to Python objects are not `Send`, so the closure touches none. A panic is carried over the
        // end of the call.
        let result = unsafe { self.detached(|| std::panic::catch_unwind(caught)) };
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Runs `f` with the thread detached (the GIL released).
    ///
    /// # Safety
    /// `f` touches no Python object.
    #[inline]
    pub unsafe fn detached<T>(self, f: impl FnOnce() -> T) -> T {
        // SAFETY: attached by `self`; the state is restored on the thread that it belongs to. `f` comes from this crate
        // and only runs foreign code, which does not unwind through it.
        unsafe {
            let state = ffi::PyEval_SaveThread();
            outside::remember(state);
            let result = f();
            outside::forget();
            ffi::PyEval_RestoreThread(state);
            result
        }
    }
}
