//! Libraries opened by `FFI.dlopen`.

use std::ffi::CStr;
use std::sync::Arc;

use crate::decls::object::FfiObject;
use crate::lib_obj::inline;
use crate::lib_obj::object as lib_object;
use crate::lib_obj::object::Lib;
use crate::library::{self, Opened};
use crate::value::alloc::Symbol;
use cffi_rt::args::Place;
use cffi_rt::{Args, Obj, Owned, Py, R, text};

/// `FFI.dlopen(name=None, flags=0)`. Makes a lib with the declarations of `ffi`.
pub(crate) fn dlopen(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let Opened { library, name } = match ffi.inline() {
        Some(_) => inline::open(py, ffi, args)?,
        None => library::open(py, &ffi.context().state().notes, args)?,
    };
    lib_object::new(py, ffi, &name, Some(library)).map(Owned::into_obj)
}

/// `FFI.dlclose(lib)`. Closes its library, the first time, and forgets the attributes of the lib.
///
/// # Errors
/// `TypeError` for other objects, `ffi.error` if the system refuses.
pub(crate) fn dlclose(py: Py<'_>, lib: &Obj) -> R {
    let lib = Place { function: "", number: 1 }.exact::<Lib>(py, lib)?;
    if let Some(library) = lib.take_library() {
        lib.attrs.empty(py);
        lib.cached.empty(py);
        // If another thread is looking a symbol up now, it closes the library when it is done.
        if let Some(Err(error)) = Arc::into_inner(library).map(library::Library::close) {
            let text = format_args!("closing library '{}': {error}", lib.shown(py));
            return Err(lib.context().state().ffi_error(py, text));
        }
    }
    Ok(py.none())
}

/// Returns the address of a symbol of an open library.
///
/// # Errors
/// `ffi.error` if there is none, or if the library is closed.
pub(crate) fn symbol(py: Py<'_>, lib: &Lib, name: &CStr) -> R<Symbol> {
    let st = lib.context().state();
    let Some(library) = lib.library() else {
        let lib = text::lossy(py, &lib.name);
        return Err(st.ffi_error(py, format_args!("library '{lib}' has been closed")));
    };
    let name = name.to_string_lossy();
    library.symbol(&name).map_err(|error| {
        let lib = text::lossy(py, &lib.name);
        let raised = st.ffi_error(py, format_args!("symbol '{name}' not found in library '{lib}': {error}"));
        library::not_exported(py, &st.notes, raised)
    })
}
