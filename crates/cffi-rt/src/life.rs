//! The life of an interpreter, for code that C may call after the interpreter has ended.
//!
//! The address of an interpreter does not tell whether it is alive: its memory is freed at the end, and the next
//! interpreter often gets it. So code that remembers an interpreter keeps its [`Life`], which outlives it.
//!
//! A thread that comes from C and belongs to another interpreter, or to none, is a visitor: it gets a thread state for
//! one call. CPython ends the process when an interpreter with a second thread state ends. So an interpreter is
//! *closed* when its exit functions run: new visits are refused, and those under way are waited for.

use std::cell::Cell;
use std::ffi::CStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use pyo3_ffi as ffi;

use super::err::R;
use super::obj::{Obj, Owned};
use super::token::Py;
use super::{dict, text, version};

/// The state of one interpreter. It is shared by all that belong to the interpreter, and freed with the last of them.
pub struct Life {
    /// The interpreter, or null once it has ended.
    interp: AtomicPtr<ffi::PyInterpreterState>,
    /// The number of the interpreter, which is unique in its round.
    id: i64,
    /// The number of times that Python had ended in this process when the interpreter was made; numbers begin anew
    /// then.
    round: usize,
    /// The process in which it was made.
    process: u32,
    /// The number of visits, and [`CLOSED`].
    visits: AtomicUsize,
    /// A thread state that no thread uses, or null: see [`Life::anchor`].
    anchor: AtomicPtr<ffi::PyThreadState>,
    /// The process whose thread makes or deletes a visitor's thread state, or 0.
    changing: AtomicU32,
}

const CLOSED: usize = 1 << (usize::BITS - 1);

/// The number of times that a main interpreter has ended.
static ROUND: AtomicUsize = AtomicUsize::new(0);
/// Whether the main interpreter has ended since [`ROUND`] was counted.
static MAIN_ENDED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The number of this thread's visits under way, in all interpreters.
    static VISITING: Cell<u32> = const { Cell::new(0) };
}

impl Life {
    /// Returns the life of the interpreter that the thread is attached to.
    pub fn here(py: Py<'_>) -> R<Arc<Life>> {
        // SAFETY: attached; the dict is borrowed from the interpreter, which is alive.
        let (interp, id, dict) = unsafe {
            let interp = ffi::PyInterpreterState_Get();
            let dict = Obj::from_ptr_opt(ffi::PyInterpreterState_GetDict(interp));
            (interp, ffi::PyInterpreterState_GetID(interp), dict)
        };
        let Some(dict) = dict else { return Err(py.no_memory()) };
        let key = text::new_str(py, "ferrocffi.life")?;
        if let Some(capsule) = dict::get(py, dict, &key)? {
            return Self::of(py, &capsule);
        }
        if MAIN_ENDED.swap(false, Ordering::AcqRel) {
            ROUND.fetch_add(1, Ordering::AcqRel);
        }
        let fresh = Arc::new(Life {
            interp: AtomicPtr::new(interp),
            id,
            round: ROUND.load(Ordering::Acquire),
            process: std::process::id(),
            visits: AtomicUsize::new(0),
            anchor: AtomicPtr::default(),
            changing: AtomicU32::new(0),
        });
        let raw = Arc::into_raw(fresh).cast_mut();
        // SAFETY: attached; not null, the name is static. The capsule takes over the reference in `raw`; without a
        // capsule it is dropped here.
        let capsule = unsafe {
            let capsule = ffi::PyCapsule_New(raw.cast(), NAME.as_ptr(), Some(ended));
            if capsule.is_null() {
                drop(Arc::from_raw(raw));
            }
            Owned::from_new(py, capsule)?
        };
        let capsule = dict::set_default(py, dict, &key, &capsule)?;
        Self::of(py, &capsule)
    }

    /// Returns the life in the capsule from an interpreter's dict.
    fn of(py: Py<'_>, capsule: &Obj) -> R<Arc<Life>> {
        // SAFETY: attached; a capsule of that name holds a counted life, of which another reference is taken.
        unsafe {
            let raw = ffi::PyCapsule_GetPointer(capsule.as_ptr(), NAME.as_ptr()).cast::<Life>();
            if raw.is_null() {
                py.check()?;
                return Err(py.no_memory());
            }
            Arc::increment_strong_count(raw);
            Ok(Arc::from_raw(raw))
        }
    }

    /// Returns the interpreter, or null if it has ended. It may end at any time, unless the thread belongs to it or is
    /// on a [`Visit`].
    #[inline(always)]
    pub fn interp(&self) -> *mut ffi::PyInterpreterState {
        self.interp.load(Ordering::Relaxed)
    }

    /// Returns whether this is the life of the main interpreter.
    pub fn is_main(&self) -> bool {
        self.id == 0
    }

