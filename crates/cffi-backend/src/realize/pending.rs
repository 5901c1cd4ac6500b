//! Structs whose size follows from their members, while these are still being made.
//!
//! Such a struct is completed as soon as its type is made. Where that happens in the middle of another struct's
//! members it is put off until the outer one is done, unless the size is needed: a member that only points to a
//! struct may close a circle, which is no harm then.

use std::cell::RefCell;
use std::collections::hash_map::Entry;
use std::mem::ManuallyDrop;

use rustc_hash::FxHashMap;

use crate::ctype::{Aggregate, CType};
use crate::realize::depth::too_deep;
use cffi_rt::{Owned, Py, R};

/// What this thread does with structs now.
struct Work {
    /// Addresses of the structs whose members are being made, the outermost first.
    collecting: Vec<usize>,
    /// Addresses of the structs that are being laid out, for which the sizes of the members are needed.
    laying_out: Vec<usize>,
    /// What has been put off.
    deferred: Vec<Owned<CType>>,
}

thread_local! {
    /// Without a destructor, which would have to be registered for each thread: that ends the process if there is no
    /// memory. Each list is freed when it gets empty.
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

/// A struct without its size, which its members will give.
#[inline]
fn is_pending(ct: &CType) -> bool {
    ct.is_aggregate() && ct.size() < 0 && ct.aggregate().is_some_and(|a| a.is_lazy() && a.fields().is_none())
}

/// Completes a struct whose size is still to come, now or, in the middle of another one, later.
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

/// Completes it now, because the size is needed, unless it is what this thread is working on: whoever needs the
/// size will say then that there is none.
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

/// Completes what has been put off, if the outermost struct was `successful`. What fails will say why when it is
/// used.
pub(crate) fn force_deferred(py: Py<'_>, successful: bool) {
    let next = || WORK.with_borrow_mut(|work| work.deferred.pop());
    // One that fails may put off another one that fails and puts off the first: each gets one attempt.
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

/// Takes the last entry off, and frees the list with the only one.
fn pop(list: &mut Vec<usize>) {
    list.pop();
    if list.is_empty() {
        drop(std::mem::take(list));
    }
}

/// Marks a struct as one whose members are being made.
pub(crate) struct Collecting;

impl Collecting {
    pub(crate) fn enter(py: Py<'_>, ct: &CType) -> R<Collecting> {
        WORK.with_borrow_mut(|work| py.push(&mut work.collecting, address(ct)))?;
        Ok(Collecting)
    }

    /// Whether no other struct is being worked on further out.
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

/// Marks a struct as being laid out; a second attempt on the same thread is a struct that contains itself.
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
