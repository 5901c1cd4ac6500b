//! Construction of CData objects.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicPtr, Ordering};

use cffi_call::at_once::{self, Known};
use pyo3_ffi as ffi;

use crate::ctype::{Access, CType};
use crate::value::object::{BEHIND, CData, CDataLen, CDataStructPtr, CDataView, OWNED, PAYLOAD, SMALL};
use cffi_rt::types::{alloc_gc, alloc_plain, alloc_spare, alloc_zeroed, track};
use cffi_rt::{Owned, Py, R, Raised, raise, shared};

/// Writes the members that all layouts share.
///
/// # Safety
/// `p` is a fresh object whose layout begins with `CData`.
#[inline(always)]
pub(crate) unsafe fn fill(p: *mut CData, ct: &CType, data: *mut u8) {
    shared::used(ct);
    // SAFETY: the caller gives a fresh object of such a layout, which nobody else has seen.
    unsafe {
        (&raw mut (*p).ct).write(ct.new_ref());
        CData::set_address(p, data);
        (*p).weakrefs.get().write(std::ptr::null_mut());
    }
}

/// Allocates an object of [`SMALL`] bytes, whose deallocation is [`super::dealloc::finish_small`].
///
/// # Safety
/// As for [`alloc_plain`]; `T` has at most that size.
#[inline(always)]
pub(super) unsafe fn alloc_small<T>(py: Py<'_>, ct: &CType, tp: *mut pyo3_ffi::PyTypeObject) -> R<*mut T> {
    // SAFETY: the caller promises the requirements of `alloc_plain`; all blocks of the list have that size.
    unsafe { alloc_spare::<T>(py, tp, SMALL, &ct.state().spare_small) }
}

/// Returns the vectorcall word of a cdata of type `ct`.
#[inline(always)]
pub(crate) fn entry(ct: &CType) -> ffi::vectorcallfunc {
    ct.function().map_or(ct.state().hooks.general_entry, |function| function.entry)
}

/// The address that the loader of a library, or a compiled module, gives for a name that the program declares. The program
/// vouches for the declaration, as in C.
#[derive(Clone, Copy)]
pub(crate) struct Symbol(NonNull<u8>);

impl Symbol {
    /// Takes the address of a symbol.
    ///
    /// # Safety
    /// The loader of a library that is open, or the table of a compiled module, gives the address for a name.
    pub(crate) unsafe fn new(address: NonNull<u8>) -> Symbol {
        Symbol(address)
    }

    /// Returns the address.
    #[inline(always)]
    pub(crate) fn address(self) -> *mut u8 {
        self.0.as_ptr()
    }
}

/// Makes a pointer, to data or to a function: its value is the address.
///
/// # Errors
/// `SystemError` for another type.
#[inline]
pub(crate) fn pointer(py: Py<'_>, ct: &CType, address: *mut u8) -> R<Owned<CData>> {
    if ct.access != Access::Pointer {
        return Err(no_pointer(py, ct));
    }
    // SAFETY: the base type has this layout; all members are written.
    unsafe {
        let p = alloc_small::<CDataView>(py, ct, ct.state().types.cdata)?;
        fill(p.cast(), ct, address);
        (&raw mut (*p).vectorcall).write(entry(ct));
        Ok(Owned::from_raw(p.cast()))
    }
}

#[cold]
fn no_pointer(py: Py<'_>, ct: &CType) -> Raised {
    raise!(py, System, "'{}' is no pointer type", ct.name())
}

/// Makes a cdata that shows the struct, union or array at an address, or a pointer with that value. An open array must be
/// made with [`view_len`]; given one, this makes an array without items.
///
/// # Safety
/// The program, C or a library says that a value of the type is at the address, for as long as the program uses the result.
#[inline]
pub(crate) unsafe fn view(py: Py<'_>, ct: &CType, data: *mut u8) -> R<Owned<CData>> {
    match ct.access {
        Access::Pointer => pointer(py, ct, data),
        // SAFETY: an array without items takes no memory.
        Access::OpenArray => unsafe { view_len(py, ct, data, 0) },
        // SAFETY: the caller knows that the value is there.
        _ => unsafe { data_view(py, ct, data) },
    }
}

/// Makes a struct, a union or an array of fixed length at an address that it does not own.
///
/// # Safety
/// As for [`view`].
#[inline(always)]
pub(super) unsafe fn data_view(py: Py<'_>, ct: &CType, data: *mut u8) -> R<Owned<CData>> {
    debug_assert!(!ct.access.is_in_place(), "a view of a value in place");
    // SAFETY: the base type has this layout; all members are written.
    unsafe {
        let p = alloc_small::<CDataView>(py, ct, ct.state().types.cdata)?;
        fill(p.cast(), ct, data);
        (&raw mut (*p).vectorcall).write(ct.state().hooks.general_entry);
        Ok(Owned::from_raw(p.cast()))
    }
}