    /// Returns whether a thread state belongs to the interpreter. It does so too for the thread that ends the
    /// interpreter while the last finalizers run, when [`Life::interp`] is null already.
    ///
    /// # Safety
    /// The state is alive.
    #[cold]
    pub unsafe fn has(&self, state: *mut ffi::PyThreadState) -> bool {
        // SAFETY: the state is alive, and its interpreter is alive as long as the state.
        let (interp, id) = unsafe {
            let interp = ffi::PyThreadState_GetInterpreter(state);
            (interp, ffi::PyInterpreterState_GetID(interp))
        };
        match self.interp() {
            // Numbers begin anew with the next main interpreter.
            known if known.is_null() => {
                let same_round = self.round == ROUND.load(Ordering::Acquire);
                let over = self.is_main() || MAIN_ENDED.load(Ordering::Acquire);
                id == self.id && same_round && (!over || version::is_finalizing())
            }
            known => known == interp,
        }
    }

    /// Returns whether the calling thread is attached to the interpreter.
    pub fn is_current(&self, _py: Py<'_>) -> bool {
        // SAFETY: attached with a state that is alive.
        unsafe {
            match self.interp() {
                known if known.is_null() => self.has(ffi::PyThreadState_Get()),
                known => known == ffi::PyInterpreterState_Get(),
            }
        }
    }

    /// Returns whether the interpreter is about to end, or has ended.
    pub fn is_closed(&self) -> bool {
        self.visits.load(Ordering::Acquire) & CLOSED != 0
    }

    /// Prepares a subinterpreter for visits, once it is certain that [`Life::close`] will be called.
    ///
    /// Since 3.13, an interpreter that runs nothing has no thread state, and its next state is placed in the memory of
    /// its first. A thread may still be deleting that one: CPython does not lock this, and ends the process. So this
    /// function adds an unused state.
    pub fn anchor(&self, _py: Py<'_>) {
        if cfg!(all(Py_3_13, not(Py_GIL_DISABLED))) && !self.is_main() && !self.is_closed() {
            if !self.anchor.load(Ordering::Acquire).is_null() {
                return;
            }
            // SAFETY: attached to this interpreter; the state is used by nobody.
            let state = unsafe { ffi::PyThreadState_New(self.interp()) };
            self.anchor.store(state, Ordering::Release);
        }
    }

    /// Begins a visit. Returns `None` if the interpreter is closed.
    pub fn visit(self: &Arc<Self>) -> Option<Visit> {
        let visit = Visit(self.clone());
        VISITING.set(VISITING.get() + 1);
        // Dropping a refused visit decrements the count again.
        (self.visits.fetch_add(1, Ordering::AcqRel) & CLOSED == 0).then_some(visit)
    }

    /// Refuses new visits, and waits detached for those under way.
    pub fn close(&self, _py: Py<'_>) {
        let mut under_way = self.visits.fetch_or(CLOSED, Ordering::AcqRel) & !CLOSED;
        // Three kinds of visits are not waited for: those of this very thread cannot end meanwhile, those of the
        // process that this one was forked from do not end here, and the shutdown of Python ends visitors on their way.
        let own = VISITING.get() as usize;
        while under_way > own && std::process::id() == self.process && !version::is_finalizing() {
            // SAFETY: attached; attached again before anything else.
            unsafe {
                let state = ffi::PyEval_SaveThread();
                std::thread::sleep(Duration::from_millis(1));
                ffi::PyEval_RestoreThread(state);
            }
            under_way = self.visits.load(Ordering::Acquire) & !CLOSED;
        }
        // SAFETY: the thread is attached to the interpreter that ends, whose visitors have all left.
        unsafe { delete_unused(self.anchor.swap(std::ptr::null_mut(), Ordering::AcqRel)) };
    }
}

/// Deletes the anchor, if there is one. The thread is attached to the anchor's interpreter, which has no visitors.
///
/// When Python ends, it deletes the states that it finds in subinterpreters, so the anchor's memory may belong to
/// another state by now.
///
/// # Safety
/// That is so: the thread is attached to the interpreter of the anchor, and nobody visits it.
unsafe fn delete_unused(anchor: *mut ffi::PyThreadState) {
    if anchor.is_null() {
        return;
    }
    // SAFETY: attached, so the states in the list are alive, and nobody changes the list: there are no visitors. The
    // anchor was never attached, so no thread misses it.
    unsafe {
        let own = ffi::PyThreadState_Get();
        let mut state = ffi::PyInterpreterState_ThreadHead(ffi::PyThreadState_GetInterpreter(own));
        while !state.is_null() && state != anchor {
            state = ffi::PyThreadState_Next(state);
        }
        if !state.is_null() && state != own {
            ffi::PyThreadState_Clear(state);
            ffi::PyThreadState_Delete(state);
        }
    }
}

