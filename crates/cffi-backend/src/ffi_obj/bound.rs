//! Functions that remember objects: the results of `new_allocator()` and of the decorators.
//!
//! Each is a builtin function whose `self` is a tuple of the objects that it remembers.

use cffi_rt::table::Method;
use cffi_rt::{Obj, Owned, Py, R, function, raise, seq, view_of};

view_of!(
    /// The receiver of such a function.
    pub(crate) struct Bound if Obj::is_tuple
);

impl Bound {
    /// Returns object number `i` of those that the function remembers.
    pub(crate) fn get(&self, py: Py<'_>, i: usize) -> R<&Obj> {
        seq::tuple_item(self, i).ok_or_else(|| raise!(py, System, "a bound function has lost its arguments"))
    }

    /// Returns object number `i` of those that the function remembers, or `None` if it is Python's `None`.
    pub(crate) fn get_some(&self, py: Py<'_>, i: usize) -> R<Option<&Obj>> {
        self.get(py, i).map(|o| Some(o).filter(|o| !o.is_none()))
    }
}

/// Makes a function that remembers `items`.
pub(crate) fn function(py: Py<'_>, definition: &'static Method<Bound>, items: &[&Obj]) -> R<Owned> {
    let items = seq::tuple(py, items)?;
    let Some(items) = items.downcast::<Bound>() else { return Err(py.no_memory()) };
    function::new(py, definition, items, None)
}
