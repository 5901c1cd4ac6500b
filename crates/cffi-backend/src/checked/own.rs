//! Memory of `ffi.new()` between guard zones, and its end.

use std::cell::{Cell, OnceCell};

use pyo3_ffi as ffi;

use super::error::{Report, damaged, has_room};
use super::{quarantine, site, values};
use crate::cdata::newp::{self, Source};
use crate::convert;
use crate::ctype::{Access, CType, Kind as TypeKind, flag};
use crate::diag::place::{Place, refused};
use crate::memory::{Items, Loc};
use crate::value::kept::view as kept_view;
use crate::value::object::{CData, CDataLen, OWNED, PAYLOAD};
use crate::value::{alloc, dealloc};
use cffi_memory::NoMemory;
use cffi_regions::region::{How, Kind};
use cffi_regions::site::kept;
use cffi_regions::{Region, Site, What, registry};
use cffi_rt::types::alloc_plain;
use cffi_rt::{Obj, Owned, Py, R};

/// Makes what `new()` makes, in memory between guard zones.
pub(super) fn new(py: Py<'_>, ct: &CType, init: Option<&Obj>, zero: bool) -> R<Owned<CData>> {
    if let Some(init) = init {
        initializer_readable(py, ct, init)?;
    }
    if let Some(made) = direct(py, ct, init, zero, Kind::New)? {
        return Ok(made);
    }
    let made = newp::new(py, ct, init, &Source::Own { zero })?;
    relocated(py, &made, Kind::New)
}

/// Checks the memory that an initializer of `new()` is copied from.
pub(super) fn initializer_readable(py: Py<'_>, ct: &CType, init: &Obj) -> R<()> {
    match ct.kind {
        TypeKind::Pointer => ct.item().map_or(Ok(()), |item| values::readable(py, item, init)),
        _ => values::readable(py, ct, init),
    }
}

/// Makes a cdata in its final memory at once; `None` where there is something to refuse, and for structs of special
/// sizes.
fn direct(py: Py<'_>, ct: &CType, init: Option<&Obj>, zero: bool, kind: Kind) -> R<Option<Owned<CData>>> {
    let Some(item) = ct.item() else { return Ok(None) };
    match ct.kind {
        TypeKind::Pointer => {
            item.force(py)?;
            let Some(size) = item.known_size() else { return Ok(None) };
            if !ct.has(flag::AGGREGATE_PTR) {
                let made = one(py, ct, item, size, zero, kind)?;
                if let Some(init) = init {
                    // SAFETY: the new memory has at least the size of the item.
                    convert::write(py, unsafe { Loc::new(item, made.data()) }, init)
                        .map_err(|raised| refused(py, raised, Place::Initializer, item, init))?;
                }
                return Ok(Some(made));
            }
            if init.is_some() && item.has_var_array() {
                return Ok(None);
            }
            let target = guarded(py, item, item, size, size.cast_signed(), zero, name_of(item), kind)?;
            let made = alloc::struct_pointer(py, ct, target)?;
            if let Some(init) = init {
                // SAFETY: the new memory has the size of the struct.
                unsafe { convert::aggregate::write(py, Loc::new(item, made.data()), init, None) }
                    .map_err(|raised| refused(py, raised, Place::Initializer, item, init))?;
            }
            Ok(Some(made))
        }
        TypeKind::Array => {
            if ct.length() < 0
                && matches!(item.access, Access::Char8 | Access::I8 | Access::U8)
                && let Some(bytes) = init.and_then(Obj::as_bytes)
            {
                return text(py, ct, bytes, kind).map(Some);
            }
            let (length, init) = if ct.length() >= 0 {
                (ct.length(), init)
            } else {
                let Some(init) = init else { return Ok(None) };
                let (length, stored) = convert::array::new_length(py, item, init)?;
                (length, Some(init).filter(|_| stored))
            };
            let size = usize::try_from(length).ok().and_then(|n| n.checked_mul(item.known_size()?));
            let Some(size) = size.filter(|size| isize::try_from(*size).is_ok()) else { return Ok(None) };
            let made = array(py, ct, size, length, zero, kind)?;
            if let Some(init) = init {
                // SAFETY: the new memory holds `length` items.
                unsafe {
                    convert::array::write(
                        py,
                        ct,
                        Items::new(item, made.data(), length.max(0).cast_unsigned()),
                        init,
                    )
                }
                .map_err(|raised| refused(py, raised, Place::Initializer, ct, init))?;
            }
            Ok(Some(made))
        }
        _ => Ok(None),
    }
}

