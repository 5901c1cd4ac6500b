//! Plans of variadic calls, kept for later calls with arguments of the same sorts.

use std::sync::OnceLock;

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

/// The plans that a function keeps: a list that only grows.
pub(crate) struct VariadicPlans(OnceLock<Box<Planned>>);

struct Planned {
    shape: Shape,
    prepared: Prepared,
    /// The plan that was made next.
    next: OnceLock<Box<Planned>>,
}

impl VariadicPlans {
    /// Makes an empty list.
    pub(crate) const fn new() -> VariadicPlans {
        VariadicPlans(OnceLock::new())
    }

    fn all(&self) -> impl Iterator<Item = &Planned> {
        std::iter::successors(self.0.get(), |planned| planned.next.get()).map(|planned| &**planned)
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
        let mut fresh = Box::new(Planned { shape, prepared, next: OnceLock::new() });
        let mut end = &self.0;
        loop {
            // Another thread may have filled the place meanwhile.
            let lost = end.set(fresh);
            match (lost, end.get()) {
                (Ok(()), Some(planned)) => return Ok(&planned.prepared),
                (Err(other), Some(planned)) => (fresh, end) = (other, &planned.next),
                (Err(other), None) => return Err(Box::new(other.prepared)),
                (Ok(()), None) => unreachable!("a place that was set has a value"),
            }
        }
    }
}
