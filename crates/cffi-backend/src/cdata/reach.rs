//! The C values that a cdata leads to: items of pointers and arrays, fields, texts.
//!
//! Checks all facts that a cdata knows: NULL, the length of an array, the extent of owned memory, a buffer that is gone.
//! Trusts the program in everything else, as C does: its pointers lead to values of their types.

use std::ops::Deref;
use std::sync::atomic::{AtomicIsize, Ordering};

use crate::cdata::extent::{self, Bytes};
use crate::cdata::from_buffer;
use crate::cdata::gcp::User;
use crate::convert;
use crate::ctype::{Access, CType, Field, Kind};
use crate::memory::{Items, Loc, Member, Scalars};
use crate::value::{CData, Owner, alloc, kept, null};
use cffi_rt::buffer::View;
use cffi_rt::class::{Trace, Visit};
use cffi_rt::{Exc, Obj, Owned, Py, R, Raised, num, raise, seq};

/// Returns an item in the usual case: it has at most eight bytes, the index is an int of one digit and in range, and the
/// memory needs no further check. Calls nothing.
#[inline(always)]
pub(super) fn plain_item<'c>(py: Py<'_>, cd: &'c CData, key: &Obj) -> Option<Loc<'c>> {
    let ct = cd.ct();
    let item = ct.item().filter(|item| item.access.is_in_place())?;
    let i = isize::try_from(num::exact_short_int(py, key)?).ok()?;
    let is_below = |length: isize| i.cast_unsigned() < length.cast_unsigned();
    // The item is one of an array, which lies in the address space, or the first one.
    let offset = match ct.access {
        Access::Array if is_below(ct.length()) => i.wrapping_mul(item.size()),
        Access::OpenArray if is_below(cd.array_len()) => i.wrapping_mul(item.size()),
        // Other items of a pointer are checked.
        Access::Pointer if i == 0 && ct.kind == Kind::Pointer => 0,
        _ => return None,
    };
    let at = from_buffer::steady_address(cd)?.wrapping_offset(offset);
    // SAFETY: the item lies inside the array, or where the pointer's creator said that there is one.
    Some(unsafe { Loc::new(item, at) })
}

/// Returns the item that `key` names. Its memory may still need the checks of `null` and `from_buffer`.
#[inline]
pub(crate) fn item<'a>(py: Py<'_>, cd: &'a CData, key: &Obj) -> R<Loc<'a>> {
    let i = num::index(py, key, Exc::Index)?;
    let ct = cd.ct();
    match ct.kind {
        Kind::Pointer => {
            if i != 0 && matches!(cd.owner(), Owner::Own | Owner::OwnGc) {
                let name = ct.name();
                return Err(raise!(py, Index, "cdata '{name}' can only be indexed by 0"));
            }
        }
        Kind::Array => {
            if i < 0 {
                return Err(raise!(py, Index, "negative index"));
            }
            if i >= cd.array_len() {
                return Err(too_large(py, cd, i));
            }
        }
        _ => return Err(not_indexable(py, ct)),
    }
    let Some(item) = ct.item() else { return Err(not_indexable(py, ct)) };
    let base = null::checked(py, cd)?;
    let size = item.size();
    if size < 0 && i != 0 {
        return Err(convert::read::is_opaque(py, item));
    }
    let offset = i.checked_mul(size.max(0));
    let Some(offset) = offset else {
        return Err(raise!(py, Overflow, "array offset would overflow a Py_ssize_t"));
    };
    // SAFETY: the item lies inside the array, or where the program says that there is one.
    Ok(unsafe { Loc::new(item, base.wrapping_offset(offset)) })
}

#[cold]
fn too_large(py: Py<'_>, cd: &CData, i: isize) -> Raised {
    let (name, n) = (cd.ct().name(), cd.array_len());
    raise!(py, Index, "index too large for cdata '{name}' (expected {i} < {n})")
}

/// Makes the error for types without items.
#[cold]
pub(super) fn not_indexable(py: Py<'_>, ct: &CType) -> Raised {
    raise!(py, Type, "cdata of type '{}' cannot be indexed", ct.name())
}