/// Makes an open array of bytes with a copy of `bytes` and their terminator.
fn text(py: Py<'_>, ct: &CType, bytes: &[u8], kind: Kind) -> R<Owned<CData>> {
    let length = bytes.len() + 1;
    let made = array(py, ct, length, length.cast_signed(), false, kind)?;
    // SAFETY: the new memory holds the bytes and one more, and nobody has seen it.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), made.data(), bytes.len());
        made.data().add(bytes.len()).write(0);
    }
    Ok(made)
}

/// Makes a pointer that owns one item.
fn one(py: Py<'_>, ct: &CType, item: &CType, size: usize, zero: bool, kind: Kind) -> R<Owned<CData>> {
    // A character is followed by a NUL, so that its address is a C string.
    let room = if item.access.is_char() { size.saturating_mul(2) } else { size };
    guarded(py, ct, ct, room, 0, zero, name_of(item), kind)
}

fn array(py: Py<'_>, ct: &CType, size: usize, length: isize, zero: bool, kind: Kind) -> R<Owned<CData>> {
    let what = py.room(array_of(ct, length))?;
    guarded(py, ct, ct, size, length, zero, what, kind)
}

/// Returns the name of an array with its length.
pub(super) fn array_of(ct: &CType, length: isize) -> Result<What, NoMemory> {
    Ok(match (name_of(ct), ct.access) {
        (What::Named(name), Access::OpenArray) => What::Array(name, length.max(0).unsigned_abs()),
        (What::Named(name), _) => What::Named(name),
        _ => named(ct, length)?.into(),
    })
}

/// The number of names that a thread keeps.
const NAMES: usize = 64;

