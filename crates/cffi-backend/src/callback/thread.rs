//! Threads that come in from C.
//!
//! A thread that comes from a call of this module has put its state aside (`cffi-rt/outside`), where it is found at
//! once. For other threads that Python knows, the interpreter's functions return the state. To a thread that Python
//! does not know, `PyGILState_Ensure` gives a thread state that it would delete again at the end of the callback.
//! Making one for each callback is slow, and loses `threading.local` data and the tracing settings each time, so the
//! first callback of a thread adds a reference (an `Ensure` without `Release`) that keeps it.
//!
//! The state has to be deleted with its thread. When a thread ends, its destructors run, detached, and nobody knows
//! which locks other threads hold or wait for. So with a GIL the thread only puts the state on a list ([`ENDED`]). The
//! next unknown thread that comes in deletes the states on the list. When Python shuts down, it deletes all thread
//! states by itself; a capsule in each state's dict notes that its state is gone.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_void};
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use cffi_local::Local;
use cffi_memory::lists::Taken;
use pyo3_ffi as ffi;

use crate::state::State;
use cffi_rt::life::{Life, NEEDS_LOCK, Visiting};
use cffi_rt::{Obj, Owned, Py, R, Raised, outside, version};

/// The attachment of a thread for one callback; dropping it detaches.
pub(crate) struct Attached<'a> {
    /// The block of the thread.
    own: &'a Local,
    /// Dropped by hand, as there is nothing to drop in the kinds that are frequent.
    kind: ManuallyDrop<Kind>,
    /// The state that the thread had put aside, or null. It is put aside again afterwards.
    aside: *mut ffi::PyThreadState,
}

enum Kind {
    /// The thread was attached before: the call keeps the GIL, or C code attaches by itself.
    Already,
    /// The thread's own state was attached again.
    Restored,
    GilState(ffi::PyGILState_STATE),
    /// A new state, for another interpreter than the thread's usual one. It is rare, so that it has a separate block.
    Visit(Box<Visitor>),
}

/// A visit. Under it there is another attachment where visits need one.
struct Visitor(Visiting, Option<Kind>);

impl Attached<'_> {
    /// Returns the token.
    #[inline(always)]
    pub(crate) fn py(&self) -> Py<'_> {
        // SAFETY: attached until `self` is dropped.
        unsafe { Py::assume() }
    }
}

impl Attached<'_> {
    /// Detaches, in the place where it is called.
    #[inline(always)]
    pub(crate) fn leave(self) {
        ManuallyDrop::new(self).undo();
    }

    #[inline(always)]
    fn undo(&mut self) {
        // SAFETY: pairs with `attach`, on the same thread: the type is not `Send`. The kind is not used any more.
        unsafe {
            match *self.kind {
                Kind::Already => {}
                Kind::Restored => {
                    ffi::PyEval_SaveThread();
                }
                _ => end(&mut ManuallyDrop::take(&mut self.kind)),
            }
        }
        if !self.aside.is_null() {
            // SAFETY: the state was put aside before the callback, and the thread goes back to where it needs it.
            unsafe { outside::remember_in(self.own, self.aside) };
        }
    }
}

impl Drop for Attached<'_> {
    fn drop(&mut self) {
        self.undo();
    }
}

/// Undoes an attachment.
///
/// # Safety
/// Called once, on the thread that made it, which is attached by it.
#[inline(never)]
unsafe fn end(kind: &mut Kind) {
    // SAFETY: each arm undoes what the function that made this kind did on this thread, which is attached by it.
    unsafe {
        match kind {
            Kind::Already => {}
            Kind::Restored => {
                ffi::PyEval_SaveThread();
            }
            Kind::GilState(state) => ffi::PyGILState_Release(*state),
            Kind::Visit(visitor) => end_visit(&mut visitor.0, visitor.1.take()),
        }
    }
}

