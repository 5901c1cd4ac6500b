//! The module's functions and the methods of `FFI` that use memory.

use pyo3_ffi as ffi;

use super::gate::{Use, alive, pass, pass_all};
use super::own;
use super::slots::{Part, writing};
use super::{compiled, functions_known, heap, in_line, lent, objects, refused, site, written};
use crate::cdata::from_buffer::CDataFromBuf;
use crate::cdata::gcp::{self, CDataGcp};
use crate::cdata::newp::{self, Source};
use crate::cdata::{extent, from_buffer, memory, release, string, unpack};
use crate::ctype::{Access, CType};
use crate::decls::object::FfiObject;
use crate::ffi_obj::bound::{self, Bound};
use crate::ffi_obj::methods::allocate::{self, ALLOCATOR_DOC, NEW, NEW_ALLOCATOR};
use crate::ffi_obj::resolve::{self, Accept};
use crate::front::parser::CdefParser;
use crate::front::seam;
use crate::state::Module;
use crate::value::CData;
use crate::value::object::Owner;
use cffi_regions::block::WIDTH;
use cffi_regions::mapped;
use cffi_regions::region::{How, Kind};
use cffi_regions::{Region, What, registry};
use cffi_rt::args::{self, int_or};
use cffi_rt::slots::method;
use cffi_rt::table::Method;
use cffi_rt::{Args, Obj, Owned, Params, Py, R, attr, function, interp, num, raise, seq, text};

/// Binds arguments. `None` where that fails: the function that is called afterwards raises the error.
pub(super) fn bound<'a, const N: usize>(
    py: Py<'_>,
    args: Args<'a>,
    params: &Params,
) -> Option<[Option<&'a Obj>; N]> {
    match args.bind::<N>(py, params) {
        Ok(found) => Some(found),
        Err(raised) => {
            py.err_clear(raised);
            None
        }
    }
}

/// Returns the value of an `int` argument, if it is exactly one; others are left to the function itself.
fn whole(py: Py<'_>, obj: Option<&Obj>, missing: isize) -> Option<isize> {
    let Some(obj) = obj else { return Some(missing) };
    if obj.tp() != &raw mut ffi::PyLong_Type {
        return None;
    }
    num::exact_ssize(py, obj).map_err(|raised| py.err_clear(raised)).ok()
}

const STRING: Params = Params { function: "string", names: &["cdata", "maxlen"], required: 1 };

/// `string`
pub(super) fn string(py: Py<'_>, receiver: &Obj, args: Args<'_>) -> R {
    if let Some([Some(cd), maxlen]) = bound::<2>(py, args, &STRING)
        && let Some(cd) = cd.downcast::<CData>()
        && let Some(maxlen) = whole(py, maxlen, -1)
    {
        text(py, cd, usize::try_from(maxlen).ok())?;
    }
    refused::null(py, first_address(args), string::string(py, receiver, args))
}

/// Checks the memory of a C string up to and with its zero, or up to its limit.
fn text(py: Py<'_>, cd: &CData, maxlen: Option<usize>) -> R<()> {
    let Some(item) = cd.ct().item().filter(|_| cd.ct().is_pointer_or_array()) else { return Ok(()) };
    let unit = match item.access {
        Access::Char8 | Access::I8 | Access::U8 => 1,
        Access::Char16 => 2,
        Access::Char32 => 4,
        _ => return Ok(()),
    };
    let data = cd.data().addr();
    if data == 0 {
        return Ok(());
    }
    let limit = maxlen.map_or(usize::MAX, |most| most.saturating_mul(unit));
    let limit = limit.min(extent::known_extent(cd).unwrap_or(usize::MAX));
    let what = Part { verb: "string() reads", part: &"the text", of: cd.ct() };
    alive(py, cd, &what)?;
    pass_all(py, cd.data(), unit.min(limit), Use::Read, &what)?;
    let mut at = data;
    let end = data.saturating_add(limit);
    while at < end {
        let most = (end - at).min(1 << 16);
        let room = registry().room(at).unwrap_or_else(|| mapped::readable(at, most)).min(most);
        let whole = room - room % unit;
        // SAFETY: the bytes were found to be readable just now.
        if unsafe { has_zero(at, whole, unit) } {
            return Ok(());
        }
        if whole < most {
            // The unit at which the memory ends.
            return pass(
                py,
                std::ptr::without_provenance(at + whole),
                unit.min(end - at - whole),
                Use::Read,
                &what,
            );
        }
        at += whole;
    }
    Ok(())
}

