//! Plans of variadic calls, kept for the next call that looks the same.

use std::sync::atomic::{AtomicPtr, Ordering};

use super::function::Prepared;
use super::{Access, CType};

/// Variadic arguments of a call that is looked for.
const ARGUMENTS: usize = 8;
/// Plans that one function keeps.
const PLANS: usize = 16;

/// What decides about the plan of a variadic call beside the function: how many arguments follow the declared ones,
/// and of which sorts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape([u8; ARGUMENTS]);

impl Shape {
    /// No arguments.
    pub(crate) const EMPTY: Shape = Shape([0; ARGUMENTS]);

    /// Sets variadic argument `i`; false for one that needs more than its access to be planned.
    #[inline]
    pub(crate) fn set(&mut self, i: usize, ct: &CType) -> bool {
        let simple = match ct.access {
            // A `_Bool` may hold something else than a truth value, which is an error.
            Access::Bool => false,
            access if access.is_integer() || access.is_char() => true,
            Access::F32 | Access::F64 | Access::Pointer | Access::Array | Access::OpenArray => true,
            _ => false,
        };
        match self.0.get_mut(i) {
            Some(place) if simple => {
                *place = 1 + ct.access as u8;
                true
            }
            _ => false,
        }
    }
}

/// The plans that a function keeps; lock-free, and only ever longer.
pub(crate) struct VariadicPlans(AtomicPtr<Planned>);

struct Planned {
    shape: Shape,
    prepared: Prepared,
    /// Set before this is published, never changed.
    next: *mut Planned,
}

// SAFETY: what is published is immutable, and freed only with the whole.
unsafe impl Send for VariadicPlans {}
// SAFETY: published plans are immutable, and freed only with the whole list.
unsafe impl Sync for VariadicPlans {}

impl VariadicPlans {
    /// None yet.
    pub(crate) const fn new() -> VariadicPlans {
        VariadicPlans(AtomicPtr::new(std::ptr::null_mut()))
    }

    fn all(&self) -> impl Iterator<Item = &Planned> {
        // SAFETY: null, or published, and freed only with `self`.
        let first = unsafe { self.0.load(Ordering::Acquire).as_ref() };
        // SAFETY: published plans are immutable, and freed only with the whole list.
        std::iter::successors(first, |planned| unsafe { planned.next.as_ref() })
    }

    /// The plan for a shape.
    #[inline]
    pub(crate) fn find(&self, shape: Shape) -> Option<&Prepared> {
        self.all().find(|planned| planned.shape == shape).map(|planned| &planned.prepared)
    }

    /// Keeps a plan, unless there are many; gives it back then.
    pub(crate) fn keep(&self, shape: Shape, prepared: Prepared) -> Result<&Prepared, Box<Prepared>> {
        if self.all().count() >= PLANS {
            return Err(Box::new(prepared));
        }
        let mut next = self.0.load(Ordering::Acquire);
        let fresh = Box::into_raw(Box::new(Planned { shape, prepared, next }));
        while let Err(other) = self.0.compare_exchange(next, fresh, Ordering::AcqRel, Ordering::Acquire) {
            next = other;
            // SAFETY: the plan is not published yet, so nobody else reads it.
            unsafe { (*fresh).next = next };
        }
        // SAFETY: published, and freed only with `self`.
        Ok(unsafe { &(*fresh).prepared })
    }
}

impl Drop for VariadicPlans {
    fn drop(&mut self) {
        let mut next = *self.0.get_mut();
        while !next.is_null() {
            // SAFETY: each plan came from `Box::into_raw` and is freed once.
            next = unsafe { Box::from_raw(next) }.next;
        }
    }
}