/// The bounds of a slice, checked against the length where there is one.
pub(super) struct Selection<'a> {
    cd: &'a CData,
    pointer: &'a CType,
    start: isize,
    length: isize,
}

/// Returns one end of a slice, which must be given and an int.
#[inline(always)]
fn bound(py: Py<'_>, end: &Obj, which: &str) -> R<isize> {
    num::exact_ssize(py, end).map_err(|raised| no_bound(py, raised, end, which))
}

#[cold]
fn no_bound(py: Py<'_>, raised: Raised, end: &Obj, which: &str) -> Raised {
    if !end.is_none() {
        return raised;
    }
    py.err_clear(raised);
    raise!(py, Index, "slice {which} must be specified")
}

#[inline(always)]
fn bounds<'a>(py: Py<'_>, cd: &'a CData, key: &Obj) -> R<Selection<'a>> {
    let Some([start, stop, step]) = seq::slice_parts(key) else { return Err(not_indexable(py, cd.ct())) };
    let start = bound(py, start, "start")?;
    let stop = bound(py, stop, "stop")?;
    if !step.is_none() {
        return Err(raise!(py, Index, "slice with step not supported"));
    }
    if start > stop {
        return Err(raise!(py, Index, "slice start > stop"));
    }
    let ct = cd.ct();
    let Some(pointer) = ct.decayed() else { return Err(not_indexable(py, ct)) };
    if ct.is_array() {
        if start < 0 {
            return Err(raise!(py, Index, "negative index"));
        }
        let n = cd.array_len();
        if stop > n {
            return Err(raise!(py, Index, "index too large (expected {stop} <= {n})"));
        }
    }
    let Some(length) = stop.checked_sub(start) else {
        return Err(raise!(py, Overflow, "array size would overflow a Py_ssize_t"));
    };
    Ok(Selection { cd, pointer, start, length })
}

impl<'a> Selection<'a> {
    /// Reads the bounds of a slice object.
    #[inline(always)]
    pub(super) fn of(py: Py<'_>, cd: &'a CData, key: &Obj) -> R<Selection<'a>> {
        bounds(py, cd, key)
    }

    /// Returns the type of pointers to the items.
    #[inline(always)]
    pub(super) fn pointer(&self) -> &'a CType {
        self.pointer
    }

    /// Returns the number of items.
    #[inline(always)]
    pub(super) fn length(&self) -> isize {
        self.length
    }

    /// Makes an array of the type that shows the items, without a check of NULL.
    ///
    /// # Errors
    /// As for [`Selection::items`].
    pub(super) fn view(&self, py: Py<'_>, array: &CType) -> R<Owned<CData>> {
        let at = self.items(py)?.at();
        // SAFETY: the items lie in the memory that the cdata shows, or where the program says that there are so many.
        unsafe { kept::view_len(py, array, at, self.length, self.cd) }
    }

    /// Returns the items, without a check of NULL.
    ///
    /// # Errors
    /// `OverflowError` where they cannot lie in the address space.
    #[inline(always)]
    pub(super) fn items(&self, py: Py<'_>) -> R<Items<'a>> {
        let Some(item) = self.pointer.item() else { return Err(not_indexable(py, self.cd.ct())) };
        let size = item.size().max(0);
        let offset = if self.cd.ct().is_array() {
            // The first item lies within the array, which lies in the address space.
            self.start.wrapping_mul(size)
        } else {
            let (Some(offset), Some(_)) = (self.start.checked_mul(size), self.length.checked_mul(size))
            else {
                return Err(raise!(py, Overflow, "array offset would overflow a Py_ssize_t"));
            };
            offset
        };
        let at = self.cd.data().wrapping_offset(offset);
        // SAFETY: the items lie inside the array, whose length the bounds were checked against, or where the program says
        // that there are so many.
        Ok(unsafe { Items::new(item, at, self.length.cast_unsigned()) })
    }
}

