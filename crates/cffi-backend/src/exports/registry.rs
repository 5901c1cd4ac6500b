//! The registry of compiled modules: for each, the interpreter that has made the types in its static table.
//!
//! A compiled module has one table of types in static memory, into which the addresses of Python objects are written.
//! So those types belong to one interpreter. Another interpreter that shares its lock and memory gets the `ffi` and `lib`
//! of the first, as CPython does it for modules that keep their state in static memory: it copies the module's dict and
//! does not call this crate. CPython forgets the copy when an interpreter that has the module ends, and then calls this
//! crate. If the owner is a subinterpreter, its state is kept for good, as others may have its objects when it ends.
//! An interpreter with a separate lock never owns the table: it works with a copy of the words that the module had there.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::CStr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cffi_abi::TypeContext;
use pyo3_ffi as ffi;

use crate::decls::compiled::Compiled;
use crate::state::{self, State};
use cffi_rt::interp::{Interp, at_end, shares_with_main};
use cffi_rt::{Owned, Py, R, raise};

/// The owner of a table.
#[derive(Clone, Copy)]
struct Owner {
    /// The interpreter; `None` once it has ended. The table is full of its objects then.
    interp: Option<Interp>,
    /// Whether other interpreters may have its objects, now and after its end.
    shared: Shared,
    /// The `ffi` and `lib` of the first import; counted, and never given up. Null until they exist.
    shown: [*mut ffi::PyObject; 2],
    /// The thread that is making them, if one is: a number that no other living thread has.
    maker: Option<usize>,
    /// The owner's state. Counted; never given up, like the module.
    state: *const State,
}

// SAFETY: the state is Sync, and only used by the interpreter that it belongs to.
unsafe impl Send for Owner {}

/// The interpreters that the objects of an owner can be shared with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shared {
    /// Interpreters that have the main one's lock, until the owner, which is the main one, ends.
    WhileItLives,
    /// Interpreters that have the main one's lock: the owner's state is pinned.
    ForGood,
}

/// A module that an interpreter has imported.
#[derive(Clone, Copy)]
struct Known {
    tables: &'static Compiled,
    /// `None` while only interpreters with separate locks have imported it.
    owner: Option<Owner>,
}

/// All modules, by the address of the context. The lock is held only for a look-up; no Python code runs under it.
static MODULES: Mutex<Option<HashMap<usize, Known>>> = Mutex::new(None);

