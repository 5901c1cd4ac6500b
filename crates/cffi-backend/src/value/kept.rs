//! Views that keep the owner of their memory alive.
//!
//! A struct inside of a struct, an item of an array of structs and a slice are cdata at separate addresses. If the
//! memory belongs to a cdata, the view holds a reference to that cdata: the *keeper*. A view of a view has the keeper
//! of the first, so that views never form a chain. Views of memory that only C knows are made by [`alloc`].
//!
//! | type | layout | keeper |
//! |---|---|---|
//! | [`Types::kept`](crate::state::types::Types) | [`Kept`] | from `new()`, or a struct that C passed by value |
//! | `kept_array`, slices | [`KeptLen`] | that of a [`Kept`] |
//! | `kept_gcp` | [`KeptLen`] | has a destructor, which waits for the view (see `cdata::gcp::pin`) |
//! | `kept_buffer` | [`KeptLen`] | from `from_buffer()` |
//!
//! The keepers of the first two refer to no object but their ctype, so these views are in no cycle. The others are
//! tracked by the garbage collector.

use pyo3_ffi as ffi;

use crate::ctype::{Access, CType};
use crate::value::alloc;
use crate::value::object::{BEHIND, CData, CDataLen};
use cffi_rt::at::BeginsWith;
use cffi_rt::types::{alloc_gc, alloc_plain, track};
use cffi_rt::{Owned, Py, R};

/// A struct, union or array of fixed length.
#[repr(C)]
pub(crate) struct Kept {
    base: CData,
    /// The owner of the memory; `None` for memory behind this object.
    pub(crate) keeper: Option<Owned<CData>>,
}

/// A view with a length, or any view that the garbage collector tracks.
#[repr(C)]
pub(crate) struct KeptLen {
    pub(crate) base: CDataLen,
    pub(crate) keeper: Owned<CData>,
}

// SAFETY: the layout is C's, and begins with a cdata.
unsafe impl BeginsWith<CData> for Kept {}
// SAFETY: the layout is C's, and begins with a cdata with a length, which begins with a cdata.
unsafe impl BeginsWith<CData> for KeptLen {}

/// Returns the keeper of the memory that `from` shows, if that is plain memory of a cdata.
#[inline(always)]
fn plain_keeper(from: &CData) -> Option<&CData> {
    let (tp, types) = (from.tp(), &from.state().types);
    if tp == types.cdata_own {
        return Some(from);
    }
    if tp != types.kept {
        return None;
    }
    // SAFETY: all objects of that type have this layout.
    let keeper = unsafe { &(*std::ptr::from_ref(from).cast::<Kept>()).keeper };
    Some(keeper.as_deref().unwrap_or(from))
}

/// Returns the keeper of the memory that `from` shows, if [`plain_keeper`] finds none, and the type of its views.
/// `None` for memory that no cdata owns.
fn other_keeper(from: &CData) -> Option<(&CData, *mut ffi::PyTypeObject)> {
    let (tp, types) = (from.tp(), &from.state().types);
    if tp == types.cdata_gcp || tp == types.cdata_own_tracked {
        return Some((from, types.kept_gcp));
    }
    if tp == types.cdata_from_buf {
        return Some((from, types.kept_buffer));
    }
    keeper(from).map(|keeper| (keeper, tp))
}

/// Returns the keeper of a view that has the layout [`KeptLen`].
pub(crate) fn keeper(view: &CData) -> Option<&CData> {
    let (tp, types) = (view.tp(), &view.state().types);
    (tp == types.kept_gcp || tp == types.kept_buffer || tp == types.kept_array)
        // SAFETY: all objects of these types have this layout.
        .then(|| unsafe { &*(*std::ptr::from_ref(view).cast::<KeptLen>()).keeper })
}

/// Makes a struct, union or array of fixed length at `data`, which lies in the memory that `from` shows.
///
/// # Safety
/// That is so: the owner of that memory keeps it for as long as the result refers to the owner, and memory without an owner
/// stays for as long as the program says.
#[inline]
pub(crate) unsafe fn view(py: Py<'_>, ct: &CType, data: *mut u8, from: &CData) -> R<Owned<CData>> {
    debug_assert!(ct.access != Access::OpenArray, "an open array has a length");
    // SAFETY: the value lies in memory that the keeper owns, or that the program says is there.
    unsafe {
        match plain_keeper(from) {
            Some(keeper) => plain(py, ct, data, keeper),
            None if from.tp() == ct.state().types.cdata => alloc::data_view(py, ct, data),
            None => other_view(py, ct, data, None, from),
        }
    }
}

