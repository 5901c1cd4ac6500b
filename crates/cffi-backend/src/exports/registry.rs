//! Which interpreter has made the types of which compiled module.
//!
//! A compiled module has one table of types in static memory, into which the addresses of Python objects are
//! written. So its types belong to one interpreter, and none but that can import it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::CStr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

use cffi_abi::TypeContext;

use crate::decls::compiled::Compiled;
use crate::state::{self, State};
use cffi_rt::interp::{Interp, at_end};
use cffi_rt::{Py, R, raise};

/// Who owns a table.
#[derive(Clone, Copy)]
struct Owner {
    /// `None` once it has ended: the table is full of its objects, and cannot be used again.
    interp: Option<Interp>,
    /// Counted; never given up, like the module.
    state: *const State,
    tables: &'static Compiled,
}

// SAFETY: the state is Sync, and only used by the interpreter that it belongs to.
unsafe impl Send for Owner {}

/// By the address of the context. The lock is held for a look-up; nothing of Python runs under it.
static OWNERS: Mutex<Option<HashMap<usize, Owner>>> = Mutex::new(None);

/// The interpreter that has imported a compiled module last, with its state. Published with release stores, and
/// never freed.
static LAST: AtomicPtr<(Interp, &'static State)> = AtomicPtr::new(std::ptr::null_mut());

/// The state that the modules of the current interpreter were imported with, for functions that are given no object of
/// the backend's. `None` where that is not known without a look-up.
pub(super) fn state_of_last(py: Py<'_>) -> Option<&'static State> {
    // SAFETY: null or never freed.
    let (interp, state) = unsafe { LAST.load(Ordering::Acquire).as_ref()? };
    (*interp == Interp::current(py)).then_some(*state)
}

/// What is wrong with tables that are not to be used.
enum Refused {
    Elsewhere,
    Missing(&'static str),
}

/// Takes the tables of a module for the current interpreter. Gives them with the state that their types belong to:
/// `st`, or the one that the module was first imported with.
///
/// Errors: `ImportError`.
///
/// # Safety
/// The context is that of a compiled module; its tables are as long as they say.
pub(super) unsafe fn claim<'a>(
    py: Py<'_>,
    st: &'a State,
    name: &CStr,
    context: &'static TypeContext,
) -> R<(&'a State, &'static Compiled)> {
    at_end(py, c"ferrocffi.modules", forget)?;
    // SAFETY: by the caller.
    match unsafe { claim_now(Interp::current(py), st, context) } {
        // SAFETY: counted by the registry, and never given up.
        Ok((state, tables)) => Ok((unsafe { &*state }, tables)),
        Err(refused) => {
            let name: String = name.to_string_lossy().chars().take(200).collect();
            Err(match refused {
                Refused::Elsewhere => raise!(
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
unsafe fn claim_now(
    interp: Interp,
    st: &State,
    context: &'static TypeContext,
) -> Result<(*const State, &'static Compiled), Refused> {
    let mut owners = OWNERS.lock().unwrap_or_else(PoisonError::into_inner);
    match owners.get_or_insert_default().entry(std::ptr::from_ref(context).addr()) {
        Entry::Occupied(owner) if owner.get().interp == Some(interp) => {
            Ok((owner.get().state, owner.get().tables))
        }
        Entry::Occupied(_) => Err(Refused::Elsewhere),
        Entry::Vacant(place) => {
            // SAFETY: by the caller; nobody has put objects into the table yet.
            let tables = unsafe { Compiled::new(context) }.map_err(Refused::Missing)?;
            // As long as the module is there, which is never unloaded.
            let tables: &'static Compiled = Box::leak(Box::new(tables));
            let state = state::share(st);
            place.insert(Owner { interp: Some(interp), state, tables });
            // SAFETY: counted above, and never given up.
            publish(interp, unsafe { &*state });
            Ok((state, tables))
        }
    }
}

/// Makes it what [`state_of_last`] gives. Called with the lock held.
fn publish(interp: Interp, state: &'static State) {
    // SAFETY: null or never freed.
    let known = unsafe { LAST.load(Ordering::Acquire).as_ref() };
    if !known.is_some_and(|(of, last)| *of == interp && std::ptr::eq(*last, state)) {
        LAST.store(Box::into_raw(Box::new((interp, state))), Ordering::Release);
    }
}

/// Notes that an interpreter has ended.
fn forget(_py: Py<'_>, interp: Interp) {
    let mut owners = OWNERS.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: null or never freed. Its address may be that of another interpreter from now on.
    if unsafe { LAST.load(Ordering::Acquire).as_ref() }.is_some_and(|(last, _)| *last == interp) {
        LAST.store(std::ptr::null_mut(), Ordering::Release);
    }
    for owner in owners.iter_mut().flat_map(HashMap::values_mut) {
        if owner.interp == Some(interp) {
            owner.interp = None;
        }
    }
}
