//! Iteration over arrays: `__CData_iterator`.

use std::ffi::CStr;

use pyo3_ffi as ffi;

use crate::cdata::gcp::User;
use crate::cdata::reach::Walk;
use crate::state::State;
use crate::value::CData;
use cffi_rt::at;
use cffi_rt::slots::slot;
use cffi_rt::{Obj, Owned, Py, R, class, raise, types};

cffi_rt::class! {
    /// An iterator.
    pub(crate) struct CDataIter in c"_cffi_backend.__CData_iterator", plain {
        walk: Walk<Owned<CData>>,
    }
}

cffi_rt::class! {
    /// An iterator over an array that can be part of a reference cycle. It delays the destructor of the array's memory.
    pub(crate) struct TrackedIter in c"_cffi_backend.__CData_iterator", collected {
        walk: Walk<User>,
    }
}

/// `iter(array)`.
pub(crate) fn iter(py: Py<'_>, cd: &CData) -> R {
    if !cd.ct().is_array() {
        return Err(raise!(py, Type, "cdata '{}' does not support iteration", cd.ct().name()));
    }
    if cd.is_tracked() {
        let class = tracked_type(py, cd.state())?;
        let walk = Walk::new(User::new(py, cd));
        return class::create(py, class, |header| TrackedIter { header, walk }).map(Owned::into_obj);
    }
    let (class, walk) = (cd.state().class(py, |types| types.cdata_iter)?, Walk::new(cd.new_ref()));
    class::create(py, class, |header| CDataIter { header, walk }).map(Owned::into_obj)
}

impl CDataIter {
    /// Returns the array, and the index of the item that comes next if there is one, for checks around [`next`].
    pub(crate) fn ahead(&self) -> (&CData, Option<isize>) {
        self.walk.ahead()
    }
}

impl TrackedIter {
    /// Returns the array and the next index, as [`CDataIter::ahead`] does.
    pub(crate) fn ahead(&self) -> (&CData, Option<isize>) {
        self.walk.ahead()
    }
}

/// `next()` of an iterator.
pub(crate) fn next(py: Py<'_>, it: &CDataIter) -> R<Option<Owned>> {
    it.walk.read_next(py)
}

/// `next()` of an iterator that the garbage collector tracks.
pub(crate) fn next_tracked(py: Py<'_>, it: &TrackedIter) -> R<Option<Owned>> {
    it.walk.read_next(py)
}

const DOC: &CStr = c"Iterator over the items of a cdata array, which it keeps alive.";

/// Returns the type of iterators over arrays that may be in a cycle. Makes it on the first call.
fn tracked_type<'a>(py: Py<'_>, st: &'a State) -> R<&'a Obj> {
    if let Some(made) = st.tracked_iter.get() {
        return Ok(made);
    }
    let plain = st.class(py, |types| types.cdata_iter)?;
    let module = types::module_of(py, plain)?;
    let made = class::spec::<TrackedIter>(DOC)
        .slot(at::Iter, at::iter_of_iterator::<TrackedIter>())
        .slot(at::Next, slot!(unary TrackedIter, *mut ffi::PyObject, next_tracked))
        .make(py, module)?;
    Ok(st.tracked_iter.set_or_get(made))
}

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    class::spec::<CDataIter>(DOC)
        .slot(at::Iter, at::iter_of_iterator::<CDataIter>())
        .slot(at::Next, slot!(unary CDataIter, *mut ffi::PyObject, next))
        .make(py, module)
}