/// A visit to an interpreter, which does not end meanwhile.
pub struct Visit(Arc<Life>);

impl Visit {
    /// Makes a new state for the calling thread; returns null if there is no memory. Before 3.12, the thread is
    /// attached meanwhile: `_xxsubinterpreters` reads an interpreter's list of states, and relies on the lock that all
    /// interpreters share.
    fn new_state(&self) -> *mut ffi::PyThreadState {
        self.in_turn(|| {
            // SAFETY: the interpreter does not end during a visit. No thread needs to be attached for this.
            unsafe { ffi::PyThreadState_New(self.0.interp()) }
        })
    }

    /// Runs `f` while no other visitor does so. CPython reuses the memory of an interpreter's first thread state when
    /// there is no other one, which two visitors could do at the same time.
    ///
    /// `f` waits for nothing. So if the thread that is in it does not exist in a forked child, the child can take over
    /// its turn.
    fn in_turn<T>(&self, f: impl FnOnce() -> T) -> T {
        let (turn, here) = (&self.0.changing, std::process::id());
        let mut now = turn.load(Ordering::Relaxed);
        loop {
            if now == here {
                std::thread::yield_now();
                now = turn.load(Ordering::Relaxed);
                continue;
            }
            match turn.compare_exchange_weak(now, here, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => break,
                Err(other) => now = other,
            }
        }
        let result = f();
        turn.store(0, Ordering::Release);
        result
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        VISITING.set(VISITING.get() - 1);
        self.0.visits.fetch_sub(1, Ordering::AcqRel);
    }
}

const NAME: &CStr = c"ferrocffi.life";

/// Destroys the capsule, because the interpreter has dropped its dict.
unsafe extern "C" fn ended(capsule: *mut ffi::PyObject) {
    // SAFETY: called once by the interpreter, attached, for a capsule made in `here`, which owns one reference. A
    // capsule that lost a race for its place in the dict does not mean that the interpreter ends.
    unsafe {
        let raw = ffi::PyCapsule_GetPointer(capsule, NAME.as_ptr()).cast::<Life>();
        if raw.is_null() {
            return;
        }
        let life = Arc::from_raw(raw.cast_const());
        if Arc::strong_count(&life) == 1 {
            return;
        }
        // Nobody is waited for: the exit functions have done that, and a thread that comes now does not get far.
        life.visits.fetch_or(CLOSED, Ordering::AcqRel);
        if life.is_main() {
            MAIN_ENDED.store(true, Ordering::Release);
        }
        life.interp.store(std::ptr::null_mut(), Ordering::Release);
    }
}

/// Whether a visit needs the lock that all interpreters share: then only the holder of the lock changes the list of an
/// interpreter's thread states. Since 3.12 there is no such lock.
pub const NEEDS_LOCK: bool = cfg!(not(Py_3_12));

/// A visitor, attached with a new thread state.
pub struct Visiting {
    visit: Visit,
    /// The state that was attached before the visit, or null.
    before: *mut ffi::PyThreadState,
}

impl Visiting {
    /// Attaches with a new thread state, in the place of `before`, which is attached if it is not null. Changes
    /// nothing and returns `None` if the interpreter has ended or is about to end, or if there is no memory.
    ///
    /// # Safety
    /// `before` is null and the thread is not attached, or it is the thread state that is attached on this thread.
    pub unsafe fn begin(home: &Arc<Life>, before: *mut ffi::PyThreadState) -> Option<Visiting> {
        let visit = home.visit()?;
        let state = visit.new_state();
        if state.is_null() {
            return None;
        }
        // SAFETY: the new state is this thread's own, and its interpreter does not end during the visit.
        unsafe {
            if NEEDS_LOCK {
                ffi::PyThreadState_Swap(state);
            } else {
                if !before.is_null() {
                    ffi::PyEval_SaveThread();
                }
                ffi::PyEval_RestoreThread(state);
            }
        }
        Some(Visiting { visit, before })
    }

    /// Attaches the state that was attached before the visit, if any. The visit ends when `self` is dropped.
    ///
    /// # Safety
    /// Called once, by the thread that began the visit, attached with the state of the visit.
    pub unsafe fn leave(&mut self) {
        // SAFETY: the attached state is the one that `begin` made, and nobody else has it. Clearing it may run Python
        // code, so it is cleared while it is attached.
        unsafe {
            let state = ffi::PyThreadState_Get();
            ffi::PyThreadState_Clear(state);
            if NEEDS_LOCK {
                ffi::PyThreadState_Swap(self.before);
                ffi::PyThreadState_Delete(state);
            } else {
                self.visit.in_turn(|| ffi::PyThreadState_DeleteCurrent());
                if !self.before.is_null() {
                    ffi::PyEval_RestoreThread(self.before);
                }
            }
        }
    }
}
