//! C function pointers that call a [`Target`].

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cffi_call::closure::{Body, CellHandler, ClosureError, Handler};
use cffi_call::errno;
use cffi_local::{self as local, Local};
use pyo3_ffi as ffi;

use super::running;
use super::target::Target;
use super::thread;
use super::watch::{Retired, watched};
use crate::cdata::own_gc::{self, Content, Head};
use crate::ctype::CType;
use crate::diag::variadic::no_callback;
use cffi_rt::life::Life;
use cffi_rt::version;
use cffi_rt::{Owned, Py, R, raise};

/// A closure and its target. The cdata owns it and gives it up with [`give_up`], because calls may be running: a
/// function may drop its own cdata. Without a GIL it has separate cache lines, as all threads read it.
#[repr(C)]
#[cfg_attr(Py_GIL_DISABLED, repr(align(64)))]
struct Callback {
    head: Head,
    /// Declared before the target, so that it is dropped before the target that its code uses.
    closure: Body,
    /// From `Box::into_raw`; null once the garbage collector has cleared it.
    target: AtomicPtr<Target>,
    /// The interpreter that the function belongs to.
    home: Arc<Life>,
}

/// Makes a cdata of the function type `ct` that runs `target` when C calls it.
///
/// # Errors
/// `NotImplementedError` for signatures that have no closures, `MemoryError` if the system gives no
/// executable memory, `SystemError` if libffi refuses.
pub(super) fn new(py: Py<'_>, ct: &CType, target: Target) -> R {
    let Some(function) = ct.function() else {
        return Err(raise!(py, Type, "expected a function ctype, got '{}'", ct.name()));
    };
    let plan =
        function.closure_plan(py, ct.name()).map_err(|raised| no_callback(py, raised, ct, function))?;
    let handler: Handler = if function.ellipsis { enter::<true> } else { enter::<false> };
    let cells: Option<CellHandler> = (!function.ellipsis).then_some(enter_with_cells);
    let home = thread::home(py, ct.state())?;
    let target = py.room(cffi_memory::boxed(target))?;
    let at: *mut Callback =
        Box::into_raw(py.room(cffi_memory::boxed(MaybeUninit::<Callback>::uninit()))?).cast();
    let callback = Callback {
        head: Head::of::<Callback>(),
        closure: Body::with_cells(plan, handler, cells, at.cast()),
        target: AtomicPtr::new(Box::into_raw(target)),
        home,
    };
    // SAFETY: the box's memory, in which the callback stays; `enter` is made for plans of this type and for a
    // `Callback`. If there is no code for it, nobody has seen it.
    let made = unsafe {
        at.write(callback);
        (*at).closure.complete().inspect_err(|_| drop(Box::from_raw(at)))
    };
    match made {
        Ok(()) => {}
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
    }
    // SAFETY: alive until `end` is called with it; not null.
    unsafe {
        let code = (*at).closure.code().cast::<u8>().cast_mut();
        let made = own_gc::new_callback(py, ct, code, NonNull::new_unchecked(at))?;
        if let Some(watch) = watched() {
            (watch.made)(py, &made);
        }
        Ok(made.into_obj())
    }
}

impl Callback {
    /// Returns the target, for as long as the callback is marked as running or its cdata is alive.
    #[inline]
    fn target(&self, _py: Py<'_>) -> Option<&Target> {
        // SAFETY: null, or a box that is not dropped before `is_running` denies.
        unsafe { self.target.load(Ordering::SeqCst).as_ref() }
    }

    /// Takes the target out. No call begins to use it after that.
    fn take(&self) -> Option<Box<Target>> {
        let p = self.target.swap(std::ptr::null_mut(), Ordering::SeqCst);
        // SAFETY: from `Box::into_raw`, given up once.
        if p.is_null() { None } else { Some(unsafe { Box::from_raw(p) }) }
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        drop(self.take());
    }
}

// SAFETY: `repr(C)`, with its head first.
unsafe impl Content for Callback {
    fn shown(&self) -> Option<(&'static str, Owned)> {
        // SAFETY: only attached threads compute the repr of a cdata.
        let py = unsafe { Py::assume() };
        self.target(py).map(|t| ("calling", t.callable().new_ref()))
    }

    fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject)) {
        // SAFETY: null, or owned by the callback until it is cleared, which does not happen meanwhile.
        if let Some(target) = unsafe { self.target.load(Ordering::Acquire).as_ref() } {
            target.visit(f);
        }
    }

    fn clear(&self) {
        // SAFETY: the collector runs on an attached thread.
        let py = unsafe { Py::assume() };
        if let Some(target) = self.take() {
            give_up(py, Remains { of: self, home: self.home.clone(), target: Some(target), callback: None });
        }
    }

    fn end(&self) -> unsafe fn(*mut ()) {
        /// # Safety
        /// `callback` is the callback of a cdata that is being deallocated, and the thread is attached.
        unsafe fn end(callback: *mut ()) {
            // SAFETY: by the caller; from a leaked box.
            let (py, callback) = unsafe { (Py::assume(), Box::from_raw(callback.cast::<Callback>())) };
            let target = callback.take();
            let (of, home) = (&raw const *callback, callback.home.clone());
            // C may keep the functions of an interpreter that ends, and call them later: they are not freed, and do
            // nothing.
            let callback = if home.is_closed() || version::is_ending() {
                Box::leak(callback);
                None
            } else if let Some(watch) = watched() {
                let code = callback.closure.code().addr();
                let rest = Remains { of, home: home.clone(), target: None, callback: Some(callback) };
                // Without memory the code is freed at once.
                if cffi_memory::is_there_room(size_of::<Remains>()) {
                    (watch.gone)(py, code, Retired(Box::new(move |py| give_up(py, rest))));
                } else {
                    give_up(py, rest);
                }
                None
            } else {
                Some(callback)
            };
            give_up(py, Remains { of, home, target, callback });
        }
        end
    }
}

/// The parts that are left of a callback when nothing in Python refers to it any more.
struct Remains {
    /// The address of the callback, by which calls are marked.
    of: *const Callback,
    home: Arc<Life>,
    target: Option<Box<Target>>,
    callback: Option<Box<Callback>>,
}

// SAFETY: the members of a callback are immutable, atomic, or counted references of Python, and what an interpreter
// has made is dropped by attached threads of that interpreter.
unsafe impl Send for Remains {}

impl Remains {
    /// Takes out the parts that no call uses any more, to be dropped with no lock held.
    fn free_parts(&mut self) -> Remains {
        let target = if running::is_running(self.of.cast()) { None } else { self.target.take() };
        let inside = running::is_inside(self.of.cast());
        let callback = if inside || self.target.is_some() { None } else { self.callback.take() };
        Remains { of: self.of, home: self.home.clone(), target, callback }
    }

    fn is_empty(&self) -> bool {
        self.target.is_none() && self.callback.is_none()
    }
}

/// The remains that calls are still using. Attached threads hold the lock only while they look through the list; no
/// Python code runs under it.
static IN_USE: Mutex<Vec<Remains>> = Mutex::new(Vec::new());
/// Two counters: the number of remains, and the number of those that have a target. Calls that end look for targets,
/// because Python objects are dropped as soon as possible, but memory is freed with the next callback.
static REMAINS: AtomicUsize = AtomicUsize::new(0);
static TARGETS: AtomicUsize = AtomicUsize::new(0);

/// Frees the parts that no call is using, and keeps the others until no call uses them.
fn give_up(py: Py<'_>, mut remains: Remains) {
    drop(remains.free_parts());
    if !remains.is_empty() {
        let mut list = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
        REMAINS.fetch_add(1, Ordering::SeqCst);
        TARGETS.fetch_add(usize::from(remains.target.is_some()), Ordering::SeqCst);
        list.push(remains);
    }
    // Looks again: a call that ended meanwhile did not see that this callback waits.
    if REMAINS.load(Ordering::SeqCst) != 0 {
        free_waiting(py);
    }
}