/// Makes a cdata at the address of a symbol of a library. The first call of a function finds out whether it is known to
/// return at once, so that calls keep the GIL; until then nothing of its code is read.
pub(crate) fn symbol(py: Py<'_>, ct: &CType, symbol: Symbol) -> R<Owned<CData>> {
    if !ct.is_function() {
        // SAFETY: the program declares that the symbol is of this type, and says when it closes the library.
        return unsafe { view(py, ct, symbol.address()) };
    }
    // SAFETY: the base type has this layout, and every member is written.
    unsafe {
        let p = alloc_small::<CDataView>(py, ct, ct.state().types.cdata)?;
        fill(p.cast(), ct, symbol.address());
        (&raw mut (*p).vectorcall).write(ct.state().hooks.deciding_entry);
        Ok(Owned::from_raw(p.cast()))
    }
}

/// Returns the vectorcall word of a function pointer that may be changed once: from the entry that decides to the entry
/// that it has decided on. `None` for other cdata.
fn word(cd: &CData) -> Option<&AtomicPtr<()>> {
    if !cd.ct().is_function() || cd.tp() != cd.state().types.cdata {
        return None;
    }
    let p = cd.as_ptr().cast::<CDataView>();
    // SAFETY: function pointers of that class have this layout, and the word is aligned. Threads that call the function
    // meanwhile read either value, and both are entries for it.
    Some(unsafe { AtomicPtr::from_ptr((&raw mut (*p).vectorcall).cast()) })
}

/// Returns the vectorcall entry of a function pointer, after deciding on one if that has not been done yet.
pub(crate) fn decided_entry(cd: &CData) -> ffi::vectorcallfunc {
    let hooks = &cd.state().hooks;
    let (Some(word), Some(function)) = (word(cd), cd.ct().function()) else { return hooks.general_entry };
    let now = word.load(Ordering::Relaxed);
    if now != hooks.deciding_entry as *mut () {
        // SAFETY: the word of a function pointer is always an entry.
        return unsafe { std::mem::transmute::<*mut (), ffi::vectorcallfunc>(now) };
    }
    // SAFETY: only `symbol` makes cdata with that entry, for a symbol of a library that the program declares as a
    // function, so it is the address of code.
    let entry = match unsafe { at_once::known(cd.data()) } {
        Known::Nothing => function.entry,
        Known::AtOnce => (hooks.keeping_entry_of)(function),
        Known::Quiet => (hooks.quiet_entry_of)(function),
    };
    word.store(entry as *mut (), Ordering::Relaxed);
    entry
}

/// Returns whether a cdata is a function of a library whose code nobody has looked at yet.
fn is_undecided(cd: &CData) -> bool {
    word(cd).is_some_and(|word| word.load(Ordering::Relaxed) == cd.state().hooks.deciding_entry as *mut ())
}

/// Returns the vectorcall entry of a function pointer whose calls keep the GIL, after deciding on one. The object has the
/// entry [`crate::state::hooks::Hooks::keeping_deciding_entry`].
pub(crate) fn decided_keeping_entry(cd: &CData) -> ffi::vectorcallfunc {
    let hooks = &cd.state().hooks;
    let (Some(word), Some(function)) = (word(cd), cd.ct().function()) else { return hooks.general_entry };
    // SAFETY: only `keeping_function` makes cdata with that entry, from a cdata that `symbol` has made for a function of a
    // library, so it is the address of code.
    let entry = match unsafe { at_once::known(cd.data()) } {
        Known::Quiet => (hooks.quiet_entry_of)(function),
        Known::AtOnce | Known::Nothing => (hooks.keeping_entry_of)(function),
    };
    word.store(entry as *mut (), Ordering::Relaxed);
    entry
}

/// Returns whether a cdata is a function pointer whose calls keep the GIL.
pub(crate) fn keeps_gil(cd: &CData) -> bool {
    match (word(cd), cd.ct().function()) {
        (Some(word), _)
            if word.load(Ordering::Relaxed) == cd.state().hooks.keeping_deciding_entry as *mut () =>
        {
            true
        }
        (Some(_), Some(function)) => {
            let hooks = &cd.state().hooks;
            let (entry, keeping) = (decided_entry(cd), (hooks.keeping_entry_of)(function));
            std::ptr::fn_addr_eq(entry, keeping)
                || std::ptr::fn_addr_eq(entry, (hooks.quiet_entry_of)(function))
        }
        _ => false,
    }
}