/// Makes a view of memory that is not plain memory of a cdata, with the length of an open array.
///
/// # Safety
/// As for [`view`], with so many items.
#[inline(never)]
unsafe fn other_view(
    py: Py<'_>,
    ct: &CType,
    data: *mut u8,
    length: Option<isize>,
    from: &CData,
) -> R<Owned<CData>> {
    // SAFETY: the value lies in memory that the keeper owns, or that the program says is there.
    unsafe {
        match (other_keeper(from), length) {
            (None, None) => alloc::data_view(py, ct, data),
            (None, Some(length)) => alloc::view_len(py, ct, data, length),
            (Some((keeper, tp)), None) if tp == ct.state().types.kept_array => plain(py, ct, data, keeper),
            (Some((keeper, tp)), Some(length)) if tp == ct.state().types.kept_array => {
                plain_len(py, ct, data, length, keeper)
            }
            (Some((keeper, tp)), _) => tracked(py, ct, data, length.unwrap_or(0), keeper, tp),
        }
    }
}

/// Makes an open array of `length` items at `data`, which lie in the memory that `from` shows.
///
/// # Safety
/// As for [`view`], with so many items.
#[inline(always)]
pub(crate) unsafe fn view_len(
    py: Py<'_>,
    ct: &CType,
    data: *mut u8,
    length: isize,
    from: &CData,
) -> R<Owned<CData>> {
    // SAFETY: the items lie in memory that the keeper owns, or that the program says is there.
    unsafe {
        match plain_keeper(from) {
            Some(keeper) => plain_len(py, ct, data, length, keeper),
            None if from.tp() == ct.state().types.cdata => alloc::view_len(py, ct, data, length),
            None => other_view(py, ct, data, Some(length), from),
        }
    }
}

/// # Safety
/// The keeper owns the memory of the value.
#[inline(always)]
unsafe fn plain(py: Py<'_>, ct: &CType, data: *mut u8, keeper: &CData) -> R<Owned<CData>> {
    // SAFETY: the type has this layout; all members are written.
    unsafe {
        let p = alloc::alloc_small::<Kept>(py, ct, ct.state().types.kept)?;
        alloc::fill(p.cast(), ct, data);
        (&raw mut (*p).keeper).write(Some(keeper.new_ref()));
        Ok(Owned::from_raw(p.cast()))
    }
}

/// # Safety
/// The keeper owns the memory of so many items.
#[inline(always)]
unsafe fn plain_len(py: Py<'_>, ct: &CType, data: *mut u8, length: isize, keeper: &CData) -> R<Owned<CData>> {
    // SAFETY: the type has this layout; all members are written.
    unsafe {
        let p = alloc_plain::<KeptLen>(py, ct.state().types.kept_array, size_of::<KeptLen>())?;
        alloc::fill(p.cast(), ct, data);
        (&raw mut (*p).base.length).write(length);
        (&raw mut (*p).keeper).write(keeper.new_ref());
        Ok(Owned::from_raw(p.cast()))
    }
}

/// Makes a tracked view of type `tp`.
///
/// # Safety
/// The keeper owns the memory of the value or the items. `tp` is the type of such views.
#[inline(never)]
unsafe fn tracked(
    py: Py<'_>,
    ct: &CType,
    data: *mut u8,
    length: isize,
    keeper: &CData,
    tp: *mut ffi::PyTypeObject,
) -> R<Owned<CData>> {
    // SAFETY: the type of tracked views has this layout; all members are written before the object is tracked.
    unsafe {
        let p = alloc_gc::<KeptLen>(py, tp)?;
        alloc::fill(p.cast(), ct, data);
        (&raw mut (*p).base.length).write(length);
        (&raw mut (*p).keeper).write(keeper.new_ref());
        (ct.state().hooks.pin)(py, keeper);
        track(p.cast());
        Ok(Owned::from_raw(p.cast()))
    }
}

/// Makes a struct, a union or a vector that looks like a view, but whose memory is behind the object. The caller writes
/// all of it.
pub(crate) fn own(py: Py<'_>, ct: &CType) -> R<Owned<CData>> {
    let size = ct.known_size().unwrap_or(0);
    const { assert!(size_of::<Kept>() <= BEHIND) };
    let Some(total) = BEHIND.checked_add(size) else { return Err(py.no_memory()) };
    // SAFETY: the instances of the type may be longer than its layout; all members are written, and the new block has
    // `size` bytes behind them.
    unsafe {
        let p = alloc_plain::<Kept>(py, ct.state().types.kept, total)?;
        let behind = p.cast::<u8>().add(BEHIND);
        alloc::fill(p.cast(), ct, behind);
        (&raw mut (*p).keeper).write(None);
        Ok(Owned::from_raw(p.cast()))
    }
}
