//! Allocation: `newp`.

use crate::cdata::reach;
use crate::convert;
use crate::ctype::{Access, CType, Kind, flag};
use crate::diag::place::{Place, refused};
use crate::memory::Loc;
use crate::state::Module;
use crate::value::{CData, alloc};
use cffi_rt::args::Place as Argument;
use cffi_rt::{Args, Obj, Owned, Params, Py, R, Raised, num, raise};

const PARAMS: Params = Params { function: "newp", names: &["", ""], required: 1 };

/// Module function `newp`.
pub(crate) fn newp(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    if args.keywords() == 0
        && args.len() == 1
        && let Some(ct) = args.get(0).downcast::<CType>()
    {
        return new(py, ct, None, &Source::Own { zero: true }).map(Owned::into_obj);
    }
    let [ct, init] = args.bind(py, &PARAMS)?;
    let Some(ct) = ct else { return Ok(py.none()) };
    let ct = Argument { function: "newp", number: 1 }.exact::<CType>(py, ct)?;
    new(py, ct, init.filter(|i| !i.is_none()), &Source::Own { zero: true }).map(Owned::into_obj)
}

/// The source of the memory.
pub(crate) enum Source<'a> {
    /// Memory behind the cdata object itself.
    Own {
        /// Whether it is zeroed first.
        zero: bool,
    },
    /// Memory from a Python function, to be freed by another.
    Python {
        /// The function that returns a pointer or array cdata, called with the size in bytes.
        alloc: &'a Obj,
        /// The function that frees the cdata, if there is one. Called with the cdata when it is garbage.
        free: Option<&'a Obj>,
        /// Whether the memory is zeroed afterwards.
        zero: bool,
    },
}

/// Allocates the item of a pointer type, or an array, and stores the initializer.
#[inline(always)]
pub(crate) fn new(py: Py<'_>, ct: &CType, init: Option<&Obj>, source: &Source<'_>) -> R<Owned<CData>> {
    if ct.access == Access::OpenArray
        && let (Source::Own { .. }, Some(bytes)) = (source, init.and_then(Obj::as_exact_bytes))
        && ct.item().is_some_and(|item| matches!(item.access, Access::Char8 | Access::I8 | Access::U8))
    {
        return new_text(py, ct, bytes);
    }
    if ct.access == Access::OpenArray
        && let (Source::Own { zero }, Some(init)) = (source, init)
        && let Some(length @ 0..) = num::exact_short_int(py, init)
        && let Ok(length) = isize::try_from(length)
        && let Some(size) = length.checked_mul(ct.item().map_or(0, CType::size).max(0))
    {
        return alloc::own(py, ct, size.unsigned_abs(), length, *zero);
    }
    new_any(py, ct, init, source)
}

#[inline(never)]
fn new_any(py: Py<'_>, ct: &CType, init: Option<&Obj>, source: &Source<'_>) -> R<Owned<CData>> {
    match ct.kind {
        Kind::Pointer => new_item(py, ct, init, source),
        Kind::Array => new_array(py, ct, init, source),
        _ => Err(no_pointer(py, ct)),
    }
}

/// Makes the error for a type that is neither pointer nor array, with a note that names the type that was probably
/// meant.
#[cold]
fn no_pointer(py: Py<'_>, ct: &CType) -> Raised {
    let raised = raise!(py, Type, "expected a pointer or array ctype, got '{}'", ct.name());
    if !matches!(ct.kind, Kind::Primitive | Kind::Enum | Kind::Struct | Kind::Union) {
        return raised;
    }
    let line = format_args!("ffi.new('{} *') allocates one and returns a pointer to it", ct.name());
    py.note(&ct.state().notes, raised, line)
}

fn new_item(py: Py<'_>, ct: &CType, init: Option<&Obj>, source: &Source<'_>) -> R<Owned<CData>> {
    let item = ct.item().unwrap_or(ct);
    item.force(py)?;
    let size = item.size();
    if size < 0 {
        let raised = raise!(py, Type, "cannot instantiate ctype '{}' of unknown size", item.name());
        return Err(unknown_size(py, raised, item));
    }
    if ct.has(flag::AGGREGATE_PTR) {
        return new_struct(py, ct, item, init, source);
    }
    // A character is followed by a NUL, so that its address is a C string.
    let room = if item.access.is_char() { size.saturating_mul(2) } else { size };
    let cd = allocate(py, ct, room, 0, source)?;
    if let Some(init) = init {
        convert::write(py, reach::pointed(py, &cd)?, init)
            .map_err(|raised| refused(py, raised, Place::Initializer, item, init))?;
    }
    Ok(cd)
}

