//! Structs whose size follows from their members, while these are still being made.
//!
//! Such a struct is completed as soon as its type is made. In the middle of another struct's members this is deferred
//! until the outer one is done, unless the size is needed: a member that only points to a struct may close a cycle,
//! which does no harm then.

use std::cell::RefCell;
use std::collections::hash_map::Entry;
use std::mem::ManuallyDrop;

use rustc_hash::FxHashMap;

use crate::ctype::{Aggregate, CType};
use crate::realize::depth::too_deep;
use cffi_rt::{Owned, Py, R};

/// The structs that this thread is working on.
struct Work {
    /// Addresses of the structs whose members are being made, the outermost first.
    collecting: Vec<usize>,
    /// Addresses of the structs that are being laid out, for which the sizes of the members are needed.
    laying_out: Vec<usize>,
    /// The structs whose completion has been deferred.
    deferred: Vec<Owned<CType>>,
}

thread_local! {
    /// Has no destructor, because a destructor would have to be registered for each thread, and that ends the process
    /// if there is no memory. Each list is freed when it gets empty.
    static WORK: RefCell<ManuallyDrop<Work>> = const {
        RefCell::new(ManuallyDrop::new(Work {
            collecting: Vec::new(),
            laying_out: Vec::new(),
            deferred: Vec::new(),
        }))
    };
}

fn address(ct: &CType) -> usize {
    ct.as_ptr() as usize
}

/// Returns whether it is a struct whose size is unknown until its members are made.
#[inline]
fn is_pending(ct: &CType) -> bool {
    ct.is_aggregate() && ct.size() < 0 && ct.aggregate().is_some_and(|a| a.is_lazy() && a.fields().is_none())
}

/// Completes a struct of unknown size, now or, in the middle of another one, later.
#[inline]
pub(crate) fn settle(py: Py<'_>, ct: &CType) -> R<()> {
    if !is_pending(ct) {
        return Ok(());
    }
    let later = WORK.with_borrow_mut(|work| {
        let later = !work.collecting.is_empty();
        if later {
            py.push(&mut work.deferred, ct.new_ref())?;
        }
        Ok(later)
    })?;
    if later { Ok(()) } else { ct.force(py) }
}

/// Completes a struct now, because the size is needed, unless this thread is working on it: the code that needs the
/// size then reports that there is none.
pub(crate) fn settle_now(py: Py<'_>, ct: &CType) -> R<()> {
    if !is_pending(ct) {
        return Ok(());
    }
    let (own, busy) = (address(ct), |list: &[usize], own| list.contains(&own));
    if WORK.with_borrow(|work| busy(&work.collecting, own) || busy(&work.laying_out, own)) {
        return Ok(());
    }
    ct.force(py)
}

/// Completes the deferred structs, if the outermost struct was `successful`. A struct that fails reports its error when
/// it is used.
pub(crate) fn force_deferred(py: Py<'_>, successful: bool) {
    let next = || WORK.with_borrow_mut(|work| work.deferred.pop());
    // A struct that fails may defer another one that fails and defers the first: each gets one attempt.
    let mut tried = FxHashMap::default();
    while successful && let Some(ct) = next() {
        if tried.try_reserve(1).is_err() {
            break;
        }
        let Entry::Vacant(place) = tried.entry(address(&ct)) else { continue };
        let ct = place.insert(ct);
        if let Err(raised) = ct.force(py) {
            py.err_clear(raised);
        }
    }
    let left = WORK.with_borrow_mut(|work| std::mem::take(&mut work.deferred));
    drop(left);
}

/// Removes the last entry. Frees the list if it was the only one.
fn pop(list: &mut Vec<usize>) {
    list.pop();
    if list.is_empty() {
        drop(std::mem::take(list));
    }
}

/// A guard that marks a struct as one whose members are being made.
pub(crate) struct Collecting;

impl Collecting {
    pub(crate) fn enter(py: Py<'_>, ct: &CType) -> R<Collecting> {
        WORK.with_borrow_mut(|work| py.push(&mut work.collecting, address(ct)))?;
        Ok(Collecting)
    }

    /// Returns whether this is the outermost struct that the thread is working on.
    pub(crate) fn is_outermost(&self) -> bool {
        WORK.with_borrow(|work| work.collecting.len() == 1)
    }
}

impl Drop for Collecting {
    fn drop(&mut self) {
        WORK.with_borrow_mut(|work| {
            pop(&mut work.collecting);
        });
    }
}

/// Returns whether this thread is laying out a struct.
pub(crate) fn is_laying_out(ct: &CType) -> bool {
    WORK.with_borrow(|work| work.laying_out.contains(&address(ct)))
}

/// A guard that marks a struct as being laid out. A second attempt on one thread means that the struct contains itself.
pub(crate) struct LayingOut<'a>(&'a Aggregate);

impl<'a> LayingOut<'a> {
    pub(crate) fn enter(py: Py<'_>, ct: &CType, aggregate: &'a Aggregate) -> R<LayingOut<'a>> {
        let first = WORK.with_borrow_mut(|work| {
            let first = !work.laying_out.contains(&address(ct));
            if first {
                py.push(&mut work.laying_out, address(ct))?;
            }
            Ok(first)
        })?;
        if !first {
            return Err(too_deep(py));
        }
        aggregate.begin_building();
        Ok(LayingOut(aggregate))
    }
}

impl Drop for LayingOut<'_> {
    fn drop(&mut self) {
        self.0.end_building();
        WORK.with_borrow_mut(|work| {
            pop(&mut work.laying_out);
        });
    }
}