/// Makes a copy of a function pointer whose calls keep the GIL.
///
/// # Errors
/// `SystemError` for another cdata.
pub(crate) fn keeping_function(py: Py<'_>, cd: &CData) -> R<Owned<CData>> {
    let (ct, data, hooks) = (cd.ct(), cd.data(), &cd.state().hooks);
    if ct.access != Access::Pointer {
        return Err(no_pointer(py, ct));
    }
    let entry = match ct.function() {
        None => hooks.general_entry,
        Some(_) if is_undecided(cd) => hooks.keeping_deciding_entry,
        Some(_) if keeps_gil(cd) => decided_entry(cd),
        Some(function) => (hooks.keeping_entry_of)(function),
    };
    // SAFETY: the base type has this layout, and every member is written.
    unsafe {
        let p = alloc_small::<CDataView>(py, ct, ct.state().types.cdata)?;
        fill(p.cast(), ct, data);
        (&raw mut (*p).vectorcall).write(entry);
        Ok(Owned::from_raw(p.cast()))
    }
}

/// Makes an open array of `length` items at an address that it does not own.
///
/// # Safety
/// As for [`view`], with so many items.
pub(super) unsafe fn view_len(py: Py<'_>, ct: &CType, data: *mut u8, length: isize) -> R<Owned<CData>> {
    // SAFETY: the type has this layout; all members are written.
    unsafe {
        let p = alloc_small::<CDataLen>(py, ct, ct.state().types.cdata_array)?;
        fill(p.cast(), ct, data);
        (&raw mut (*p).length).write(length);
        Ok(Owned::from_raw(p.cast()))
    }
}

/// Makes a primitive whose value is not written yet: the caller fills `ct.size()` bytes at `data()`.
#[inline]
pub(crate) fn primitive(py: Py<'_>, ct: &CType) -> R<Owned<CData>> {
    // SAFETY: the base type's instances may be longer than its layout; a value that is not in place is behind it.
    unsafe {
        let tp = ct.state().types.cdata;
        let (p, data) = if ct.access.is_in_place() {
            (alloc_small::<CDataView>(py, ct, tp)?, std::ptr::null_mut())
        } else {
            let Some(size) = BEHIND.checked_add(ct.size().max(0).unsigned_abs()) else {
                return Err(py.no_memory());
            };
            let p = alloc_plain::<CDataView>(py, tp, size)?;
            (p, p.cast::<u8>().add(BEHIND))
        };
        fill(p.cast(), ct, data);
        (&raw mut (*p).vectorcall).write(ct.state().hooks.general_entry);
        Ok(Owned::from_raw(p.cast()))
    }
}

/// Makes an integer or a character with the low bytes of a number.
#[inline]
pub(crate) fn integer(py: Py<'_>, ct: &CType, number: u64) -> R<Owned<CData>> {
    let cd = primitive(py, ct)?;
    // SAFETY: the new object has room for its type.
    unsafe {
        match ct.size() {
            1 => cd.data().write(number as u8),
            2 => cd.data().cast::<u16>().write_unaligned(number as u16),
            4 => cd.data().cast::<u32>().write_unaligned(number as u32),
            8 => cd.data().cast::<u64>().write_unaligned(number),
            _ => {}
        }
    }
    Ok(cd)
}

/// Makes a primitive with the value of `bytes` (as many as the type has).
#[inline]
pub(crate) fn primitive_from(py: Py<'_>, ct: &CType, bytes: &[u8]) -> R<Owned<CData>> {
    let cd = primitive(py, ct)?;
    let n = bytes.len().min(ct.size().max(0).unsigned_abs());
    // SAFETY: the block has at least `ct.size()` bytes.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), cd.data(), n) };
    Ok(cd)
}

/// Makes a cdata that owns `size` bytes, aligned for its type (bytes beyond the reported size are for the caller).
/// `length` has the meaning that it has in [`CDataLen`].
#[inline(always)]
pub(crate) fn own(py: Py<'_>, ct: &CType, size: usize, length: isize, zero: bool) -> R<Owned<CData>> {
    if size > OWNED { own_large(py, ct, size, length, zero) } else { own_small(py, ct, size, length, zero) }
}

/// Makes a cdata as [`own`] does, of few bytes.
#[inline(never)]
fn own_small(py: Py<'_>, ct: &CType, size: usize, length: isize, zero: bool) -> R<Owned<CData>> {
    if is_over_aligned(ct) {
        return own_large(py, ct, size, length, zero);
    }
    // SAFETY: the block holds the layout and the payload; all members are written.
    unsafe {
        let state = ct.state();
        let p = alloc_spare::<CDataLen>(py, state.types.cdata_own, PAYLOAD + OWNED, &state.spare_owned)?;
        let data = p.cast::<u8>().add(PAYLOAD);
        if zero {
            data.cast::<[u8; OWNED]>().write([0; OWNED]);
        }
        fill(p.cast(), ct, data);
        (&raw mut (*p).length).write(length);
        Ok(Owned::from_raw(p.cast()))
    }
}