/// # Safety
/// As for [`end`].
#[cold]
unsafe fn end_visit(visiting: &mut Visiting, below: Option<Kind>) {
    // SAFETY: the thread is attached by the visit; the state below it is attached again when the visitor has left.
    unsafe {
        visiting.leave();
        if let Some(mut below) = below {
            end(&mut below);
        }
    }
}

/// Attaches the calling thread, which has that block, to the interpreter of a callback. Returns `None` if there is no
/// Python any more to run it.
#[inline]
pub(crate) fn attach<'a>(own: &'a Local, home: &Arc<Life>) -> Option<Attached<'a>> {
    attach_to(own, Some(home))
}

/// Attaches the calling thread, which has that block, to the interpreter that it runs already, or else to the main one. Returns `None` if
/// there is no Python.
#[inline]
pub(crate) fn attach_here(own: &Local) -> Option<Attached<'_>> {
    attach_to(own, None)
}

#[inline(always)]
fn attach_to<'a>(own: &'a Local, home: Option<&Arc<Life>>) -> Option<Attached<'a>> {
    // While the callback runs Python code, no state is put aside.
    let aside = outside::take_in(own);
    if !aside.is_null() {
        // SAFETY: these functions may be called at any time. The state that was put aside is a state of this thread.
        unsafe {
            if ffi::Py_IsInitialized() != 0 && fits(aside, home) {
                let attached = version::attached(aside);
                if attached.is_null() {
                    ffi::PyEval_RestoreThread(aside);
                    return Some(Attached { own, kind: ManuallyDrop::new(Kind::Restored), aside });
                }
                if attached == aside {
                    return Some(Attached { own, kind: ManuallyDrop::new(Kind::Already), aside });
                }
            }
        }
    }
    // SAFETY: null, or the state that this thread has put aside. It is put aside again if the thread is not attached.
    let kind = unsafe {
        let kind = attach_known(home, aside);
        if kind.is_none() {
            outside::remember_in(own, aside);
        }
        kind
    };
    Some(Attached { own, kind: ManuallyDrop::new(kind?), aside })
}

/// Returns whether the state is one of the interpreter `home`; true if no `home` is given.
///
/// # Safety
/// The state is alive.
#[inline(always)]
unsafe fn fits(state: *mut ffi::PyThreadState, home: Option<&Arc<Life>>) -> bool {
    // SAFETY: the caller promises that the thread state has not been deleted.
    home.is_none_or(|home| unsafe { ffi::PyThreadState_GetInterpreter(state) } == home.interp())
}

/// Attaches a thread that has put no suitable state aside.
///
/// # Safety
/// `aside` is null or a state of this thread that has not been deleted.
unsafe fn attach_known(home: Option<&Arc<Life>>, aside: *mut ffi::PyThreadState) -> Option<Kind> {
    // SAFETY: these functions may be called at any time; the thread states, if there are any, belong to this thread.
    unsafe {
        let own = ffi::PyGILState_GetThisThreadState();
        let mut attached = version::attached(own);
        if attached.is_null() && !aside.is_null() {
            attached = version::attached(aside);
        }
        let known = if attached.is_null() { own } else { attached };
        if (ffi::Py_IsInitialized() == 0 || version::is_finalizing()) && !shutting_down(known) {
            return None;
        }
        if known.is_null() {
            return attach_unknown(home);
        }
        match home {
            Some(elsewhere) if !elsewhere.has(known) => visit(elsewhere, attached, known),
            _ if !attached.is_null() => Some(Kind::Already),
            _ => {
                ffi::PyEval_RestoreThread(known);
                Some(Kind::Restored)
            }
        }
    }
}

/// Attaches a thread that Python does not know.
#[cold]
fn attach_unknown(home: Option<&Arc<Life>>) -> Option<Kind> {
    match home {
        // SAFETY: Python knows no state of this thread, so none is attached.
        Some(home) if !home.is_main() => unsafe {
            return visit(home, std::ptr::null_mut(), std::ptr::null_mut());
        },
        // The interpreter is that of an earlier round: Python has been started again since.
        Some(home) if home.interp().is_null() => return None,
        _ => {}
    }
    Some(ensure())
}

