//! The connections from methods of `FFI` to `Lib` objects and `extern "Python"` functions.

use cffi_abi::Op;

use crate::callback::extern_python;
use crate::decls::object::FfiObject;
use crate::lib_obj::object::Lib;
use crate::lib_obj::{dlopen as lib_dlopen, entry, function as lib_function};
use crate::realize::opcode as realize;
use crate::realize::words::Words;
use crate::state::State;
use cffi_rt::args::Place;
use cffi_rt::{Args, Obj, Owned, Params, Py, R, Raised, text};

/// `addressof(lib, "name")`. Returns `None` if the first argument is no `Lib`.
pub(crate) fn address_of(py: Py<'_>, _ffi: &FfiObject, args: Args<'_>) -> R<Option<Owned>> {
    const PARAMS: Params = Params { function: "", names: &["", ""], required: 2 };
    if args.get(0).downcast::<Lib>().is_none() {
        return Ok(None);
    }
    let [Some(lib), Some(name)] = args.bind::<2>(py, &PARAMS)? else { return Ok(None) };
    let lib = Place { function: "", number: 1 }.exact::<Lib>(py, lib)?;
    let name = Place { function: "", number: 2 }.text(py, name)?;
    lib_function::address_of(py, lib, name).map(Some)
}

/// Returns the type of a `lib.function` of a compiled module; `None` for other objects.
pub(crate) fn type_of(py: Py<'_>, _st: &State, obj: &Obj) -> R<Option<Owned>> {
    Ok(lib_function::type_of(py, obj)?.map(Owned::into_obj))
}

/// `dlopen(name=None, flags=0)`.
pub(crate) fn dlopen(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    args.no_keywords(py, "FFI.dlopen")?;
    lib_dlopen::dlopen(py, ffi, args)
}

/// Makes the libraries of an FFI object forget their attributes, whose names may have another meaning now.
pub(crate) fn forget_attributes(py: Py<'_>, ffi: &FfiObject) -> R<()> {
    let Some(declarations) = ffi.inline() else { return Ok(()) };
    for lib in declarations.libs(py)? {
        if let Some(lib) = lib.downcast::<Lib>() {
            lib.cached.empty(py);
            lib.attrs.empty(py);
        }
    }
    Ok(())
}

/// `dlclose(lib)`.
pub(crate) fn dlclose(py: Py<'_>, _ffi: &FfiObject, args: Args<'_>) -> R {
    const PARAMS: Params = Params { function: "", names: &[""], required: 1 };
    args.no_keywords(py, "FFI.dlclose")?;
    let [Some(lib)] = args.bind::<1>(py, &PARAMS)? else { return Err(py.no_memory()) };
    lib_dlopen::dlclose(py, lib)
}

/// The arguments of `def_extern(name, error, onerror)`, and the function that it decorates.
pub(crate) struct DefExtern<'a> {
    pub(crate) name: Option<&'a Obj>,
    pub(crate) error: Option<&'a Obj>,
    pub(crate) onerror: Option<&'a Obj>,
    pub(crate) callable: &'a Obj,
}

/// Attaches a Python function to an `extern "Python"` one: to the one with the given name, or else with the function's
/// own.
///
/// # Errors
/// `ffi.error` if there is no function with this name; those of callbacks.
pub(crate) fn def_extern(py: Py<'_>, ffi: &FfiObject, request: &DefExtern<'_>) -> R<()> {
    let name = match request.name {
        Some(name) if name.is_str() => name.new_ref(),
        Some(name) => return Err(Place { function: "", number: 2 }.wrong(py, "str or None", name)),
        None => request.callable.getattr_str(py, "__name__")?,
    };
    let name = text::utf8_no_nul(py, &name)?;
    let cx = ffi.context();
    let global = cx.decl().find_global(name.as_bytes()).and_then(|i| cx.decl().global(i));
    let is_extern = |op: cffi_abi::Opcode| op.op() == Ok(Op::ExternPython);
    let Some(global) = global.filter(|g| is_extern(g.op)) else { return Err(unknown(py, ffi, name)) };
    let function = entry::needed(py, cx, &global)?;
    let ct = realize::ctype(py, cx, Words::Table, entry::type_index(py, cx, global.op)?)?;
    let (error, onerror) = (request.error, request.onerror);
    // SAFETY: the address of such a global is the structure of its function.
    unsafe { extern_python::attach(py, function.cast(), &ct, request.callable, error, onerror) }
}

#[cold]
fn unknown(py: Py<'_>, ffi: &FfiObject, name: &str) -> Raised {
    let text = format_args!("ffi.def_extern('{name}'): no 'extern \"Python\"' function with this name");
    ffi.context().state().ffi_error(py, text)
}