/// The interpreter that has imported a compiled module last, with its state. Published with release stores, and never
/// freed.
static LAST: AtomicPtr<(Interp, &'static State)> = AtomicPtr::new(std::ptr::null_mut());

/// Returns the state that the modules of the current interpreter were imported with, for functions that get no object
/// of the backend. `None` if a look-up would be needed.
pub(super) fn state_of_last(py: Py<'_>) -> Option<&'static State> {
    // SAFETY: the pointer is null, or to an entry that is never freed.
    let (interp, state) = unsafe { LAST.load(Ordering::Acquire).as_ref()? };
    (*interp == Interp::current(py)).then_some(*state)
}

/// The reason to refuse tables.
enum Refused {
    Elsewhere,
    /// Another thread is importing the module for the first time.
    NotYet,
    Missing(&'static str),
}

/// The meaning of a second import in the interpreter that has the module.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Makes an `ffi` and a `lib` anew: the C code of the program has called the module's initialization.
    Anew,
    /// Gives those of the first import, as CPython does for a module that is initialized in one phase.
    AsBefore,
}

/// The result of an import of a module.
pub(super) enum Claim<'a> {
    /// The tables, the state that their types belong to, and a mark for other threads that these are being used.
    Tables(&'a State, &'static Compiled, Option<Making>),
    /// The tables, in an interpreter that must not use the module's own table of types.
    Copied(&'static Compiled),
    /// The `ffi` and `lib` that have been made before, here or in another interpreter.
    Shown(Owned, Owned),
}

/// The mark that a thread is making the `ffi` and `lib` of a module. Other interpreters wait until it is dropped.
pub(super) struct Making(&'static TypeContext);

impl Drop for Making {
    fn drop(&mut self) {
        let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
        let known = modules.get_or_insert_default().get_mut(&std::ptr::from_ref(self.0).addr());
        if let Some(owner) = known.and_then(|known| known.owner.as_mut()) {
            owner.maker = None;
        }
    }
}

/// The time to wait for another interpreter that imports the module.
const PATIENCE: Duration = Duration::from_secs(30);

/// Takes the tables of a module for the current interpreter, with the state that their types belong to: `st`, or the
/// one that the module was first imported with. A module that is imported `again` in the interpreter that has it gets the
/// `ffi` and `lib` that it had, if CPython leaves that to this crate.
///
/// # Errors
/// `ImportError`.
///
/// # Safety
/// The context is that of a compiled module; its tables are as long as they say.
pub(super) unsafe fn claim<'a>(
    py: Py<'_>,
    st: &'a State,
    name: &CStr,
    context: &'static TypeContext,
    again: Again,
) -> R<Claim<'a>> {
    at_end(py, c"ferrocffi.modules", forget)?;
    let started = Instant::now();
    let outcome = loop {
        // SAFETY: the caller gives the tables of a loaded module.
        match unsafe { claim_now(py, st, context, again) } {
            Err(Refused::NotYet) if started.elapsed() < PATIENCE => {
                py.away(|| std::thread::sleep(Duration::from_millis(1)));
            }
            outcome => break outcome,
        }
    };
    match outcome {
        Ok(claim) => Ok(claim),
        Err(refused) => {
            let name: String = name.to_string_lossy().chars().take(200).collect();
            Err(match refused {
                Refused::Elsewhere | Refused::NotYet => raise!(
                    py,
                    Import,
                    "cffi extension module '{name}' was imported by another interpreter of this process, and \
                     cannot be imported twice"
                ),
                Refused::Missing(table) => {
                    raise!(py, Import, "cffi extension module '{name}' has wrong tables: no {table}")
                }
            })
        }
    }
}

/// # Safety
/// As for [`claim`].
unsafe fn claim_now<'a>(
    py: Py<'_>,
    st: &'a State,
    context: &'static TypeContext,
    again: Again,
) -> Result<Claim<'a>, Refused> {
    let (interp, is_main, shares) = (Interp::current(py), st.life.is_main(), shares_with_main(py));
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    let known = match modules.get_or_insert_default().entry(std::ptr::from_ref(context).addr()) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => {
            // SAFETY: these are the tables of a loaded module, and nobody has put objects into them yet.
            let tables = unsafe { Compiled::new(context) }.map_err(Refused::Missing)?;
            // The tables live as long as the module, which is never unloaded.
            place.insert(Known { tables: Box::leak(Box::new(tables)), owner: None })
        }
    };
    if !shares {
        return Ok(Claim::Copied(known.tables));
    }
    let Some(owner) = known.owner else {
        let state = state::share(st);
        // SAFETY: counted above, and never given up.
        let kept: &'static State = unsafe { &*state };
        let shared = if is_main { Shared::WhileItLives } else { Shared::ForGood };
        if shared == Shared::ForGood {
            kept.pin();
        }
        let shown = [std::ptr::null_mut(); 2];
        let maker = Some(cffi_local::this_thread());
        known.owner = Some(Owner { interp: Some(interp), shared, shown, maker, state });
        publish(interp, kept);
        return Ok(Claim::Tables(kept, known.tables, Some(Making(context))));
    };
    // SAFETY: counted by the registry, and never given up.
    let state: &'static State = unsafe { &*owner.state };
    let is_owner = owner.interp == Some(interp);
    if is_owner && (again == Again::Anew || owner.shown[0].is_null()) {
        return Ok(Claim::Tables(state, known.tables, None));
    }
    if !(is_owner || owner.interp.is_some() || owner.shared == Shared::ForGood) {
        return Ok(Claim::Copied(known.tables));
    }
    if owner.shown[0].is_null() {
        let waits = owner.maker.is_some_and(|maker| maker != cffi_local::this_thread());
        return Err(if waits { Refused::NotYet } else { Refused::Elsewhere });
    }
    publish(interp, state);
    // SAFETY: attached under the lock that both interpreters have; the registry owns both.
    let [ffi, lib] = owner.shown.map(|p| unsafe { Owned::from_borrowed(p) });
    Ok(Claim::Shown(ffi, lib))
}

/// Keeps the objects that the first import of a module has made, for interpreters that share it.
pub(super) fn show(_py: Py<'_>, context: &'static TypeContext, ffi: Owned, lib: Owned) {
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    let known = modules.get_or_insert_default().get_mut(&std::ptr::from_ref(context).addr());
    let owner = known.and_then(|known| known.owner.as_mut());
    if let Some(owner) = owner.filter(|owner| owner.shown[0].is_null()) {
        owner.shown = [ffi.into_ptr(), lib.into_ptr()];
        return;
    }
    drop(modules);
    // The C code has the addresses of objects that the `ffi` owns, so it lives as long as the process.
    std::mem::forget(ffi);
}

/// Publishes the state for [`state_of_last`]. Called with the lock held.
fn publish(interp: Interp, state: &'static State) {
    // SAFETY: the pointer is null, or to an entry that is never freed.
    let known = unsafe { LAST.load(Ordering::Acquire).as_ref() };
    if !known.is_some_and(|(of, last)| *of == interp && std::ptr::eq(*last, state)) {
        LAST.store(Box::into_raw(Box::new((interp, state))), Ordering::Release);
    }
}

/// Notes that an interpreter has ended.
fn forget(_py: Py<'_>, interp: Interp) {
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: null or never freed. Its address may be that of another interpreter from now on.
    if unsafe { LAST.load(Ordering::Acquire).as_ref() }.is_some_and(|(last, _)| *last == interp) {
        LAST.store(std::ptr::null_mut(), Ordering::Release);
    }
    let known = modules.iter_mut().flat_map(HashMap::values_mut);
    for owner in known.filter_map(|known| known.owner.as_mut()) {
        if owner.interp == Some(interp) {
            owner.interp = None;
        }
    }
}