/// Names of types that a thread has used, each in the place that the address of the type has.
type Names = Box<[Cell<&'static str>; NAMES]>;

thread_local! {
    /// On the heap, since the C library has room for few variables of threads where calls find theirs fast.
    static RECENT: OnceCell<Names> = const { OnceCell::new() };
}

/// Returns the name of a type, which lives longer than the type.
fn name_of(ct: &CType) -> What {
    let name = ct.name();
    let place = (ct.as_ptr().addr() >> 5) % NAMES;
    let fresh = || Box::new([const { Cell::new("") }; NAMES]);
    let known = RECENT.try_with(|recent| {
        let place = &recent.get_or_init(fresh)[place];
        if place.get() != name {
            place.set(kept(name)?);
        }
        Some(place.get())
    });
    known.ok().flatten().map_or_else(|| name.into(), What::Named)
}

/// Returns the name of an array type with the number of its items.
fn named(ct: &CType, length: isize) -> Result<String, NoMemory> {
    match ct.access {
        Access::OpenArray => {
            let name = ct.cname();
            let tail = name.tail().strip_prefix("[]").unwrap_or(name.tail());
            cffi_memory::format(format_args!("{}[{length}]{tail}", name.head()))
        }
        _ => cffi_memory::concat(&[ct.name()]),
    }
}

/// Copies a cdata that owns memory behind its object into memory between guard zones.
pub(super) fn relocated(py: Py<'_>, made: &CData, kind: Kind) -> R<Owned<CData>> {
    let ct = made.ct();
    if let Some(target) = made.target() {
        let moved = relocated(py, target, kind)?;
        return alloc::struct_pointer(py, ct, moved);
    }
    let item = ct.item().unwrap_or(ct);
    let copy = match ct.access {
        Access::Aggregate => {
            let size = made.var_size().unwrap_or(ct.size());
            guarded(py, ct, ct, size.max(0).unsigned_abs(), size, false, name_of(ct), kind)?
        }
        Access::Array | Access::OpenArray => {
            let length = made.array_len();
            let size = length.saturating_mul(item.size().max(0)).max(0).unsigned_abs();
            array(py, ct, size, length, false, kind)?
        }
        _ => one(py, ct, item, item.size().max(0).unsigned_abs(), true, kind)?,
    };
    let size = registry().starting_at(copy.data().addr()).map_or(0, |region| region.len);
    // SAFETY: both have as many bytes: the new memory was made for the size of the old one.
    unsafe { std::ptr::copy_nonoverlapping(made.data(), copy.data(), size) };
    Ok(copy)
}

/// Returns a view of the struct that a cdata owns, which keeps that cdata alive.
pub(super) fn view(py: Py<'_>, owner: &CData) -> R<Owned<CData>> {
    // SAFETY: the value is that of the owner itself.
    unsafe { kept_view(py, owner.ct(), owner.data(), owner) }
}

/// Makes a cdata of type `ct` that owns `size` bytes between guard zones, aligned as `shape` needs it.
#[allow(clippy::too_many_arguments, reason = "each is one fact of the new object")]
fn guarded(
    py: Py<'_>,
    ct: &CType,
    shape: &CType,
    size: usize,
    length: isize,
    zero: bool,
    what: What,
    kind: Kind,
) -> R<Owned<CData>> {
    let align = alloc::payload_align(shape);
    let address = py.room(registry().make(size, align, zero, kind, what, site::here(py)))?;
    // SAFETY: the type has this layout, and all members are written; the block is as long as those that are reused. The
    // memory is owned by the region, which lives
    // until the object is deallocated.
    let made = unsafe {
        let p = alloc_plain::<CDataLen>(py, ct.state().types.cdata_own, PAYLOAD + OWNED)
            .inspect_err(|_| end(py, address.addr(), How::Collected))?;
        alloc::fill(p.cast(), ct, address);
        (&raw mut (*p).length).write(length);
        Owned::<CData>::from_raw(p.cast())
    };
    Ok(made)
}

/// `tp_dealloc` of cdata that own memory.
///
/// # Safety
/// Called by the interpreter when the last reference is gone.
pub(super) unsafe extern "C" fn dealloc_own(p: *mut ffi::PyObject) {
    // SAFETY: the object is alive until the original function is called; the thread is attached.
    unsafe {
        let cd = &*p.cast::<CData>();
        let ends = !cd.ct().has(flag::AGGREGATE_PTR);
        let address = cd.data().addr();
        dealloc::own_slot().function()(p);
        if ends {
            let py = Py::assume();
            py.with_saved_err(|| end(py, address, How::Collected));
        }
    }
}

/// Ends the region that starts at an address, as its owner is gone.
pub(super) fn end(py: Py<'_>, address: usize, how: How) {
    let Some(region) = registry().starting_at(address) else { return };
    // A struct pointer and other cdata can have the address of memory that has ended before.
    if region.block().is_none() || (!region.is_live() && !region.is_held()) {
        return;
    }
    let was_live = region.is_live();
    let here = if was_live { site::here(py) } else { Site::NONE };
    if let Some(report) = damage_of(&region, was_live, here) {
        let raised = report.raise(py);
        py.unraisable(raised, "at the end of memory that ffi.new() had made");
    }
    if let Some(block) = region.block() {
        if !was_live
            && let Some(offset) = block.written_after_end()
            && region.report_once()
        {
            let raised = quarantine::written_after_end(&region, offset).raise(py);
            py.unraisable(raised, "at the end of memory that was released before");
        }
        block.spoil();
    }
    quarantine::bury(py, region, here, how);
}

fn damage_of(region: &Region, was_live: bool, here: Site) -> Option<Report> {
    let damage = region.block()?.damage()?;
    if !region.report_once() {
        return None;
    }
    if !has_room() {
        return Some(Report::without_room());
    }
    let text = format!("C has written outside of memory that Python owns: {}", damaged(region, damage));
    let mut notes = Vec::new();
    if was_live && here.is_known() {
        notes.push(format!("found at {here}, when the memory was freed; C wrote there at some time before"));
    }
    Some(Report { text, notes })
}

/// Ends the memory of a cdata that is released while objects still refer to it.
///
/// # Errors
/// `AccessError` if C has written outside of the memory.
pub(super) fn release(py: Py<'_>, cd: &CData) -> R<()> {
    let Some(region) = registry().starting_at(cd.data().addr()) else { return Ok(()) };
    if region.block().is_none() || !region.is_live() {
        return Ok(());
    }
    let here = site::here(py);
    registry().end_held(&region, here, How::Released);
    let damage = damage_of(&region, true, here);
    if let Some(block) = region.block() {
        block.spoil();
    }
    match damage {
        Some(report) => Err(report.raise(py)),
        None => Ok(()),
    }
}

/// Ends the memory that was made for an argument of a call that has returned.
pub(super) fn returned(py: Py<'_>, cd: &CData) {
    if let Some(region) = registry().starting_at(cd.data().addr())
        && region.kind == Kind::Argument
    {
        registry().end_held(&region, site::here(py), How::Returned);
        if let Some(block) = region.block() {
            block.spoil();
        }
    }
}

/// Checks the zones of a region after a call. Returns what C has done, and mends the zones.
pub(super) fn damage_after_call(region: &Region) -> Option<String> {
    let block = region.block()?;
    let damage = block.damage()?;
    let text = if has_room() { damaged(region, damage) } else { String::new() };
    block.repair();
    Some(text)
}

/// Makes an array for one argument of a call.
pub(super) fn argument(py: Py<'_>, ct: &CType, value: &Obj) -> R<Owned<CData>> {
    if let Some(made) = direct(py, ct, Some(value), true, Kind::Argument)? {
        return Ok(made);
    }
    let made = newp::new(py, ct, Some(value), &Source::Own { zero: true })?;
    relocated(py, &made, Kind::Argument)
}
