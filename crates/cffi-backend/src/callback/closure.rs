//! C function pointers that lead to a [`Target`].

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, OnceLock};

use cffi_call::closure::{Closure, ClosureError};
use cffi_call::errno;
use pyo3_ffi as ffi;

use super::target::Target;
use super::thread::{self, Home};
use crate::cdata::own_gc::{self, Content};
use crate::ctype::CType;
use crate::rt::{Owned, Py, R, raise};

/// A function pointer with what it leads to. It is shared by the cdata and by the calls that are running, so a
/// function may drop its own cdata.
struct Callback {
    /// From `Arc::into_raw`; null once the garbage collector has cleared it.
    target: AtomicPtr<Target>,
    closure: OnceLock<Closure>,
    /// The interpreter that the function belongs to.
    home: Home,
    /// Bytes of the result area where that is C's own, uninitialised memory: struct results.
    struct_size: usize,
}

/// The cdata's share of a callback.
struct Shared(Arc<Callback>);

/// A cdata of the function type `ct` that runs `target` when C calls it.
///
/// Errors: `NotImplementedError` for signatures that have no closures, `MemoryError` if the system gives no
/// executable memory, `SystemError` if libffi refuses.
pub(super) fn new(py: Py<'_>, ct: &CType, target: Target) -> R {
    let Some(function) = ct.function() else {
        return Err(raise!(py, Type, "expected a function ctype, got '{}'", ct.name()));
    };
    let plan = function.closure_plan(py, ct.name())?;
    thread::note_exit(py)?;
    let result = &function.result;
    let callback = Arc::new(Callback {
        target: AtomicPtr::new(Arc::into_raw(Arc::new(target)).cast_mut()),
        closure: OnceLock::new(),
        home: Home::here(py),
        struct_size: if result.is_aggregate() { result.known_size().unwrap_or(0) } else { 0 },
    });
    let user = Arc::as_ptr(&callback).cast_mut().cast::<c_void>();
    // SAFETY: `enter` is made for plans of this type and for a `Callback`; the callback, which `user` points to,
    // owns the closure.
    let closure = match unsafe { Closure::new(plan, enter, user) } {
        Ok(closure) => closure,
        Err(ClosureError::NoMemory) => {
            return Err(raise!(
                py,
                Memory,
                "Cannot allocate write+execute memory for ffi.callback(). You might be running on a system \
                 that prevents this. For more information, see \
                 https://cffi.readthedocs.io/en/latest/using.html#callbacks"
            ));
        }
        Err(ClosureError::Refused) => {
            return Err(raise!(py, System, "libffi failed to build this callback"));
        }
    };
    let code = closure.code().cast::<u8>().cast_mut();
    let _ = callback.closure.set(closure);
    Ok(own_gc::new_callback(py, ct, code, Box::new(Shared(callback)))?.into_obj())
}

impl Callback {
    /// A share of the target.
    ///
    /// The thread is attached: the target is only given up by attached threads, by the collector (which has
    /// found that nothing in Python refers to the cdata) and with the callback itself.
    fn target(&self, _py: Py<'_>) -> Option<Arc<Target>> {
        let p = self.target.load(Ordering::Acquire);
        if p.is_null() {
            return None;
        }
        // SAFETY: from `Arc::into_raw`, and still counted.
        unsafe {
            Arc::increment_strong_count(p);
            Some(Arc::from_raw(p))
        }
    }

    fn clear(&self) {
        let p = self.target.swap(std::ptr::null_mut(), Ordering::AcqRel);
        if !p.is_null() {
            // SAFETY: from `Arc::into_raw`, given up once.
            drop(unsafe { Arc::from_raw(p) });
        }
    }

    /// Ends the share of a call that is running. The thread is attached.
    fn leave(self: Arc<Callback>, _py: Py<'_>) {
        if let Some(mut last) = Arc::into_inner(self) {
            last.clear();
            // C is still inside of the closure's code, below this call.
            if let Some(closure) = last.closure.take() {
                retire(closure);
            }
        }
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Content for Shared {
    fn shown(&self) -> Option<(&'static str, Owned)> {
        // SAFETY: the repr of a cdata is asked for by attached threads.
        let py = unsafe { Py::assume() };
        self.0.target(py).map(|t| ("calling", t.callable().new_ref()))
    }

    fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject)) {
        // SAFETY: null, or counted by the callback until it is cleared, which does not happen meanwhile.
        if let Some(target) = unsafe { self.0.target.load(Ordering::Acquire).as_ref() } {
            target.visit(f);
        }
    }

    fn clear(&self) {
        self.0.clear();
    }
}

thread_local! {
    /// Closures whose last share ended in a call of themselves on this thread. They go when the next callback
    /// comes in from C with no other one running on the thread.
    static RETIRED: RefCell<Vec<Closure>> = const { RefCell::new(Vec::new()) };
    /// Callbacks that are running on this thread.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Keeps a closure for as long as C may be inside of its code.
fn retire(closure: Closure) {
    let mut closure = Some(closure);
    let _ = RETIRED.try_with(|r| r.borrow_mut().extend(closure.take()));
    // The thread is ending, and its list is gone: the closure is never freed.
    std::mem::forget(closure);
}

/// Frees what earlier calls have retired; nothing that this thread runs is inside of those now.
fn free_retired() {
    let retired = RETIRED.try_with(RefCell::take);
    drop(retired);
}

/// What closures run.
///
/// # Safety
/// Called by a closure that [`new`] has made, with its arguments and result area.
unsafe extern "C" fn enter(area: *mut u8, args: *const *mut u8, user: *mut c_void) {
    errno::save();
    // SAFETY: the callback is alive while its closure is called; from here on it is kept.
    let callback = unsafe {
        let p = user.cast::<Callback>().cast_const();
        Arc::increment_strong_count(p);
        Arc::from_raw(p)
    };
    let size = callback.struct_size;
    // SAFETY: by the caller.
    let run = AssertUnwindSafe(|| unsafe { run(callback, area, args) });
    if catch_unwind(run).is_err() {
        // SAFETY: a struct's area is C's own and has that size, others have been zeroed by the closure; what a
        // result half written says is for C no worse than zero.
        unsafe { area.write_bytes(0, size) };
    }
    errno::restore();
}

/// # Safety
/// As for [`enter`].
unsafe fn run(callback: Arc<Callback>, area: *mut u8, args: *const *mut u8) {
    let Some(attached) = thread::attach(callback.home) else {
        // Python is going away, or has gone. The area of other results is zero already.
        // SAFETY: a struct's area has its size.
        unsafe { area.write_bytes(0, callback.struct_size) };
        // The references in it could not be dropped here.
        std::mem::forget(callback);
        return;
    };
    let py = attached.py();
    if DEPTH.replace(DEPTH.get() + 1) == 0 {
        free_retired();
    }
    match callback.target(py) {
        // SAFETY: the closure gives as many arguments as the type has, and an area for its result.
        Some(target) => unsafe { target.run(py, |i| (*args.add(i)).cast_const(), area) },
        // SAFETY: as above.
        None => unsafe { area.write_bytes(0, callback.struct_size) },
    }
    callback.leave(py);
    DEPTH.set(DEPTH.get().saturating_sub(1));
    drop(attached);
}
