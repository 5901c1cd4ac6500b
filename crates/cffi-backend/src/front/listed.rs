//! The names that `list_types()` returns, kept until there are more declarations.

use std::sync::{Mutex, PoisonError};

use cffi_rt::Owned;
use cffi_rt::class::{Trace, Visit};

/// The tuple of lists of names that `list_types()` has made last, and the number of declarations at that time. The lock is
/// held to copy or exchange the reference, never while Python code runs. The lists are seen by nobody else and contain texts
/// only, so the garbage collector need not visit them.
#[derive(Default)]
pub(super) struct Listed(Mutex<Option<(usize, Owned)>>);

impl Trace for Listed {
    fn trace(&self, _: &mut Visit) {}
}

impl Listed {
    /// Puts a tuple into the place of the old one.
    pub(super) fn exchange(&self, listed: Option<(usize, Owned)>) {
        let old = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), listed);
        drop(old);
    }

    /// Forgets the names.
    pub(super) fn forget(&self) {
        self.exchange(None);
    }

    /// Returns the lists, if there were as many declarations as now.
    pub(super) fn of(&self, count: usize) -> Option<Owned> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((then, listed)) if *then == count => Some(listed.new_ref()),
            _ => None,
        }
    }
}
