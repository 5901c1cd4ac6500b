//! Addresses and offsets inside of data and types: `addressof`, `offsetof`.

use crate::cdata::offset;
use crate::ctype::{CType, make};
use crate::decls::object::FfiObject;
use crate::ffi_obj::resolve;
use crate::ffi_obj::resolve::Accept;
use crate::lib_obj::hooks as lib_hooks;
use crate::value::{CData, alloc};
use cffi_rt::{Args, Owned, Py, R, Raised, num, raise};

/// FFI method `offsetof`.
pub(crate) fn offsetof(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    args.no_keywords(py, "FFI.offsetof")?;
    if args.len() < 2 {
        return Err(raise!(py, Type, "offsetof() expects at least 2 arguments"));
    }
    let ct = resolve::ctype(py, ffi, args.get(0), Accept::TYPE)?;
    let (_, offset) = follow(py, ct, args)?;
    num::from_isize(py, offset)
}

/// Follows the fields and indices after the first argument. Returns the type there and the offset in bytes.
fn follow(py: Py<'_>, mut ct: Owned<CType>, args: Args<'_>) -> R<(Owned<CType>, isize)> {
    let mut offset: isize = 0;
    for i in 1..args.len() {
        let (next, more) = offset::type_offset(py, &ct, args.get(i), i > 1)?;
        ct = next;
        offset = offset.checked_add(more).ok_or_else(|| too_far(py))?;
    }
    Ok((ct, offset))
}

#[cold]
fn too_far(py: Py<'_>) -> Raised {
    raise!(py, Overflow, "array offset would overflow a Py_ssize_t")
}

/// FFI method `addressof`.
pub(crate) fn addressof(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    args.no_keywords(py, "FFI.addressof")?;
    if args.len() < 1 {
        return Err(raise!(py, Type, "addressof() expects at least 1 argument"));
    }
    if let Some(address) = lib_hooks::address_of(py, ffi, args)? {
        return Ok(address);
    }
    let ct = resolve::ctype(py, ffi, args.get(0), Accept::DATA)?;
    let alone = args.len() == 1;
    if !(ct.is_aggregate() || ct.is_array() || (!alone && ct.is_pointer())) {
        let kinds = if alone { "struct/union/array" } else { "struct/union/array/pointer" };
        return Err(raise!(py, Type, "expected a cdata {kinds} object"));
    }
    let Some(cd) = args.get(0).downcast::<CData>() else { return Err(py.no_memory()) };
    let (ct, offset) = follow(py, ct, args)?;
    let pointer = make::pointer_to(py, &ct)?;
    alloc::pointer(py, &pointer, cd.data().wrapping_offset(offset)).map(Owned::into_obj)
}