/// Reads the item that `key` names, after `check` of its place.
pub(super) fn read_item(py: Py<'_>, cd: &CData, key: &Obj, check: impl FnOnce(Loc<'_>) -> R<()>) -> R {
    let item = item(py, cd, key)?;
    check(item)?;
    // SAFETY: the item is one of the array that the cdata shows, or lies where the program says that there is one.
    unsafe { read_here(py, item, cd) }
}

/// Makes the list of the first items of a pointer or an array, as many as [`first`] returns.
pub(super) fn read_first(py: Py<'_>, cd: &CData, len: usize) -> R {
    let Some(items) = first(cd, len) else { return Err(not_indexable(py, cd.ct())) };
    seq::list_with(py, items.len(), |i| match items.get(i) {
        // SAFETY: the item is one of the array that the cdata shows, or lies where the program says that there is one.
        Some(loc) => unsafe { read_here(py, loc, cd) },
        None => Ok(py.none()),
    })
}

/// Makes a cdata of a pointer or array type at an address that the program casts.
pub(super) fn cast(py: Py<'_>, ct: &CType, address: *mut u8) -> R<Owned<CData>> {
    // SAFETY: the program says that an array of this type is there, as with a cast in C.
    unsafe { alloc::view(py, ct, address) }
}

/// A walk over the items of an array. Counts items, so that items of size zero are counted too.
pub(super) struct Walk<A> {
    array: A,
    next: AtomicIsize,
    /// The length of the array.
    len: isize,
    /// Bytes of an item, or [`UNSTEADY`] if the memory has to be checked before each item, because it is NULL or a
    /// buffer that may be released.
    step: isize,
}

const UNSTEADY: isize = -1;

/// A reference to a cdata, for a [`Walk`].
///
/// # Safety
/// It always refers to the same cdata.
pub(super) unsafe trait Fixed: Deref<Target = CData> {}

// SAFETY: the reference is never replaced.
unsafe impl Fixed for Owned<CData> {}
// SAFETY: the reference is never replaced.
unsafe impl Fixed for User {}

impl<A: Fixed> Walk<A> {
    /// Begins at the first item of an array.
    pub(super) fn new(array: A) -> Walk<A> {
        let steady = !from_buffer::shows_buffer(&array) && !null::is_null_page(array.data());
        let step = if steady { array.ct().item().map_or(0, CType::size).max(0) } else { UNSTEADY };
        let len = array.array_len();
        Walk { array, next: AtomicIsize::new(0), len, step }
    }

    /// Returns the array, and the index of the item that comes next if there is one.
    pub(super) fn ahead(&self) -> (&CData, Option<isize>) {
        let i = self.next.load(Ordering::Relaxed);
        (&self.array, (i < self.len).then_some(i))
    }

    /// Reads the next item; `None` at the end.
    #[inline(always)]
    pub(super) fn read_next(&self, py: Py<'_>) -> R<Option<Owned>> {
        let (cd, i) = (&*self.array, self.take());
        let (0.., Some(item)) = (i, cd.ct().item()) else { return Ok(None) };
        if self.step == UNSTEADY {
            return read_guarded(py, cd, item, i).map(Some);
        }
        // The array lies in the address space, so the offset of an item does not overflow.
        let at = cd.data().wrapping_offset(i.wrapping_mul(self.step));
        // SAFETY: `i` is the index of an item of the array, so the item lies in the memory that the array shows.
        unsafe { read_in(py, Loc::new(item, at), cd) }.map(Some)
    }

    /// Returns the next index below `len`, or -1 at the end. With the GIL, no other thread runs between load and store.
    #[cfg(not(Py_GIL_DISABLED))]
    #[inline(always)]
    fn take(&self) -> isize {
        let i = self.next.load(Ordering::Relaxed);
        if i >= self.len {
            return -1;
        }
        self.next.store(i + 1, Ordering::Relaxed);
        i
    }

    /// Returns the next index below `len`, or -1 at the end. Threads that share an iterator take each index once.
    #[cfg(Py_GIL_DISABLED)]
    fn take(&self) -> isize {
        let step = |i| (i < self.len).then_some(i + 1);
        self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap_or(-1)
    }
}