/// Returns whether one of the units in `len` bytes is zero.
///
/// # Safety
/// The bytes at the address can be read.
unsafe fn has_zero(at: usize, len: usize, unit: usize) -> bool {
    // SAFETY: the caller promises bytes that can be read.
    let bytes = unsafe { std::slice::from_raw_parts(std::ptr::with_exposed_provenance::<u8>(at), len) };
    match unit {
        // SAFETY: the C function stays within the bytes of the slice.
        1 => len > 0 && unsafe { !libc::memchr(bytes.as_ptr().cast(), 0, len).is_null() },
        _ => bytes.chunks_exact(unit).any(|unit| unit.iter().all(|b| *b == 0)),
    }
}

const UNPACK: Params = Params { function: "unpack", names: &["cdata", "length"], required: 2 };

/// `unpack`
pub(super) fn unpack(py: Py<'_>, receiver: &Obj, args: Args<'_>) -> R {
    if let Some([Some(cd), length]) = bound::<2>(py, args, &UNPACK)
        && let Some(cd) = cd.downcast::<CData>()
        && let Some(length) = whole(py, length, -1).and_then(|n| usize::try_from(n).ok())
        && let Some(size) = cd.ct().item().and_then(CType::known_size)
    {
        let bytes = length.saturating_mul(size);
        if is_possible(cd, bytes) {
            let what = Part { verb: "unpack() reads", part: &format_args!("{length} items"), of: cd.ct() };
            alive(py, cd, &what)?;
            pass_all(py, cd.data(), bytes, Use::Read, &what)?;
        }
    }
    refused::null(py, first_address(args), unpack::unpack(py, receiver, args))
}

/// More bytes than any memory has: the backend refuses them itself.
pub(super) const MOST_BYTES: usize = usize::MAX >> 8;

/// Returns whether the backend itself does not refuse so many bytes.
fn is_possible(cd: &CData, bytes: usize) -> bool {
    bytes <= MOST_BYTES && extent::known_extent(cd).is_none_or(|have| bytes <= have)
}

const MEMMOVE: Params = Params { function: "", names: &["dest", "src", "n"], required: 3 };

/// `memmove`
pub(super) fn memmove(py: Py<'_>, receiver: &Obj, args: Args<'_>) -> R {
    if let Some([Some(dest), Some(src), n]) = bound::<3>(py, args, &MEMMOVE)
        && let Some(n) = whole(py, n, -1).and_then(|n| usize::try_from(n).ok())
    {
        if let Some(src) = src.downcast::<CData>().filter(|cd| is_side(cd, n)) {
            let what = Part { verb: "memmove() reads", part: &"the source", of: src.ct() };
            alive(py, src, &what)?;
            pass_all(py, src.data(), n, Use::Read, &what)?;
        }
        if let Some(dest) = dest.downcast::<CData>().filter(|cd| is_side(cd, n)) {
            let what = Part { verb: "memmove() writes", part: &"the destination", of: dest.ct() };
            alive(py, dest, &what)?;
            pass_all(py, dest.data(), n, writing(dest), &what)?;
        }
    }
    let address =
        |i| if i < args.len() { args.get(i).downcast::<CData>().map_or(HIGH, CData::data) } else { HIGH };
    refused::null(py, address(0).min(address(1)), memory::memmove(py, receiver, args))
}

/// An address that is not NULL, for objects that have none.
const HIGH: *mut u8 = std::ptr::without_provenance_mut(usize::MAX);

/// Returns the address of the first argument, or `HIGH` for an argument that is not a cdata.
fn first_address(args: Args<'_>) -> *mut u8 {
    if args.len() == 0 { HIGH } else { args.get(0).downcast::<CData>().map_or(HIGH, CData::data) }
}

fn is_side(cd: &CData, n: usize) -> bool {
    cd.ct().is_pointer_or_array() && !cd.data().is_null() && is_possible(cd, n)
}

const NEWP: Params = Params { function: "newp", names: &["", ""], required: 1 };

/// `newp`
pub(super) fn newp(py: Py<'_>, module: &Module, args: Args<'_>) -> R {
    match bound::<2>(py, args, &NEWP) {
        Some([Some(ct), init]) if ct.downcast::<CType>().is_some() => {
            let ct = args::Place { function: "newp", number: 1 }.exact::<CType>(py, ct)?;
            own::new(py, ct, init.filter(|init| !init.is_none()), true).map(Owned::into_obj)
        }
        _ => newp::newp(py, module, args),
    }
}