/// Attaches a thread that Python does not know to the main interpreter.
fn ensure() -> Kind {
    // SAFETY: Python is initialized, and attaches the thread.
    unsafe {
        let state = ffi::PyGILState_Ensure();
        keep_thread_state(Py::assume());
        Kind::GilState(state)
    }
}

/// Attaches with a new thread state, which replaces the attached one if there is one. `known` is another state of the
/// thread, or null. Returns `None` if the interpreter has ended or is about to.
///
/// # Safety
/// `attached` is the state that is attached on this thread, or null for none. `known` is null or a state of this thread that
/// has not been deleted.
#[cold]
unsafe fn visit(
    home: &Arc<Life>,
    attached: *mut ffi::PyThreadState,
    known: *mut ffi::PyThreadState,
) -> Option<Kind> {
    if home.is_closed() {
        return None;
    }
    if !NEEDS_LOCK || !attached.is_null() {
        // SAFETY: the state is the one that is attached on this thread, or null for none.
        let visiting = unsafe { Visiting::begin(home, attached) };
        return visiting.map(|visiting| Kind::Visit(Box::new(Visitor(visiting, None))));
    }
    let mut below = if known.is_null() {
        ensure()
    } else {
        // SAFETY: a state of this thread, which is detached.
        unsafe { ffi::PyEval_RestoreThread(known) };
        Kind::Restored
    };
    // SAFETY: the thread was attached just above, with the state that the function returns.
    match unsafe { Visiting::begin(home, ffi::PyThreadState_Get()) } {
        Some(visiting) => Some(Kind::Visit(Box::new(Visitor(visiting, Some(below))))),
        None => {
            // SAFETY: attached just now, on this thread.
            unsafe { end(&mut below) };
            None
        }
    }
}

/// Returns whether the calling thread is the one that shuts Python down, and is not done with it: finalizers still run,
/// though Python counts as not initialized from the start of its shutdown. The thread state is deleted at the end of
/// it.
fn shutting_down(known: *mut ffi::PyThreadState) -> bool {
    !known.is_null() && EXITING.get()
}

