//! Enum types.

use pyo3_ffi as ffi;

use cffi_rt::{Obj, Owned, Py, R, dict};

/// The enumerators, in two dictionaries that are neither changed nor handed out (attributes give copies).
pub(crate) struct EnumType {
    /// value → name; the first name of those with equal value.
    pub(super) by_value: Owned,
    /// name → value.
    pub(super) by_name: Owned,
}

impl EnumType {
    pub(crate) fn by_value(&self) -> &Obj {
        &self.by_value
    }

    pub(crate) fn by_name(&self) -> &Obj {
        &self.by_name
    }

    /// Returns the name of a value.
    pub(crate) fn name_of(&self, py: Py<'_>, value: &Obj) -> R<Option<Owned>> {
        dict::get(py, &self.by_value, value)
    }

    /// Calls `f` for every object that is referenced.
    pub(crate) fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject)) {
        f(self.by_value.as_ptr());
        f(self.by_name.as_ptr());
    }
}
