//! Plans of variadic calls, kept for later calls with arguments of the same sorts.

use std::sync::atomic::{AtomicPtr, Ordering};

use super::function::Prepared;
use super::{Access, CType};

/// The largest number of variadic arguments in calls whose plans are kept.
const ARGUMENTS: usize = 8;
/// The number of plans that one function keeps.
const PLANS: usize = 16;

/// The key of a plan among those of one function: the number and the sorts of the arguments that follow the declared
/// ones.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape([u8; ARGUMENTS]);

impl Shape {
    /// The shape of a call without variadic arguments.
    pub(crate) const EMPTY: Shape = Shape([0; ARGUMENTS]);

    /// Sets variadic argument `i`; returns false if its access alone is not enough to plan it.
    #[inline]
    pub(crate) fn set(&mut self, i: usize, ct: &CType) -> bool {
        let simple = match ct.access {
            // A `_Bool` may hold another value than a truth value, which is an error.
            Access::Bool => false,
            access if access.is_integer() || access.is_char() => true,
            Access::F32 => ct.is_promoted_float(),
            Access::Array => !ct.is_vector(),
            Access::F64 | Access::Pointer | Access::OpenArray => true,
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

/// The plans that a function keeps: a lock-free list that only grows.
pub(crate) struct VariadicPlans(AtomicPtr<Planned>);

struct Planned {
    shape: Shape,
    prepared: Prepared,
    /// Set before this is published, never changed.
    next: *mut Planned,
}

// SAFETY: published plans are immutable, and freed only with the whole list.
unsafe impl Send for VariadicPlans {}
// SAFETY: published plans are immutable, and freed only with the whole list.
unsafe impl Sync for VariadicPlans {}

impl VariadicPlans {
    /// Makes an empty list.
    pub(crate) const fn new() -> VariadicPlans {
        VariadicPlans(AtomicPtr::new(std::ptr::null_mut()))
    }

    fn all(&self) -> impl Iterator<Item = &Planned> {
        // SAFETY: null, or published, and freed only with `self`.
        let first = unsafe { self.0.load(Ordering::Acquire).as_ref() };
        // SAFETY: published plans are immutable, and freed only with the whole list.
        std::iter::successors(first, |planned| unsafe { planned.next.as_ref() })
    }

    /// Returns the plan for a shape.
    #[inline]
    pub(crate) fn find(&self, shape: Shape) -> Option<&Prepared> {
        self.all().find(|planned| planned.shape == shape).map(|planned| &planned.prepared)
    }

    /// Keeps a plan. Gives it back if there are too many.
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
