//! Functions of higher layers that lower layers call.
//!
//! A cdata has a vectorcall word and a hash, so the code that makes one needs functions that call it and that read C
//! memory. It reaches them through this table, so that the layers of objects do not depend on those of calls.

use std::any::Any;

use pyo3_ffi as ffi;

use cffi_rt::{Obj, Owned, Py, R};

/// The table of hooks. Set before the state is shared, never changed.
#[derive(Clone, Copy)]
pub(crate) struct Hooks {
    /// Returns the function pointer cdata behind a built-in function of a `lib`, for objects that are one.
    pub(crate) lib_function: fn(Py<'_>, &Obj) -> R<Option<Owned>>,
    /// Returns the vectorcall entry of function pointers of a type, which is given as its `FunctionType`.
    pub(crate) entry_of: fn(&dyn Any) -> ffi::vectorcallfunc,
    /// The vectorcall entry that works for every cdata. It raises `TypeError` for those that cannot be called.
    pub(crate) general_entry: ffi::vectorcallfunc,
    /// Returns the vectorcall entry of function pointers of a type whose calls keep the GIL.
    pub(crate) keeping_entry_of: fn(&dyn Any) -> ffi::vectorcallfunc,
    /// Returns the vectorcall entry of function pointers of a type for functions that are known to use no errno and to call
    /// nothing.
    pub(crate) quiet_entry_of: fn(&dyn Any) -> ffi::vectorcallfunc,
    /// The vectorcall entry of functions of libraries until their first call, which decides on another one.
    pub(crate) deciding_entry: ffi::vectorcallfunc,
    /// The vectorcall entry of such functions whose calls shall keep the GIL, until their first call.
    pub(crate) keeping_deciding_entry: ffi::vectorcallfunc,
    /// Notes that a view uses the memory of a cdata, which its destructor may free. Ignores objects that are no cdata.
    pub(crate) pin: fn(Py<'_>, &Obj),
    /// Returns the hash of a cdata.
    pub(crate) hash: fn(Py<'_>, &Obj) -> R<isize>,
}
