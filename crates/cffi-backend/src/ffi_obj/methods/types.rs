//! Queries about types: `typeof`, `sizeof`, `alignof`, `getctype`.

use crate::cdata::offset;
use crate::ctype::api;
use crate::decls::object::FfiObject;
use crate::ffi_obj::resolve;
use crate::ffi_obj::resolve::Accept;
use crate::lib_obj::hooks as lib_hooks;
use crate::realize::inline;
use crate::value::CData;
use cffi_rt::args::Place;
use cffi_rt::{Args, Obj, Owned, Params, Py, R, num, text};

/// FFI method `typeof`.
pub(crate) fn typeof_(py: Py<'_>, ffi: &FfiObject, arg: &Obj) -> R {
    if !arg.is_str()
        && let Some(ct) = lib_hooks::type_of(py, ffi.context().state(), arg)?
    {
        return Ok(ct);
    }
    resolve::ctype(py, ffi, arg, Accept::STRING_OR_CDATA).map(Owned::into_obj)
}

/// FFI method `sizeof`.
pub(crate) fn sizeof(py: Py<'_>, ffi: &FfiObject, arg: &Obj) -> R {
    if let Some(cd) = arg.downcast::<CData>() {
        return num::from_isize(py, offset::size_of_data(py, cd)?);
    }
    let ct = resolve::ctype(py, ffi, arg, Accept::ANY)?;
    ct.force(py)?;
    match ct.size() {
        n if n < 0 => {
            let text = format_args!("don't know the size of ctype '{}'", ct.name());
            Err(ffi.context().state().ffi_error(py, text))
        }
        n => num::from_isize(py, n),
    }
}

/// FFI method `alignof`.
pub(crate) fn alignof(py: Py<'_>, ffi: &FfiObject, arg: &Obj) -> R {
    let ct = resolve::ctype(py, ffi, arg, Accept::ANY)?;
    if arg.is_str()
        && let Some(align) = inline::requested_align(py, ffi, arg)?
    {
        return num::from_u64(py, align);
    }
    num::from_isize(py, api::alignment(py, &ct)?)
}

const GETCTYPE: Params = Params { function: "getctype", names: &["cdecl", "replace_with"], required: 1 };

/// FFI method `getctype`.
pub(crate) fn getctype(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(cdecl), declarator] = args.bind(py, &GETCTYPE)? else { return Err(py.no_memory()) };
    let place = Place { function: GETCTYPE.function, number: 2 };
    let declarator = declarator.map_or(Ok(""), |d| place.text(py, d))?;
    let ct = resolve::ctype(py, ffi, cdecl, Accept::TYPE)?;
    text::new_str(py, &py.room(ct.cname().declare(declarator, ct.decays()))?)
}