/// Adds a note to the error that tells what to do about a type without size.
#[cold]
pub(crate) fn unknown_size(py: Py<'_>, raised: Raised, ct: &CType) -> Raised {
    if !ct.is_aggregate() {
        return raised;
    }
    let line = format_args!(
        "'{}' is declared without fields: check the name, or get a pointer to one from the library",
        ct.name()
    );
    py.note(&ct.state().notes, raised, line)
}

/// Allocates a struct. The struct is a separate object that the pointer keeps alive: `p[0]` is that object.
fn new_struct(
    py: Py<'_>,
    ct: &CType,
    item: &CType,
    init: Option<&Obj>,
    source: &Source<'_>,
) -> R<Owned<CData>> {
    let var = item.has_var_array();
    let size = match init {
        Some(init) if var => convert::aggregate::var_size(py, item, init)?,
        _ => item.size(),
    };
    let target = allocate(py, item, size, size, source)?;
    let cd = match source {
        Source::Own { .. } => alloc::struct_pointer(py, ct, target)?,
        Source::Python { .. } => alloc::tracked_struct_pointer(py, ct, target)?,
    };
    if let Some(init) = init {
        let new = cd.target().unwrap_or(&cd);
        let stored = if var {
            convert::aggregate::write_new(py, new, init)
        } else {
            convert::aggregate::write(py, Loc::shown(py, new)?, init, None)
        };
        stored.map_err(|raised| refused(py, raised, Place::Initializer, item, init))?;
    }
    Ok(cd)
}

fn new_array(py: Py<'_>, ct: &CType, init: Option<&Obj>, source: &Source<'_>) -> R<Owned<CData>> {
    let item = ct.item().unwrap_or(ct);
    if ct.access == Access::OpenArray
        && matches!(item.access, Access::Char8 | Access::I8 | Access::U8)
        && let (Source::Own { .. }, Some(bytes)) = (source, init.and_then(Obj::as_bytes))
    {
        return new_text(py, ct, bytes);
    }
    if ct.access == Access::OpenArray
        && let Some(length) = init.and_then(|init| num::exact_int(py, init))
        && let Ok(length @ 0..) = isize::try_from(length)
        && let Some(size) = length.checked_mul(item.size().max(0))
    {
        return allocate(py, ct, size, length, source);
    }
    let (length, init) = if ct.length() >= 0 {
        (ct.length(), init)
    } else {
        let none = py.none();
        let (length, stored) = convert::array::new_length(py, item, init.unwrap_or(&none))?;
        (length, init.filter(|_| stored))
    };
    let Some(size) = length.checked_mul(item.size().max(0)) else {
        return Err(raise!(py, Overflow, "array size would overflow a Py_ssize_t"));
    };
    if let (Source::Own { zero: true }, Some(init)) = (source, init)
        && convert::array::overwrites(item, init, length)
    {
        let cd = allocate(py, ct, size, length, &Source::Own { zero: false })?;
        convert::array::write_new(py, ct, reach::whole(py, &cd)?, init)
            .map_err(|raised| refused(py, raised, Place::Initializer, ct, init))?;
        return Ok(cd);
    }
    let cd = allocate(py, ct, size, length, source)?;
    if let Some(init) = init {
        convert::array::write(py, ct, reach::whole(py, &cd)?, init)
            .map_err(|raised| refused(py, raised, Place::Initializer, ct, init))?;
    }
    Ok(cd)
}

/// Allocates an open array of bytes with a copy of `bytes` and their terminator.
#[inline(never)]
fn new_text(py: Py<'_>, ct: &CType, bytes: &[u8]) -> R<Owned<CData>> {
    let length = bytes.len() + 1;
    let cd = alloc::own(py, ct, length, length.cast_signed(), false)?;
    reach::whole(py, &cd)?.copy_from_text(bytes);
    Ok(cd)
}

/// Allocates `size` bytes for a cdata of type `ct`; `length` has the meaning that it has in
/// [`crate::value::object::CDataLen`].
#[inline(always)]
fn allocate(py: Py<'_>, ct: &CType, size: isize, length: isize, source: &Source<'_>) -> R<Owned<CData>> {
    match *source {
        Source::Own { zero } => alloc::own(py, ct, size.max(0).unsigned_abs(), length, zero),
        Source::Python { alloc, free, zero } => {
            super::allocator::allocate(py, ct, size, length, alloc, free, zero)
        }
    }
}