/// `FFI.new`
pub(super) fn new(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(cdecl), init] = args.bind(py, &NEW)? else { return Err(py.no_memory()) };
    let ct = resolve::ctype(py, ffi, cdecl, Accept::TYPE)?;
    own::new(py, &ct, init.filter(|init| !init.is_none()), true).map(Owned::into_obj)
}

/// The function that `new_allocator()` returns.
static ALLOCATOR: Method<Bound> = method!(
    fast Bound,
    c"allocator",
    allocator,
    ALLOCATOR_DOC
);

/// `FFI.new_allocator`
pub(super) fn new_allocator(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let Some([alloc, free, clear]) = bound::<3>(py, args, &NEW_ALLOCATOR) else {
        return allocate::new_allocator(py, ffi, args);
    };
    let none = py.none();
    let (alloc, free) = (alloc.unwrap_or(&none), free.unwrap_or(&none));
    if alloc.is_none() && !free.is_none() {
        return allocate::new_allocator(py, ffi, args);
    }
    let clear = int_or(py, clear, 1)? != 0;
    bound::function(py, &ALLOCATOR, &[ffi, alloc, free, &py.bool(clear)])
}

fn allocator(py: Py<'_>, bound: &Bound, args: Args<'_>) -> R {
    let ffi = bound.get(py, 0)?;
    let Some(ffi) = ffi.downcast::<FfiObject>() else {
        return Err(raise!(py, System, "an allocator has lost its FFI object"));
    };
    let zero = bound.get(py, 3)?.is(&py.bool(true));
    let [Some(cdecl), init] = args.bind(py, &NEW)? else { return Err(py.no_memory()) };
    let ct = resolve::ctype(py, ffi, cdecl, Accept::TYPE)?;
    let init = init.filter(|init| !init.is_none());
    let Some(alloc) = bound.get_some(py, 1)? else {
        return own::new(py, &ct, init, zero).map(Owned::into_obj);
    };
    if let Some(init) = init {
        own::initializer_readable(py, &ct, init)?;
    }
    let free = bound.get_some(py, 2)?;
    // Memory without a destructor may be C's to free, so it is left as it is.
    let is_padded = free.is_some()
        && match alloc.downcast::<CData>() {
            Some(function) => functions_known::is_of_c(function),
            None => compiled::is_function(alloc),
        };
    let zones = seq::new_list(py)?;
    let made = if is_padded {
        let alloc = &*bound::function(py, &PADDED, &[alloc, &zones])?;
        newp::new(py, &ct, init, &Source::Python { alloc, free, zero })?
    } else {
        newp::new(py, &ct, init, &Source::Python { alloc, free, zero })?
    };
    allocated(py, &made, zones.is_true(py)?)?;
    Ok(made.into_obj())
}

/// The function that calls an allocator of C for memory with a guard zone behind it. The list that it is bound to gets an
/// item if there is a zone.
static PADDED: Method<Bound> = method!(fast Bound, c"alloc", padded, c"");

fn padded(py: Py<'_>, bound: &Bound, args: Args<'_>) -> R {
    let size = num::exact_ssize(py, args.get(0))?;
    let larger = num::from_isize(py, size.saturating_add(WIDTH.cast_signed()))?;
    let alloc = bound.get(py, 0)?;
    let made = alloc.call(py, &[&larger])?;
    let Some(cd) = made.downcast::<CData>().filter(|cd| cd.ct().is_pointer_or_array()) else {
        return Ok(made);
    };
    if cd.data().is_null() {
        // An allocator with blocks of fixed size may have none that is so large.
        return alloc.call(py, &[args.get(0)]);
    }
    seq::push(py, bound.get(py, 1)?, &py.none())?;
    // SAFETY: the allocator of C was asked for as many bytes more as the zone has, and nobody else has seen the block.
    unsafe { heap::lay_zone(cd.data(), size.max(0).unsigned_abs()) };
    Ok(made)
}

