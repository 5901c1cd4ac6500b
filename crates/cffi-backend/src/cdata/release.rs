//! `release` and the context manager.

use super::from_buffer::CDataFromBuf;
use super::gcp::CDataGcp;
use crate::value::object::{CData, Owner};
use cffi_rt::{Args, Obj, Owned, Py, R, raise};

/// Module function and FFI method `release`.
pub(crate) fn release(py: Py<'_>, _receiver: &Obj, cd: &Obj) -> R {
    match cd.downcast::<CData>() {
        Some(cd) => end(py, cd),
        None => Err(raise!(py, Type, "expected a 'cdata' object")),
    }
}

/// `__enter__`.
pub(crate) fn enter(py: Py<'_>, cd: &CData) -> R {
    check(py, cd)?;
    Ok(cd.new_ref().into_obj())
}

/// `__exit__`, which ignores its arguments.
pub(crate) fn exit(py: Py<'_>, cd: &CData, args: Args<'_>) -> R {
    if args.keywords() > 0 {
        return Err(raise!(py, Type, "__exit__() takes no keyword arguments"));
    }
    end(py, cd)
}

/// Refuses a cdata that has nothing to release.
fn check(py: Py<'_>, cd: &CData) -> R<()> {
    match cd.owner() {
        Owner::FromBuf | Owner::Gcp => Ok(()),
        Owner::Own if cd.ct().is_pointer_or_array() => Ok(()),
        _ => Err(raise!(
            py,
            Value,
            "only 'cdata' object from ffi.new(), ffi.gc(), ffi.from_buffer() or ffi.new_allocator()() can be \
             used with the 'with' keyword or ffi.release()"
        )),
    }
}

/// Releases now, or when the last view of memory that a destructor may free is gone. Memory of `new()` is part of the
/// cdata and is not released; only a struct from an allocator, which a pointer keeps as a separate object, can end
/// earlier.
fn end(py: Py<'_>, cd: &CData) -> R {
    check(py, cd)?;
    // The destructor may drop the caller's last reference.
    let target: Option<Owned<CData>> = cd.target().map(CData::new_ref);
    let cd = target.unwrap_or_else(|| cd.new_ref());
    if let Some(gcp) = CDataGcp::of(&cd) {
        gcp.release(py);
    } else if let Some(from) = CDataFromBuf::of(&cd) {
        from.release(py);
    }
    Ok(py.none())
}
