//! Iteration over arrays: `__CData_iterator`.

use std::ffi::{CStr, c_void};
use std::sync::atomic::{AtomicIsize, Ordering};

use pyo3_ffi as ffi;

use crate::cdata::gcp::User;
use crate::cdata::{from_buffer, reach};
use crate::ctype::CType;
use crate::memory::Loc;
use crate::state::State;
use crate::value::{CData, null};
use cffi_rt::buffer::View;
use cffi_rt::slots::slot;
use cffi_rt::{Obj, Owned, Py, R, class, raise, types};

cffi_rt::class! {
    /// An iterator. Counts items, so that items of size zero are counted too.
    pub(crate) struct CDataIter in c"_cffi_backend.__CData_iterator", plain {
        array: Owned<CData>,
        next: AtomicIsize,
        len: isize,
        /// Bytes of an item, or [`UNSTEADY`] if the memory has to be checked before each item, because it is NULL or a
        /// buffer that may be released.
        step: isize,
    }
}

const UNSTEADY: isize = -1;

cffi_rt::class! {
    /// An iterator over an array that can be part of a reference cycle. It delays the destructor of the array's memory.
    pub(crate) struct TrackedIter in c"_cffi_backend.__CData_iterator", collected {
        array: User,
        next: AtomicIsize,
        len: isize,
        step: isize,
    }
}

/// `iter(array)`.
pub(crate) fn iter(py: Py<'_>, cd: &CData) -> R {
    if !cd.ct().is_array() {
        return Err(raise!(py, Type, "cdata '{}' does not support iteration", cd.ct().name()));
    }
    let steady = !from_buffer::shows_buffer(cd) && !null::is_null_page(cd.data());
    let step = if steady { cd.ct().item().map_or(0, CType::size).max(0) } else { UNSTEADY };
    if cd.is_tracked() {
        return tracked(py, cd, step);
    }
    let made = class::create(py, cd.state().class(py, |types| types.cdata_iter)?, |header| CDataIter {
        header,
        array: cd.new_ref(),
        next: AtomicIsize::new(0),
        len: cd.array_len(),
        step,
    });
    made.map(Owned::into_obj)
}

/// Makes the iterator over an array that may be in a cycle.
fn tracked(py: Py<'_>, cd: &CData, step: isize) -> R {
    let made = class::create(py, tracked_type(py, cd.state())?, |header| TrackedIter {
        header,
        array: User::new(py, cd),
        next: AtomicIsize::new(0),
        len: cd.array_len(),
        step,
    });
    made.map(Owned::into_obj)
}

impl CDataIter {
    /// Returns the array, and the index of the item that comes next if there is one, for checks around [`next`].
    pub(crate) fn ahead(&self) -> (&CData, Option<isize>) {
        let i = self.next.load(Ordering::Relaxed);
        (&self.array, (i < self.len).then_some(i))
    }
}

impl TrackedIter {
    /// Returns the array and the next index, as [`CDataIter::ahead`] does.
    pub(crate) fn ahead(&self) -> (&CData, Option<isize>) {
        let i = self.next.load(Ordering::Relaxed);
        (self.array.cdata(), (i < self.len).then_some(i))
    }
}

/// `next()` of an iterator.
pub(crate) fn next(py: Py<'_>, it: &CDataIter) -> R<Option<Owned>> {
    step(py, &it.array, take(&it.next, it.len), it.step)
}

/// `next()` of an iterator that the garbage collector tracks.
pub(crate) fn next_tracked(py: Py<'_>, it: &TrackedIter) -> R<Option<Owned>> {
    step(py, it.array.cdata(), take(&it.next, it.len), it.step)
}

/// Returns item `i` of the array, or `None` if `i` is negative.
#[inline(always)]
fn step(py: Py<'_>, cd: &CData, i: isize, step: isize) -> R<Option<Owned>> {
    if i < 0 {
        return Ok(None);
    }
    let Some(item) = cd.ct().item() else { return Ok(None) };
    if step != UNSTEADY {
        // The array lies in the address space, so the offset of an item does not overflow.
        let at = cd.data().wrapping_offset(i.wrapping_mul(step));
        // SAFETY: `i` is the index of an item of the array, so the item lies in the memory that the array shows.
        return unsafe { reach::read_in(py, Loc::new(item, at), cd) }.map(Some);
    }
    next_guarded(py, cd, item, i)
}

#[cold]
fn next_guarded(py: Py<'_>, cd: &CData, item: &CType, i: isize) -> R<Option<Owned>> {
    let at = null::checked(py, cd)?.wrapping_offset(i.wrapping_mul(item.size().max(0)));
    null::loadable(py, cd, item, at)?;
    let mut lock = View::none();
    from_buffer::guard(py, cd, &mut lock)?;
    // SAFETY: `i` is the index of an item of the array, so the item lies in the memory that the array shows.
    unsafe { reach::read_in(py, Loc::new(item, at), cd) }.map(Some)
}

/// Returns the next index below `len`, or -1 at the end. With the GIL, no other thread runs between load and store.
#[cfg(not(Py_GIL_DISABLED))]
#[inline(always)]
fn take(next: &AtomicIsize, len: isize) -> isize {
    let i = next.load(Ordering::Relaxed);
    if i >= len {
        return -1;
    }
    next.store(i + 1, Ordering::Relaxed);
    i
}

/// Returns the next index below `len`, or -1 at the end. Threads that share an iterator take each index once.
#[cfg(Py_GIL_DISABLED)]
fn take(next: &AtomicIsize, len: isize) -> isize {
    let step = |i| (i < len).then_some(i + 1);
    next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap_or(-1)
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
        .slot(ffi::Py_tp_iter, ffi::PyObject_SelfIter as *const c_void)
        .slot(
            ffi::Py_tp_iternext,
            slot!(unary TrackedIter, *mut ffi::PyObject, next_tracked) as *const c_void,
        )
        .make(py, module, None)?;
    Ok(st.tracked_iter.set_or_get(made))
}

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    class::spec::<CDataIter>(DOC)
        .slot(ffi::Py_tp_iter, ffi::PyObject_SelfIter as *const c_void)
        .slot(ffi::Py_tp_iternext, slot!(unary CDataIter, *mut ffi::PyObject, next) as *const c_void)
        .make(py, module, None)
}