thread_local! {
    /// Whether this thread runs the interpreter's exit functions, and so is the one that shuts it down.
    static EXITING: Cell<bool> = const { Cell::new(false) };
    /// The thread state that is kept for this thread.
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// A thread state that is kept; null once it has been deleted. Shared by the thread, the capsule in the state's dict
/// and, when the thread has ended, [`ENDED`].
struct Tie(AtomicPtr<ffi::PyThreadState>);

/// The thread's share of its [`Tie`].
struct Kept(Arc<Tie>);

/// Thread states whose threads have ended. Process-wide, like the threads: one that ends has no interpreter.
static ENDED: Taken<Arc<Tie>> = Taken::new();

impl Drop for Kept {
    fn drop(&mut self) {
        #[cfg(Py_GIL_DISABLED)]
        delete_own(&self.0);
        if !self.0.0.load(Ordering::Acquire).is_null() {
            ENDED.push(self.0.clone());
        }
    }
}

/// Deletes the thread's state on its own thread. Without a GIL a thread state holds the thread's heaps, which no other
/// thread can free, and attaching waits for no thread that could be waiting for this thread's end.
#[cfg(Py_GIL_DISABLED)]
fn delete_own(tie: &Tie) {
    // SAFETY: these functions may be called at any time.
    if unsafe { ffi::Py_IsInitialized() } == 0 || version::is_finalizing() {
        return;
    }
    let state = tie.0.swap(std::ptr::null_mut(), Ordering::AcqRel);
    if state.is_null() {
        return;
    }
    // SAFETY: the state is this thread's, which is detached: it ends, outside of all callbacks.
    unsafe {
        ffi::PyEval_RestoreThread(state);
        ffi::PyThreadState_Clear(state);
        ffi::PyThreadState_DeleteCurrent();
    }
}

const TIE: &CStr = c"ferrocffi.thread";

/// Keeps the thread state that `PyGILState_Ensure` has just made. If that fails, the state is deleted after the
/// callback, which is only slower.
#[cold]
fn keep_thread_state(py: Py<'_>) {
    delete_ended(py);
    // SAFETY: the token proves that the thread is attached.
    let tie = Arc::new(Tie(AtomicPtr::new(unsafe { ffi::PyThreadState_Get() })));
    let kept = KEPT.try_with(|k| k.replace(Some(Kept(tie.clone()))));
    if kept.is_err() {
        // The thread is ending: its destructors have run.
        return;
    }
    if let Err(raised) = tie_up(py, tie) {
        py.err_clear(raised);
        let _ = KEPT.try_with(|k| {
            if let Some(kept) = k.take() {
                kept.0.0.store(std::ptr::null_mut(), Ordering::Release);
            }
        });
        return;
    }
    // SAFETY: attached. This reference is never released: it keeps the state.
    unsafe { ffi::PyGILState_Ensure() };
}

/// Puts a capsule into the thread state's dict, where it is dropped when the state is cleared.
fn tie_up(py: Py<'_>, tie: Arc<Tie>) -> R<()> {
    // SAFETY: attached; the capsule takes the reference over, the dict its own reference to the capsule.
    unsafe {
        let Some(dict) = Obj::from_ptr_opt(ffi::PyThreadState_GetDict()) else {
            return Err(py.no_memory());
        };
        let raw = Arc::into_raw(tie).cast_mut().cast::<c_void>();
        let capsule = match Owned::from_new(py, ffi::PyCapsule_New(raw, TIE.as_ptr(), Some(untie))) {
            Ok(capsule) => capsule,
            Err(raised) => {
                drop(Arc::from_raw(raw.cast::<Tie>()));
                return Err(raised);
            }
        };
        if ffi::PyDict_SetItemString(dict.as_ptr(), TIE.as_ptr(), capsule.as_ptr()) < 0 {
            return Err(Raised::already());
        }
    }
    Ok(())
}

unsafe extern "C" fn untie(capsule: *mut ffi::PyObject) {
    // SAFETY: called once, when the capsule is deallocated; it owns one reference to the tie.
    unsafe {
        let raw = ffi::PyCapsule_GetPointer(capsule, TIE.as_ptr());
        if !raw.is_null() {
            let tie = Arc::from_raw(raw.cast::<Tie>().cast_const());
            tie.0.store(std::ptr::null_mut(), Ordering::Release);
        }
    }
}

/// Deletes the thread states of threads that have ended.
fn delete_ended(_py: Py<'_>) {
    let states: Vec<_> = ENDED
        .take_all()
        .map(|tie| tie.0.swap(std::ptr::null_mut(), Ordering::AcqRel))
        .filter(|state| !state.is_null())
        .collect();
    if !states.is_empty() {
        // SAFETY: attached; nobody else has these states: their threads have ended, and this thread won the swap.
        unsafe { delete_states(&states) };
    }
}

/// # Safety
/// The thread is attached; the states are those of ended threads, not yet cleared.
#[cfg(not(Py_3_12))]
unsafe fn delete_states(states: &[*mut ffi::PyThreadState]) {
    for state in states {
        // SAFETY: the caller promises states of threads that have ended, which nobody else uses.
        unsafe {
            ffi::PyThreadState_Clear(*state);
            ffi::PyThreadState_Delete(*state);
        }
    }
}

/// Deletes thread states with the interpreter's mark of `PyGILState_Ensure` taken off first. Since 3.12, if the deleted
/// state was made by `PyGILState_Ensure`, `PyThreadState_Delete` makes the calling thread forget its own state,
/// whichever is deleted. Where the mark cannot be taken off directly, a temporary state replaces the thread's own:
/// attaching it takes the mark off the real one, and attaching the real one again afterwards puts it back on.
///
/// # Safety
/// The thread is attached; the states are those of ended threads, not yet cleared.
#[cfg(Py_3_12)]
unsafe fn delete_states(states: &[*mut ffi::PyThreadState]) {
    // SAFETY: by the caller; the temporary state is made, attached and deleted by this thread, between the two
    // attachments of the thread's own state.
    unsafe {
        let own = ffi::PyThreadState_Get();
        let temporary = ffi::PyThreadState_New(ffi::PyThreadState_GetInterpreter(own));
        if temporary.is_null() {
            return;
        }
        if version::take_mark_off(states, own, temporary) {
            ffi::PyThreadState_Clear(temporary);
            ffi::PyThreadState_Delete(temporary);
            for state in states {
                ffi::PyThreadState_Clear(*state);
                ffi::PyThreadState_Delete(*state);
            }
            return;
        }
        ffi::PyThreadState_Swap(temporary);
        // Clearing frees Python's memory, which needs the mark in place; the first deletion takes it off.
        for state in states {
            ffi::PyThreadState_Clear(*state);
        }
        ffi::PyThreadState_Clear(temporary);
        for state in states {
            ffi::PyThreadState_Delete(*state);
        }
        ffi::PyThreadState_DeleteCurrent();
        ffi::PyEval_RestoreThread(own);
    }
}

/// Ensures that the thread that shuts Python down will be recognized: callbacks on that thread go on until the end
/// (finalizers call C functions that call back), callbacks on others do not. A subinterpreter is closed for visits
/// then.
pub(crate) fn note_exit(py: Py<'_>, state: &State) -> R<()> {
    if version::is_finalizing() {
        // The attached thread is the one that shuts Python down.
        EXITING.set(true);
        return Ok(());
    }
    if !state.life.is_current(py) {
        // The state is that of another interpreter, which shares a compiled module with this one.
        register(py)?;
        Life::here(py)?.anchor(py);
        return Ok(());
    }
    if !state.exit_noted.load(Ordering::Acquire) {
        register(py)?;
        state.life.anchor(py);
        state.exit_noted.store(true, Ordering::Release);
    }
    Ok(())
}

/// Returns the interpreter that a new callback belongs to, whose type has that state.
pub(crate) fn home(py: Py<'_>, state: &State) -> R<Arc<Life>> {
    note_exit(py, state)?;
    if state.life.is_current(py) { Ok(state.life.clone()) } else { Life::here(py) }
}

/// Registers the exit function, once in an interpreter.
fn register(py: Py<'_>) -> R<()> {
    struct Definition(std::cell::UnsafeCell<ffi::PyMethodDef>);
    // SAFETY: nothing ever writes to the definition.
    unsafe impl Sync for Definition {}
    static DEFINITION: Definition = Definition(std::cell::UnsafeCell::new(ffi::PyMethodDef {
        ml_name: c"_cffi_backend_exit".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: exiting },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: std::ptr::null(),
    }));
    // SAFETY: attached; the strings are C strings, the definition is static.
    unsafe {
        let dict = ffi::PyInterpreterState_GetDict(ffi::PyInterpreterState_Get());
        let Some(dict) = Obj::from_ptr_opt(dict) else { return Err(py.no_memory()) };
        let name = cffi_rt::text::new_str(py, "ferrocffi.exit")?;
        if cffi_rt::dict::get(py, dict, &name)?.is_some() {
            return Ok(());
        }
        let function = Owned::from_new(
            py,
            ffi::PyCFunction_NewEx(DEFINITION.0.get(), std::ptr::null_mut(), std::ptr::null_mut()),
        )?;
        let atexit = cffi_rt::interp::import(py, c"atexit")?;
        atexit.getattr_str(py, "register")?.call(py, &[&function])?;
        cffi_rt::dict::set(py, dict, &name, &function)
    }
}

unsafe extern "C" fn exiting(_module: *mut ffi::PyObject, _none: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: called by the interpreter with an attached thread.
    let py = unsafe { Py::assume() };
    match Life::here(py) {
        Ok(life) if life.is_main() => EXITING.set(true),
        Ok(life) => life.close(py),
        Err(raised) => py.err_clear(raised),
    }
    py.none().into_ptr()
}