impl<A: Trace> Trace for Walk<A> {
    fn trace(&self, visit: &mut Visit) {
        self.array.trace(visit);
    }
}

/// Reads item `i`, which the array has, after a check of the memory.
#[cold]
fn read_guarded(py: Py<'_>, cd: &CData, item: &CType, i: isize) -> R {
    let at = null::checked(py, cd)?.wrapping_offset(i.wrapping_mul(item.size().max(0)));
    null::loadable(py, cd, item, at)?;
    let mut lock = View::none();
    from_buffer::guard(py, cd, &mut lock)?;
    // SAFETY: `i` is the index of an item of the array, so the item lies in the memory that the array shows.
    unsafe { read_in(py, Loc::new(item, at), cd) }
}

/// Copies bytes to others, which may overlap. Returns false if there are not so many.
pub(super) fn copy_into(to: Scalars<'_, u8>, from: &Bytes) -> bool {
    let fits = from.len().is_none_or(|len| to.len() <= len);
    if fits {
        // SAFETY: the source has as many bytes where that is known; for other pointers the program is responsible, as in C.
        unsafe { std::ptr::copy(from.ptr(), to.at(), to.len()) };
    }
    fits
}

/// Returns the first items of a pointer or an array, as many as the program says; fewer where an array has fewer. NULL is
/// not checked.
#[inline(always)]
pub(super) fn first<'a>(cd: &'a CData, len: usize) -> Option<Items<'a>> {
    let len = if cd.ct().is_array() { len.min(cd.array_len().max(0).cast_unsigned()) } else { len };
    // SAFETY: the items lie inside the array, or where the program says that there are so many.
    Some(unsafe { Items::new(cd.ct().item()?, cd.data(), len) })
}

/// Returns the item that a pointer points to; `RuntimeError` for NULL.
#[inline]
pub(super) fn pointed<'a>(py: Py<'_>, cd: &'a CData) -> R<Loc<'a>> {
    let Some(item) = cd.ct().item() else { return Err(not_indexable(py, cd.ct())) };
    let at = null::checked(py, cd)?;
    // SAFETY: a pointer leads to such a value, as the program or the allocation says.
    Ok(unsafe { Loc::new(item, at) })
}

/// Returns all items of an array; `RuntimeError` for one at NULL.
pub(super) fn whole<'a>(py: Py<'_>, array: &'a CData) -> R<Items<'a>> {
    null::checked(py, array)?;
    let len = if array.ct().is_array() { array.array_len().max(0).cast_unsigned() } else { 0 };
    first(array, len).ok_or_else(|| not_indexable(py, array.ct()))
}

/// Returns the characters at the address of a pointer or an array, up to the first zero, or as many as `limit` says.
///
/// The memory has been checked for NULL and locked.
#[inline(always)]
pub(super) fn characters(cd: &CData, limit: Option<usize>) -> Option<Items<'_>> {
    let item = cd.ct().item()?;
    // SAFETY: a pointer to characters is valid up to a zero, as in C, or for the items that it is known to have; the items
    // that were found are readable.
    unsafe {
        let len = match item.known_size()? {
            1 => bytes_before_zero(cd.data(), limit),
            2 => units_before_zero::<u16>(cd.data(), limit),
            4 => units_before_zero::<u32>(cd.data(), limit),
            _ => return None,
        };
        Some(Items::new(item, cd.data(), len))
    }
}

/// Returns the characters at the address of a pointer or an array of items of one byte, as [`characters`] does; `None` for
/// other cdata.
#[inline(always)]
pub(super) fn bytes(cd: &CData, limit: Option<usize>) -> Option<Items<'_>> {
    let item = cd.ct().item().filter(|item| item.size() == 1 && cd.ct().is_pointer_or_array())?;
    // SAFETY: as in C, a pointer to characters is valid up to a zero, or for the items that it is known to have; the items that
    // were found are readable.
    unsafe { Some(Items::new(item, cd.address(), bytes_before_zero(cd.address(), limit))) }
}

