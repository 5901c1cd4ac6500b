//! Methods that make cdata: `new`, `new_allocator`, `cast`, `from_buffer`, `new_handle`.

use std::ffi::CStr;

use crate::cdata::newp::Source;
use crate::cdata::{cast as casts, from_buffer as buffers, newp, own_gc};
use crate::ctype::make;
use crate::decls::object::FfiObject;
use crate::ffi_obj::bound;
use crate::ffi_obj::bound::Bound;
use crate::ffi_obj::resolve;
use crate::ffi_obj::resolve::Accept;
use cffi_rt::args::int_or;
use cffi_rt::slots::method;
use cffi_rt::table::Method;
use cffi_rt::{Args, Obj, Owned, Params, Py, R, raise};

/// The parameters of `new`.
pub(crate) const NEW: Params = Params { function: "new", names: &["cdecl", "init"], required: 1 };

/// FFI method `new`.
pub(crate) fn new(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    new_from(py, ffi, args, &Source::Own { zero: true })
}

#[inline]
fn new_from(py: Py<'_>, ffi: &FfiObject, args: Args<'_>, source: &Source<'_>) -> R {
    let [Some(cdecl), init] = args.bind(py, &NEW)? else { return Err(py.no_memory()) };
    let ct = resolve::ctype(py, ffi, cdecl, Accept::TYPE)?;
    newp::new(py, &ct, init.filter(|i| !i.is_none()), source).map(Owned::into_obj)
}

/// The parameters of `new_allocator`.
pub(crate) const NEW_ALLOCATOR: Params =
    Params { function: "new_allocator", names: &["alloc", "free", "should_clear_after_alloc"], required: 0 };

/// The docstring of the function that `new_allocator()` returns.
pub(crate) const ALLOCATOR_DOC: &CStr =
    c"allocator(cdecl, init=None)\n--\n\nLike FFI.new(), with memory from the function that new_allocator() was given.";

/// The function that `new_allocator()` returns.
static ALLOCATOR: Method<Bound> = method!(
    fast Bound,
    c"allocator",
    allocator,
    ALLOCATOR_DOC
);

/// FFI method `new_allocator`.
pub(crate) fn new_allocator(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [alloc, free, clear] = args.bind(py, &NEW_ALLOCATOR)?;
    let clear = int_or(py, clear, 1)? != 0;
    let none = py.none();
    let (alloc, free) = (alloc.unwrap_or(&none), free.unwrap_or(&none));
    if alloc.is_none() && !free.is_none() {
        return Err(raise!(py, Type, "cannot pass 'free' without 'alloc'"));
    }
    bound::function(py, &ALLOCATOR, &[ffi, alloc, free, &py.bool(clear)])
}

fn allocator(py: Py<'_>, bound: &Bound, args: Args<'_>) -> R {
    let ffi = bound.get(py, 0)?;
    let Some(ffi) = ffi.downcast::<FfiObject>() else {
        return Err(raise!(py, System, "an allocator has lost its FFI object"));
    };
    let zero = bound.get(py, 3)?.is(&py.bool(true));
    let source = match bound.get_some(py, 1)? {
        None => Source::Own { zero },
        Some(alloc) => Source::Python { alloc, free: bound.get_some(py, 2)?, zero },
    };
    new_from(py, ffi, args, &source)
}

const CAST: Params = Params { function: "cast", names: &["", ""], required: 2 };

/// FFI method `cast`.
pub(crate) fn cast(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    args.no_keywords(py, "FFI.cast")?;
    let [Some(cdecl), Some(value)] = args.bind(py, &CAST)? else { return Err(py.no_memory()) };
    let ct = resolve::ctype(py, ffi, cdecl, Accept::TYPE)?;
    casts::to(py, &ct, value).map(Owned::into_obj)
}

const FROM_BUFFER: Params =
    Params { function: "from_buffer", names: &["cdecl", "python_buffer", "require_writable"], required: 1 };

/// FFI method `from_buffer`.
pub(crate) fn from_buffer(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(cdecl), buffer, writable] = args.bind(py, &FROM_BUFFER)? else { return Err(py.no_memory()) };
    let writable = int_or(py, writable, 0)? != 0;
    let (ct, buffer) = match buffer {
        Some(buffer) => (resolve::ctype(py, ffi, cdecl, Accept::TYPE)?, buffer),
        None => (make::char_array(py, ffi.context().state())?, cdecl),
    };
    buffers::new(py, &ct, buffer, writable).map(Owned::into_obj)
}

/// FFI method `new_handle`.
pub(crate) fn new_handle(py: Py<'_>, ffi: &FfiObject, obj: &Obj) -> R {
    let ct = make::void_pointer(py, ffi.context().state())?;
    own_gc::new_handle(py, &ct, obj).map(Owned::into_obj)
}