/// Frees the remains that have waited for calls to end. Targets hold Python objects, so they are left to threads of
/// their own interpreter.
#[cold]
fn free_waiting(py: Py<'_>) {
    let mut freed = Vec::new();
    {
        let mut list = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain_mut(|remains| {
            if remains.home.interp().is_null() && !remains.home.is_current(py) {
                // The interpreter has ended and has freed its objects.
                std::mem::forget(remains.target.take());
            }
            if remains.target.is_none() || remains.home.is_current(py) {
                freed.push(remains.free_parts());
            }
            !remains.is_empty()
        });
        REMAINS.store(list.len(), Ordering::SeqCst);
        TARGETS.store(list.iter().filter(|r| r.target.is_some()).count(), Ordering::SeqCst);
    }
    drop(freed);
}

/// Runs a callback: the handler of closures.
///
/// # Safety
/// Called by a closure that [`new`] has made, with its arguments and result area.
unsafe extern "C" fn enter<const VARIADIC: bool>(area: *mut u8, args: *const *mut u8, user: *mut c_void) {
    // SAFETY: by the caller; the list has the address of each argument.
    unsafe { come_in::<VARIADIC>(user, area, |i| (*args.add(i)).cast_const()) };
}

/// Runs a callback whose arguments and result are cells: the handler of cells.
///
/// # Safety
/// Called by a closure that [`new`] has made, with its arguments.
unsafe extern "C" fn enter_with_cells(cells: *const u64, user: *mut c_void) -> u64 {
    let mut result = 0_u64;
    // SAFETY: by the caller; the arguments begin in successive cells, and the result has no more than a cell.
    unsafe { come_in::<false>(user, (&raw mut result).cast(), |i| cells.add(i).cast()) };
    result
}

/// Runs a callback: `argument(i)` is the address of argument `i`, `area` receives the result.
///
/// # Safety
/// `user` is the callback of a closure that is being called; arguments and area are those of its signature.
#[inline(always)]
unsafe fn come_in<const VARIADIC: bool>(
    user: *mut c_void,
    area: *mut u8,
    argument: impl Fn(usize) -> *const u8,
) {
    local::with(|own| {
        errno::save_in(own);
        let mark = running::enter(own, user);
        // SAFETY: the callback is alive while its closure is called; from here on it is kept.
        let callback = unsafe { &*user.cast::<Callback>().cast_const() };
        // Read now: the callback may be gone after the run.
        let size = callback.closure.struct_size();
        // SAFETY: the closure was made for this callback, and C passes areas of its signature.
        let run = AssertUnwindSafe(|| unsafe { run::<VARIADIC>(own, callback, mark, area, argument) });
        if catch_unwind(run).is_err() {
            // SAFETY: a struct's area belongs to C and has that size; the closure has zeroed the others. To C, a result
            // that is half written is no worse than zero.
            unsafe { area.write_bytes(0, size) };
        }
        errno::restore_in(own);
    });
}

/// # Safety
/// As for [`come_in`].
#[inline(always)]
unsafe fn run<const VARIADIC: bool>(
    own: &Local,
    callback: &Callback,
    mark: running::Mark<'_>,
    area: *mut u8,
    argument: impl Fn(usize) -> *const u8,
) {
    let Some(attached) = thread::attach(own, &callback.home) else {
        // Python is shutting down or has shut down. The area of other results is zero already.
        // SAFETY: a struct's area has its size.
        unsafe { area.write_bytes(0, callback.closure.struct_size()) };
        return;
    };
    let py = attached.py();
    match callback.target(py) {
        // SAFETY: the closure gives as many arguments as the type has, and an area for its result.
        Some(target) => unsafe { target.run::<VARIADIC>(py, argument, area) },
        None => {
            // SAFETY: the area of a struct result has the size of the struct.
            unsafe { area.write_bytes(0, callback.closure.struct_size()) };
            if let Some(watch) = watched() {
                (watch.called)(py, callback.closure.code().addr());
            }
        }
    }
    // From here on the callback may be gone.
    drop(mark);
    if TARGETS.load(Ordering::SeqCst) != 0 {
        free_waiting(py);
    }
    attached.leave();
}
