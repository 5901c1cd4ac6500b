//! Items of lists and tuples, which may change while they are read.

use pyo3_ffi as ffi;

use super::err::{R, Raised};
use super::num;
use super::obj::{Obj, Owned};
use super::token::Py;

/// A list or tuple (or a subclass of one), read without its Python-level methods.
#[derive(Clone, Copy)]
pub struct Seq<'a> {
    obj: &'a Obj,
    tuple: bool,
}

/// Returns the items of a tuple, which cannot change.
pub fn tuple_items(tuple: &Obj) -> &[&Obj] {
    if !tuple.is_tuple() {
        return &[];
    }
    // SAFETY: a tuple keeps its items alive, and never changes once it can be seen. A reference to an object has the
    // form of a pointer to it, and no item is null.
    unsafe {
        let items = (&raw const (*tuple.as_ptr().cast::<ffi::PyTupleObject>()).ob_item).cast::<&Obj>();
        std::slice::from_raw_parts(items, ffi::PyTuple_GET_SIZE(tuple.as_ptr()).cast_unsigned())
    }
}

/// Makes an empty list.
pub fn new_list(py: Py<'_>) -> R {
    // SAFETY: the token proves that the thread is attached.
    unsafe { Owned::from_new(py, ffi::PyList_New(0)) }
}

/// Makes a copy of a list.
pub fn copy_of_list(py: Py<'_>, list: &Obj) -> R {
    // SAFETY: the token proves that the thread is attached; the list is borrowed, so it is alive. For another object the
    // function raises an error.
    unsafe { Owned::from_new(py, ffi::PyList_GetSlice(list.as_ptr(), 0, ffi::PY_SSIZE_T_MAX)) }
}

/// Executes `list.append(item)`.
#[inline]
pub fn push(_py: Py<'_>, list: &Obj, item: &Obj) -> R<()> {
    // SAFETY: attached, both alive; fails for an object that is not a list.
    if unsafe { ffi::PyList_Append(list.as_ptr(), item.as_ptr()) } < 0 {
        Err(Raised::already())
    } else {
        Ok(())
    }
}