/// Notes memory from an allocator.
fn allocated(py: Py<'_>, made: &CData, has_zone: bool) -> R<()> {
    let owner = made.target().unwrap_or(made);
    let (ct, item) = (made.ct(), made.ct().item());
    let size = item.map_or(0, |item| item.size().max(0));
    let (size, what) = match (owner.var_size(), made.ct().is_array()) {
        (None, true) => (made.array_len().saturating_mul(size), own::array_of(ct, made.array_len())),
        (larger, _) => {
            let name = cffi_memory::concat(&[item.map_or("", CType::name)]);
            (larger.unwrap_or(size), name.map(What::from))
        }
    };
    if registry().find(owner.data().addr()).is_none() {
        let (address, size) = (owner.data().addr(), size.max(0).unsigned_abs());
        let what = py.room(what)?;
        let mut region = Region::lent(address, size, Kind::Allocator, what, true, site::here(py));
        region.alone = has_zone || heap::is_made(address);
        if has_zone {
            // A character is followed by a NUL.
            let is_char = !made.ct().is_array() && item.is_some_and(|item| item.access.is_char());
            let zone = if is_char { 2 * size } else { size };
            // SAFETY: `padded` has laid the zone there, behind what the cdata needs. The region is taken back before the
            // destructor frees the block.
            unsafe { region.set_zone(zone) };
        }
        py.room(lent::lend_region(owner, region))?;
    }
    Ok(())
}

const GC: Params = Params { function: "gc", names: &["cdata", "destructor", "size"], required: 2 };

/// `gcp`, `FFI.gc`
pub(super) fn gc(py: Py<'_>, receiver: &Obj, args: Args<'_>) -> R {
    let made = gcp::gcp(py, receiver, args)?;
    if let Some(cd) = made.downcast::<CData>().filter(|cd| cd.ct().is_pointer_or_array())
        && let Some([_, _, size]) = bound::<3>(py, args, &GC)
        && let Some(size) = whole(py, size, 0).and_then(|size| usize::try_from(size).ok())
        && size > 0
        && extent::by_type(cd).is_none_or(|one| size >= one)
        && registry().find(cd.data().addr()).is_none()
        && registry().lent_at(cd.data().addr()).is_empty()
    {
        let address = cd.data().addr();
        let what = py.room(cffi_memory::format(format_args!("memory of '{}'", cd.ct().name())))?;
        let mut region = Region::lent(address, size, Kind::Destructor, what, true, site::here(py));
        region.alone = heap::is_made(address);
        py.room(lent::lend_region(cd, region))?;
    }
    Ok(made)
}

/// `release`
pub(super) fn release(py: Py<'_>, receiver: &Obj, arg: &Obj) -> R {
    let damaged = arg.downcast::<CData>().and_then(lent::damage);
    let exporter = arg.downcast::<CData>().and_then(CDataFromBuf::of).and_then(CDataFromBuf::exporter);
    let destroys = arg.downcast::<CData>().is_some_and(will_destroy);
    let done = release::release(py, receiver, arg)?;
    if let Some(cd) = arg.downcast::<CData>() {
        ended(py, cd, exporter, destroys)?;
    }
    damaged.map_or(Ok(done), |report| Err(report.raise(py)))
}

/// `CData.__exit__`
pub(super) fn exit(py: Py<'_>, cd: &CData, args: Args<'_>) -> R {
    let damaged = lent::damage(cd);
    let exporter = CDataFromBuf::of(cd).and_then(CDataFromBuf::exporter);
    let destroys = will_destroy(cd);
    let done = release::exit(py, cd, args)?;
    ended(py, cd, exporter, destroys)?;
    damaged.map_or(Ok(done), |report| Err(report.raise(py)))
}

/// Returns whether a cdata has a destructor that has not run.
fn will_destroy(cd: &CData) -> bool {
    let owner = cd.target().unwrap_or(cd);
    CDataGcp::of(owner).is_some_and(CDataGcp::has_destructor)
}

/// Ends what a cdata has owned or lent until its release. `destroys` says whether it had a destructor before.
fn ended(py: Py<'_>, cd: &CData, exporter: Option<Owned>, destroys: bool) -> R<()> {
    let owner = cd.target().unwrap_or(cd);
    match owner.owner() {
        Owner::Own => own::release(py, owner),
        Owner::FromBuf => {
            lent::buffer_ends(py, owner.as_ptr().addr(), exporter.as_deref(), How::Released);
            Ok(())
        }
        Owner::Gcp => {
            let region = lent::take_back(owner.as_ptr().addr());
            // Views that use the memory delay the destructor.
            if let Some(region) = region.filter(|_| destroys && !will_destroy(owner)) {
                lent::destroyed(py, region);
            }
            Ok(())
        }
        Owner::Nobody | Owner::OwnGc => Ok(()),
    }
}