/// Makes a cdata as [`own`] does, of any size and alignment. Its block is never shorter than those that are reused.
#[inline(never)]
fn own_large(py: Py<'_>, ct: &CType, size: usize, length: isize, zero: bool) -> R<Owned<CData>> {
    /// The size from which on the system may have memory that is zero already.
    const LARGE: usize = 512;
    let align = payload_align(ct);
    let extra = if align > 16 { align } else { 0 };
    let total = size.checked_add(PAYLOAD + extra).filter(|n| isize::try_from(*n).is_ok());
    let Some(total) = total else { return Err(py.no_memory()) };
    let total = total.max(PAYLOAD + OWNED);
    let tp = ct.state().types.cdata_own;
    // SAFETY: the block holds the layout, the gap for alignment and the payload; all members are written.
    unsafe {
        let calloc = zero && total > LARGE;
        let p = if calloc {
            alloc_zeroed::<CDataLen>(py, tp, total)?
        } else {
            alloc_plain::<CDataLen>(py, tp, total)?
        };
        let mut data = p.cast::<u8>().add(PAYLOAD);
        if zero && !calloc {
            data.write_bytes(0, total - PAYLOAD);
        }
        if extra != 0 {
            data = data.add(data.align_offset(align));
        }
        fill(p.cast(), ct, data);
        (&raw mut (*p).length).write(length);
        Ok(Owned::from_raw(p.cast()))
    }
}

/// Returns whether owned memory of the type needs more alignment than the interpreter's allocator gives.
#[inline(always)]
fn is_over_aligned(ct: &CType) -> bool {
    let held = if ct.access == Access::Pointer { ct.item() } else { Some(ct) };
    held.is_some_and(|held| {
        matches!(held.access, Access::Aggregate | Access::Array | Access::OpenArray) && payload_align(ct) > 16
    })
}

/// Returns whether the memory that a cdata of [`own`] has is so little that its block is reused.
#[inline(always)]
pub(super) fn is_owned_small(cd: &CData) -> bool {
    let ct = cd.ct();
    match ct.access {
        Access::Pointer => ct.item().is_some_and(|item| (item.access as u8) <= Access::Pointer as u8),
        Access::Array | Access::OpenArray => {
            ct.item().is_some_and(|item| cd.array_len().saturating_mul(item.size()) <= OWNED.cast_signed())
        }
        // SAFETY: a struct or union that owns its memory has that layout. A length other than -1 is the size of its block,
        // which may be much more than the size of its type.
        _ => unsafe {
            let length = (*std::ptr::from_ref(cd).cast::<CDataLen>()).length;
            ct.size() <= OWNED.cast_signed() && length <= OWNED.cast_signed()
        },
    }
}

/// Returns the alignment that owned memory of the type needs (for a pointer type, memory of its item).
pub(crate) fn payload_align(ct: &CType) -> usize {
    if ct.access == Access::Aggregate {
        return least_align(ct.length().max(1).unsigned_abs());
    }
    let mut inner = ct;
    while inner.decays() {
        match inner.item() {
            Some(item) => inner = item,
            None => break,
        }
    }
    let align = match inner.access {
        Access::Pointer => inner
            .item()
            .map_or(16, |i| if i.is_array() { payload_align(i) } else { i.length().max(1).unsigned_abs() }),
        Access::Void => 16,
        Access::Array => inner.vector_align(),
        _ => inner.length().max(1).unsigned_abs(),
    };
    least_align(align)
}

/// Returns an alignment of a type if there can be such memory, else that of all blocks.
#[inline(always)]
fn least_align(align: usize) -> usize {
    if align.is_power_of_two() && align <= 1 << 16 { align } else { 16 }
}

/// Makes a pointer to a struct which keeps the struct's object alive.
pub(crate) fn struct_pointer(py: Py<'_>, ct: &CType, target: Owned<CData>) -> R<Owned<CData>> {
    // SAFETY: an owning pointer to a struct has this layout; all members are written.
    unsafe {
        let p = alloc_small::<CDataStructPtr>(py, ct, ct.state().types.cdata_own)?;
        fill(p.cast(), ct, target.data());
        (&raw mut (*p).target).write(target.into_obj());
        Ok(Owned::from_raw(p.cast()))
    }
}

/// Makes a pointer to a struct from an allocator, which the garbage collector has to find.
pub(crate) fn tracked_struct_pointer(py: Py<'_>, ct: &CType, target: Owned<CData>) -> R<Owned<CData>> {
    // SAFETY: the type has this layout; all members are written before the object is tracked.
    unsafe {
        let p = alloc_gc::<CDataStructPtr>(py, ct.state().types.cdata_own_tracked)?;
        fill(p.cast(), ct, target.data());
        (&raw mut (*p).target).write(target.into_obj());
        track(p.cast());
        Ok(Owned::from_raw(p.cast()))
    }
}