/// # Safety
/// The bytes are readable, up to and with the zero if that comes first, or `limit`.
#[inline(always)]
unsafe fn bytes_before_zero(data: *const u8, limit: Option<usize>) -> usize {
    // SAFETY: the caller promises that the bytes are readable; the C functions read no further than to the zero.
    unsafe {
        let Some(limit) = limit else { return libc::strlen(data.cast()) };
        let end: *const u8 = libc::memchr(data.cast(), 0, limit).cast();
        if end.is_null() { limit } else { end as usize - data as usize }
    }
}

/// # Safety
/// As for [`bytes_before_zero`].
unsafe fn units_before_zero<T: Copy + Default + PartialEq>(data: *const u8, limit: Option<usize>) -> usize {
    let data = data.cast::<T>();
    let limit = limit.unwrap_or(usize::MAX / size_of::<T>());
    // SAFETY: each unit is only read after those before it were no zeros.
    (0..limit).find(|i| unsafe { data.add(*i).read_unaligned() } == T::default()).unwrap_or(limit)
}

/// Copies `n` bytes, which may overlap. Returns false if one side is known to have fewer.
pub(super) fn copy(to: &Bytes, from: &Bytes, n: usize) -> bool {
    let fits = |side: &Bytes| side.len().is_none_or(|len| n <= len);
    if !fits(to) || !fits(from) {
        return false;
    }
    // SAFETY: both sides have as many bytes where that is known; for other pointers the program is responsible, as in C.
    unsafe { std::ptr::copy(from.ptr(), to.ptr(), n) };
    true
}

/// Zeroes the first `n` bytes at the address of a cdata, unless it is known to have fewer.
pub(super) fn zero(cd: &CData, n: usize) {
    if extent::known_extent(cd).is_none_or(|room| n <= room) {
        // SAFETY: the cdata has so many bytes where that is known; else the program says that it has.
        unsafe { std::ptr::write_bytes(cd.data(), 0, n) };
    }
}

/// Returns the struct or union whose fields are attributes of the cdata: its type, or the type that it points to.
#[inline(always)]
pub(crate) fn aggregate(ct: &CType) -> Option<&CType> {
    if ct.is_aggregate() {
        return Some(ct);
    }
    if !ct.is_pointer() {
        return None;
    }
    ct.item().filter(|item| item.is_aggregate())
}

/// Reads a value in the memory that a cdata shows, which has been checked. A struct or an array keeps the owner of that memory
/// alive.
///
/// # Safety
/// The value lies in that memory, as for [`kept::view`].
#[inline(always)]
unsafe fn read_here(py: Py<'_>, loc: Loc<'_>, cd: &CData) -> R {
    // SAFETY: the caller knows that the value lies in the memory that the cdata shows.
    convert::read_as(py, loc, |loc| unsafe { kept::view(py, loc.ct(), loc.at(), cd) })
}

/// Reads a value as [`read_here`] does. A separate function, so that callers need no room on the stack.
///
/// # Safety
/// As for [`read_here`].
#[inline(never)]
pub(super) unsafe fn read_in(py: Py<'_>, loc: Loc<'_>, cd: &CData) -> R {
    // SAFETY: the caller knows that the value lies in the memory that the cdata shows.
    unsafe { read_here(py, loc, cd) }
}

/// A field of the struct or union that a cdata refers to.
#[derive(Clone, Copy)]
pub(super) struct FieldOf<'c> {
    cd: &'c CData,
    ct: &'c CType,
    field: &'c Field,
}

impl<'c> FieldOf<'c> {
    /// Finds the field in the usual case: the name is the very object that the field has.
    #[inline(always)]
    pub(super) fn same(cd: &'c CData, name: &Obj) -> Option<FieldOf<'c>> {
        let ct = aggregate(cd.ct())?;
        Some(FieldOf { cd, ct, field: ct.aggregate()?.fields()?.find_same(name)? })
    }

    /// Finds the field by its name. Returns an error value that says what is missing.
    pub(super) fn find(py: Py<'_>, cd: &'c CData, name: &Obj) -> R<Result<FieldOf<'c>, Without>> {
        let Some(ct) = aggregate(cd.ct()) else { return Ok(Err(Without::Struct)) };
        let Some(fields) = ct.fields(py)? else { return Ok(Err(Without::Fields)) };
        Ok(fields.find(py, name).map(|field| FieldOf { cd, ct, field }).ok_or(Without::Name))
    }