impl<'a> Seq<'a> {
    /// Returns the sequence, if the object is one.
    #[inline]
    pub fn of(obj: &'a Obj) -> Option<Seq<'a>> {
        if obj.is_list() {
            Some(Seq { obj, tuple: false })
        } else if obj.is_tuple() {
            Some(Seq { obj, tuple: true })
        } else {
            None
        }
    }

    /// Returns the sequence, if the object is exactly a list or a tuple, of no subclass.
    #[inline]
    pub fn exactly(obj: &'a Obj) -> Option<Seq<'a>> {
        let tuple = obj.tp() == &raw mut ffi::PyTuple_Type;
        (tuple || obj.tp() == &raw mut ffi::PyList_Type).then_some(Seq { obj, tuple })
    }

    /// Returns the current number of items.
    #[inline]
    pub fn len(&self) -> usize {
        // SAFETY: checked to be a list or a tuple.
        let n = unsafe {
            if self.tuple {
                ffi::PyTuple_GET_SIZE(self.obj.as_ptr())
            } else {
                ffi::PyList_GET_SIZE(self.obj.as_ptr())
            }
        };
        n.max(0).cast_unsigned()
    }

    /// Returns item `i`, or `None` if the sequence is (or has become) shorter.
    #[inline]
    pub fn get(&self, i: usize) -> Option<Owned> {
        #[cfg(Py_GIL_DISABLED)]
        if !self.tuple {
            return self.list_item(i);
        }
        if i >= self.len() {
            return None;
        }
        // SAFETY: checked to be a list or a tuple with that item; nothing runs between the check, the load and the new
        // reference.
        unsafe {
            let p = if self.tuple {
                ffi::PyTuple_GET_ITEM(self.obj.as_ptr(), i.cast_signed())
            } else {
                ffi::PyList_GET_ITEM(self.obj.as_ptr(), i.cast_signed())
            };
            if p.is_null() { None } else { Some(Owned::from_borrowed(p)) }
        }
    }

    /// Stores the items from `first` up to `end` at `to`, as far as `look` reads them; returns the index of the first one
    /// that was not stored.
    ///
    /// # Safety
    /// `to` is writable for the items, aligned or not, and is not memory of Python objects. `look` neither runs Python
    /// code nor drops a reference.
    #[inline(always)]
    unsafe fn store<T>(
        &self,
        first: usize,
        end: usize,
        mut to: *mut T,
        look: impl Fn(&Obj) -> Option<T>,
    ) -> usize {
        if cfg!(Py_GIL_DISABLED) && !self.tuple {
            // Other threads can change the list at any time.
            return first;
        }
        let end = end.min(self.len());
        // SAFETY: a list or a tuple with at least `end` items, which nothing changes meanwhile, as the caller promises
        // that no Python code runs; the caller gives room for each of them.
        unsafe {
            let obj = self.obj.as_ptr();
            let items = if self.tuple {
                (&raw const (*obj.cast::<ffi::PyTupleObject>()).ob_item).cast()
            } else {
                (*obj.cast::<ffi::PyListObject>()).ob_item.cast_const()
            };
            for i in first..end {
                let Some(value) = Obj::from_ptr_opt(*items.add(i)).and_then(&look) else { return i };
                to.write_unaligned(value);
                to = to.add(1);
            }
        }
        end
    }

    /// Stores the items from `first` up to `end` at `to` as long as they are exactly ints in the range of `T`; returns
    /// the index of the first one that was not stored.
    ///
    /// # Safety
    /// `to` is writable for the items, aligned or not, and is not memory of Python objects.
    #[inline(always)]
    pub unsafe fn store_ints<T: TryFrom<i64>>(
        &self,
        py: Py<'_>,
        first: usize,
        end: usize,
        to: *mut T,
    ) -> usize {
        let look = |item: &Obj| num::exact_int(py, item).and_then(|value| T::try_from(value).ok());
        // SAFETY: the caller gives room for the items; the value of an int is read without running code.
        unsafe { self.store(first, end, to, look) }
    }

    /// Stores the items from `first` up to `end` at `to`, by `make`, as long as they are exactly floats; returns the
    /// index of the first one that was not stored.
    ///
    /// # Safety
    /// `to` is writable for the items, aligned or not, and is not memory of Python objects. `make` only computes.
    #[inline(always)]
    pub unsafe fn store_floats<T>(
        &self,
        py: Py<'_>,
        first: usize,
        end: usize,
        to: *mut T,
        make: impl Fn(f64) -> T,
    ) -> usize {
        // SAFETY: the caller gives room for the items; the value of a float is read without running code.
        unsafe { self.store(first, end, to, |item| num::exact_f64(py, item).map(&make)) }
    }

    /// Returns an item of a list that other threads may change at the same time.
    #[cfg(Py_GIL_DISABLED)]
    fn list_item(&self, i: usize) -> Option<Owned> {
        // SAFETY: attached; gives a new reference, or null and an IndexError, which is taken back.
        unsafe {
            let p = ffi::PyList_GetItemRef(self.obj.as_ptr(), i.cast_signed());
            if p.is_null() {
                ffi::PyErr_Clear();
                return None;
            }
            Some(Owned::from_raw(p.cast()))
        }
    }
}

/// Returns a new tuple of `n` items, which `item` makes in order.
///
/// # Errors
/// `MemoryError`, and whatever `item` raises.
pub fn tuple_with(py: Py<'_>, n: usize, mut item: impl FnMut(usize) -> R) -> R {
    // SAFETY: the token proves that the thread is attached. Each place of the new tuple is filled with an owned
    // reference; until then it is null, which a tuple that is dropped allows.
    unsafe {
        let tuple = Owned::from_new(py, ffi::PyTuple_New(n.cast_signed()))?;
        for i in 0..n {
            ffi::PyTuple_SET_ITEM(tuple.as_ptr(), i.cast_signed(), item(i)?.into_ptr());
        }
        Ok(tuple)
    }
}

/// Returns a new list of `n` items, which `item` makes in order.
///
/// # Errors
/// `MemoryError`, and whatever `item` raises.
#[inline(always)]
pub fn list_with(py: Py<'_>, n: usize, mut item: impl FnMut(usize) -> R) -> R {
    // SAFETY: the token proves that the thread is attached. Each place of the new list is filled with an owned
    // reference; until then it is null, which the garbage collector and the deallocation of a list allow.
    unsafe {
        let list = Owned::from_new(py, ffi::PyList_New(n.cast_signed()))?;
        for i in 0..n {
            ffi::PyList_SET_ITEM(list.as_ptr(), i.cast_signed(), item(i)?.into_ptr());
        }
        Ok(list)
    }
}

/// Makes a tuple of these items.
pub fn tuple(py: Py<'_>, items: &[&Obj]) -> R {
    // SAFETY: attached; each place of the new tuple is filled with an owned reference before anybody sees it.
    unsafe {
        let tuple = Owned::from_new(py, ffi::PyTuple_New(items.len().cast_signed()))?;
        for (i, item) in items.iter().enumerate() {
            ffi::PyTuple_SET_ITEM(tuple.as_ptr(), i.cast_signed(), item.new_ref().into_ptr());
        }
        Ok(tuple)
    }
}

/// Returns the item `i` of a tuple, borrowed for as long as the tuple is: tuples do not change.
#[inline]
pub fn tuple_item(tuple: &Obj, i: usize) -> Option<&Obj> {
    if !tuple.is_tuple() {
        return None;
    }
    // SAFETY: a tuple; in range; a tuple that is reachable keeps its items.
    unsafe {
        if i.cast_signed() >= ffi::PyTuple_GET_SIZE(tuple.as_ptr()) {
            return None;
        }
        Obj::from_ptr_opt(ffi::PyTuple_GET_ITEM(tuple.as_ptr(), i.cast_signed()))
    }
}

/// Returns the start, the stop and the step of a slice object.
#[inline(always)]
pub fn slice_parts(slice: &Obj) -> Option<[&Obj; 3]> {
    if slice.tp() != &raw mut ffi::PySlice_Type {
        return None;
    }
    // SAFETY: the object was checked to be a slice, which keeps its three members for as long as it lives.
    unsafe {
        let slice = &*slice.as_ptr().cast::<ffi::PySliceObject>();
        Some([Obj::from_ptr(slice.start), Obj::from_ptr(slice.stop), Obj::from_ptr(slice.step)])
    }
}

/// Returns whether an object is a slice.
#[inline(always)]
pub fn is_slice(object: &Obj) -> bool {
    object.tp() == &raw mut ffi::PySlice_Type
}

/// An iterator of Python.
pub struct Iter(Owned);

impl Iter {
    /// Computes `iter(object)`.
    ///
    /// # Errors
    /// `TypeError` for an object that cannot be iterated, and whatever `__iter__` raises.
    pub fn of(py: Py<'_>, object: &Obj) -> R<Iter> {
        // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
        unsafe { Owned::from_new(py, ffi::PyObject_GetIter(object.as_ptr())).map(Iter) }
    }

    /// Computes the next item, or `None` at the end.
    ///
    /// # Errors
    /// Whatever `__next__` raises.
    pub fn next(&self, py: Py<'_>) -> R<Option<Owned>> {
        // SAFETY: attached; `PyObject_GetIter` gave an iterator. Null is the end or an exception.
        let item = unsafe { ffi::PyIter_Next(self.0.as_ptr()) };
        if item.is_null() {
            py.check()?;
            return Ok(None);
        }
        // SAFETY: the iterator gave a new reference.
        unsafe { Owned::from_new(py, item).map(Some) }
    }
}