/// `from_buffer`
pub(super) fn from_buffer(py: Py<'_>, module: &Module, args: Args<'_>) -> R {
    let made = from_buffer::from_buffer(py, module, args)?;
    buffer_lent(py, &made, args)?;
    Ok(made)
}

/// `FFI.from_buffer`
pub(super) fn ffi_from_buffer(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let made = allocate::from_buffer(py, ffi, args)?;
    buffer_lent(py, &made, args)?;
    Ok(made)
}

/// The compiled methods of `cffi.FFI` that use memory.
const COMPILED: [&str; 9] =
    ["from_buffer", "from_handle", "gc", "memmove", "new", "new_handle", "release", "string", "unpack"];

/// `set_ffi`. The object gets methods in front of the compiled ones that use memory: those that check, or else the
/// functions that the compiled ones have replaced, which call the functions of the module.
pub(super) fn set_ffi(py: Py<'_>, module: &Module, object: &Obj) -> R {
    let done = seam::set_ffi(py, module, object)?;
    let watched = interp::import(py, c"ferrocffi.checked_verify")
        .and_then(|package| package.getattr_str(py, "watch"))
        .and_then(|watch| watch.call(py, &[]));
    if let Err(raised) = watched {
        // Without the package, only the modules of verify() go unchecked.
        py.err_clear(raised);
    }
    let parser = match object.getattr_str(py, "_parser") {
        Ok(parser) => parser,
        Err(raised) => {
            py.err_clear(raised);
            return Ok(done);
        }
    };
    let Some(parser) = parser.downcast::<CdefParser>() else { return Ok(done) };
    for name in COMPILED {
        let Some(function) = seam::replaced_by_compiled(py, object.class(), name)? else { continue };
        let checking = function::definitions(in_line::METHODS.entries())
            .find(|(known, _)| known.to_bytes() == name.as_bytes());
        let method = match checking {
            Some((_, definition)) if parser.has_compiled_methods() => {
                function::new(py, definition, parser, None)?
            }
            _ => function.getattr_str(py, "__get__")?.call(py, &[object])?,
        };
        attr::set(py, object, &*text::interned(py, name)?, Some(&method))?;
    }
    Ok(done)
}

/// Returns whether the memory of the object's buffer is a whole block: it is of a class whose objects lend all that they
/// have.
fn lends_all(py: Py<'_>, obj: &Obj, bytes: usize) -> bool {
    const BLOCK: usize = 16;
    let tp = obj.tp();
    tp == &raw mut ffi::PyBytes_Type
        || tp == &raw mut ffi::PyByteArray_Type
        || obj.type_name() == "array.array"
        || objects::is_plain_ndarray(py, obj)
        // Behind its memory some bytes are nobody's.
        || (!bytes.is_multiple_of(BLOCK) && objects::is_own_ctypes_array(py, obj))
}

pub(super) fn buffer_lent(py: Py<'_>, made: &Obj, args: Args<'_>) -> R<()> {
    let Some(cd) = made.downcast::<CData>() else { return Ok(()) };
    let Some(buffer) = CDataFromBuf::of(cd) else { return Ok(()) };
    let bytes = buffer.bytes();
    let what = match cd.ct().is_array() {
        true => own::array_of(cd.ct(), cd.array_len()),
        false => cffi_memory::format(format_args!("a buffer of {bytes} bytes")).map(What::from),
    };
    let what = py.room(what)?;
    let writable = !buffer.readonly();
    let mut region = Region::lent(cd.data().addr(), bytes, Kind::Buffer, what, writable, site::here(py));
    let mut objects = (0..args.len().min(2)).map(|i| args.get(i));
    region.of_file = objects.clone().any(|obj| obj.type_name() == "mmap.mmap");
    // The rest of the last page of a mapping is nobody's.
    region.alone = region.of_file && !bytes.is_multiple_of(mapped::page_size());
    if let Some(whole) = objects.find(|obj| lends_all(py, obj, bytes)) {
        region.alone = true;
        region.tail = if bytes > 0 { written::tail_of(whole, region.end()) } else { 0 };
    }
    py.room(lent::lend_region(cd, region))
}