    /// Returns what is known of the field by its type.
    #[inline(always)]
    pub(super) fn field(self) -> &'c Field {
        self.field
    }

    /// Returns the struct or union.
    #[inline(always)]
    pub(super) fn ct(self) -> &'c CType {
        self.ct
    }

    /// Reads an ordinary field in memory that needs no further check; `None` for others.
    #[inline(always)]
    pub(super) fn read_plain(self, py: Py<'_>) -> Option<R> {
        let at = self.plain()?;
        Some(match convert::direct::read(py, at) {
            Some(number) => number,
            // SAFETY: the field lies in the struct that the cdata shows.
            None => unsafe { read_in(py, at, self.cd) },
        })
    }

    /// Reads a field in memory that has been checked. Bit-fields are read elsewhere.
    pub(super) fn read_checked(self, py: Py<'_>) -> Option<R> {
        // SAFETY: the field is one of the struct that the cdata refers to, as in C.
        let loc = unsafe { Member::new(self.field, self.cd.data()) }.loc()?;
        // SAFETY: the field lies in the struct that the cdata shows.
        Some(unsafe { read_here(py, loc, self.cd) })
    }

    /// Makes the array of a field without a length, with the number of items that lie in the allocation.
    pub(super) fn array(self, py: Py<'_>, length: isize) -> R<Owned<CData>> {
        let (ct, at) = (&*self.field.ct, self.cd.data().wrapping_offset(self.field.offset));
        // SAFETY: so many items lie in the allocation of the struct that the cdata shows.
        unsafe {
            if ct.access == Access::OpenArray {
                kept::view_len(py, ct, at, length, self.cd)
            } else {
                kept::view(py, ct, at, self.cd)
            }
        }
    }

    /// Returns the value of an ordinary field in memory that needs no further check.
    #[inline(always)]
    pub(super) fn plain(self) -> Option<Loc<'c>> {
        if self.field.bitshift != Field::REGULAR {
            return None;
        }
        let at = from_buffer::steady_address(self.cd)?.wrapping_offset(self.field.offset);
        // SAFETY: the field lies inside the struct that the cdata refers to, as in C.
        Some(unsafe { Loc::new(&self.field.ct, at) })
    }

    /// Returns the field in memory that needs no further check.
    #[inline(always)]
    pub(super) fn steady(self) -> Option<Member<'c>> {
        let base = from_buffer::steady_address(self.cd)?;
        // SAFETY: the field is one of the struct that the cdata refers to, as in C.
        Some(unsafe { Member::new(self.field, base) })
    }

    /// Takes a field that was found in the struct or union that the cdata refers to.
    ///
    /// # Safety
    /// That is so.
    #[inline(always)]
    pub(super) unsafe fn known(cd: &'c CData, field: &'c Field) -> Option<FieldOf<'c>> {
        Some(FieldOf { cd, ct: aggregate(cd.ct())?, field })
    }

    /// Returns the field in memory; `RuntimeError` for a struct at NULL. The memory may still need the checks of `null`
    /// and `from_buffer`.
    #[inline(always)]
    pub(super) fn member(self, py: Py<'_>) -> R<Member<'c>> {
        let base = null::checked(py, self.cd)?;
        // SAFETY: the field is one of the struct that the cdata refers to, as in C.
        Ok(unsafe { Member::new(self.field, base) })
    }
}

/// Names the thing that is missing if a field is not found.
#[derive(Clone, Copy)]
pub(super) enum Without {
    /// It is no struct, and no pointer to one.
    Struct,
    /// The struct is opaque.
    Fields,
    /// The struct has no field of the name.
    Name,
}
