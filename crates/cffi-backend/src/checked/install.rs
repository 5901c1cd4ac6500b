//! Puts the functions of checked mode into their places, while the module is made.

use std::ffi::{CStr, c_void};

use pyo3_ffi as ffi;

use super::{
    call, callbacks, compiled, crashes, dealloc, functions, handles, libraries, listing, own, slots, views,
};
use crate::callback::watch;
use crate::cdata::buffer::Buffer;
use crate::cdata::iter::{CDataIter, TrackedIter};
use crate::decls::object::FfiObject;
use crate::lib_obj::object::Lib;
use crate::library::{self, CLibrary};
use crate::state::hooks::Hooks;
use crate::state::{Module, State};
use crate::value::CData;
use cffi_rt::slots::vectorcall;
use cffi_rt::slots::{METHODS_END, Table, method, slot};
use cffi_rt::types::{self, Change};
use cffi_rt::{Obj, Owned, Py, R, dict, function, module, text};

/// Gives the types that are made from now on the slots of checked mode.
pub(crate) fn change_types() {
    let changes = || {
        let change = |name, collected, slot, function| Change { name, collected, slot, function };
        let base = c"_cffi_backend._CDataBase";
        let buffer = c"_cffi_backend.buffer";
        let lib = c"_cffi_backend.Lib";
        let iterator = c"_cffi_backend.__CData_iterator";
        vec![
            change(
                base,
                None,
                ffi::Py_mp_subscript,
                slot!(subscript CData, *mut ffi::PyObject, slots::get_item) as *const c_void,
            ),
            change(
                base,
                None,
                ffi::Py_mp_ass_subscript,
                slot!(assign CData, slots::set_item) as *const c_void,
            ),
            change(
                base,
                None,
                ffi::Py_tp_getattro,
                slot!(subscript CData, *mut ffi::PyObject, slots::get_attr) as *const c_void,
            ),
            change(base, None, ffi::Py_tp_setattro, slot!(assign CData, slots::set_attr) as *const c_void),
            change(
                iterator,
                Some(false),
                ffi::Py_tp_iternext,
                slot!(unary CDataIter, *mut ffi::PyObject, slots::next) as *const c_void,
            ),
            change(
                iterator,
                Some(true),
                ffi::Py_tp_iternext,
                slot!(unary TrackedIter, *mut ffi::PyObject, slots::next_tracked) as *const c_void,
            ),
            change(c"_cffi_backend.__CDataOwn", None, ffi::Py_tp_dealloc, own::dealloc_own as *const c_void),
            change(
                c"_cffi_backend.__CDataFromBuf",
                None,
                ffi::Py_tp_dealloc,
                dealloc::buffer as *const c_void,
            ),
            change(c"_cffi_backend.__CDataOwnGC", None, ffi::Py_tp_dealloc, dealloc::own_gc as *const c_void),
            change(c"_cffi_backend.__CDataGCP", None, ffi::Py_tp_dealloc, dealloc::gcp as *const c_void),
            change(
                lib,
                None,
                ffi::Py_tp_getattro,
                slot!(subscript Lib, *mut ffi::PyObject, compiled::get) as *const c_void,
            ),
            change(lib, None, ffi::Py_tp_setattro, slot!(assign Lib, compiled::set) as *const c_void),
            change(buffer, None, ffi::Py_bf_getbuffer, views::get_buffer as *const c_void),
            change(
                buffer,
                None,
                ffi::Py_tp_richcompare,
                slot!(compare Buffer, views::compare) as *const c_void,
            ),
            change(buffer, None, ffi::Py_sq_item, slot!(item Buffer, views::item) as *const c_void),
            change(
                buffer,
                None,
                ffi::Py_sq_ass_item,
                slot!(assign_item Buffer, views::set_item) as *const c_void,
            ),
            change(
                buffer,
                None,
                ffi::Py_mp_subscript,
                slot!(subscript Buffer, *mut ffi::PyObject, views::subscript) as *const c_void,
            ),
            change(
                buffer,
                None,
                ffi::Py_mp_ass_subscript,
                slot!(assign Buffer, views::set_subscript) as *const c_void,
            ),
        ]
    };
    // SAFETY: each function was made for its slot by `slot!`, or does what the function in its place does, with objects of
    // the types that the change names.
    unsafe { types::change_slots(changes) };
}

/// Gives function pointers that are made from now on the entries of checked mode.
pub(crate) fn change_hooks(hooks: &mut Hooks) {
    hooks.entry_of = call::entry_of;
    hooks.general_entry = call::GENERAL;
    hooks.keeping_entry_of = call::keeping_entry_of;
    hooks.deciding_entry = call::vectorcall_deciding;
}

/// The functions of the module that take the place of others of their names, whose docstrings they get.
static FUNCTIONS: Table<ffi::PyMethodDef, 11> = Table([
    method!(fast Module, c"string", functions::string, c""),
    method!(fast Module, c"unpack", functions::unpack, c""),
    method!(fast Module, c"memmove", functions::memmove, c""),
    method!(fast Module, c"newp", functions::newp, c""),
    method!(fast Module, c"gcp", functions::gc, c""),
    method!(one Module, c"release", functions::release, c""),
    method!(fast Module, c"from_buffer", functions::from_buffer, c""),
    method!(fast Module, c"newp_handle", handles::newp_handle, c""),
    method!(one Module, c"from_handle", handles::from_handle, c""),
    method!(one Module, c"set_ffi", functions::set_ffi, c""),
    METHODS_END,
]);

/// The functions that only checked mode has.
static LISTING: Table<ffi::PyMethodDef, 4> = Table([
    method!(noargs Module, c"_checked_regions", listing::regions, c"_checked_regions($module, /)\n--\n\nFor ferrocffi.checked.regions(): all live regions."),
    method!(fast Module, c"_checked_function", compiled::checked_function, c"_checked_function($module, function, ctype, name, /)\n--\n\nFor modules of verify(): a function that checks, in place of a built-in one."),
    method!(noargs Module, c"_checked_quarantine", listing::quarantine, c"_checked_quarantine($module, /)\n--\n\nFor ferrocffi.checked.report(): (regions, bytes) of freed memory that is kept."),
    METHODS_END,
]);

/// The methods of `FFI` that take the place of others.
static METHODS: Table<ffi::PyMethodDef, 11> = Table([
    method!(fast FfiObject, c"string", functions::string, c""),
    method!(fast FfiObject, c"unpack", functions::unpack, c""),
    method!(fast FfiObject, c"memmove", functions::memmove, c""),
    method!(fast FfiObject, c"new", functions::new, c""),
    method!(fast FfiObject, c"new_allocator", functions::new_allocator, c""),
    method!(fast FfiObject, c"gc", functions::gc, c""),
    method!(one FfiObject, c"release", functions::release, c""),
    method!(fast FfiObject, c"from_buffer", functions::ffi_from_buffer, c""),
    method!(one FfiObject, c"new_handle", handles::new_handle, c""),
    method!(one FfiObject, c"from_handle", handles::from_handle, c""),
    METHODS_END,
]);

/// The methods of cdata that take the place of others.
static CDATA: Table<ffi::PyMethodDef, 2> = Table([
    method!(fast CData, c"__exit__", functions::exit, c"__exit__($self, /, *args)\n--\n\nRelease the data, as `release()` does."),
    METHODS_END,
]);

/// The methods of opened libraries that take the place of others.
static LIBRARY: Table<ffi::PyMethodDef, 3> = Table([
    method!(fast CLibrary, c"read_variable", compiled::read_variable, c""),
    method!(fast CLibrary, c"write_variable", compiled::write_variable, c""),
    METHODS_END,
]);

fn until_end(table: &'static [ffi::PyMethodDef]) -> impl Iterator<Item = &'static ffi::PyMethodDef> {
    table.iter().take_while(|definition| !definition.ml_name.is_null())
}

/// Returns a definition like `checked` with the docstring of the one of that name in `originals`. It is never freed: the
/// function objects refer to it.
fn documented(
    checked: &'static ffi::PyMethodDef,
    originals: &'static [ffi::PyMethodDef],
) -> &'static ffi::PyMethodDef {
    // SAFETY: the names of both tables are C strings of the program itself.
    let name = |definition: &ffi::PyMethodDef| unsafe { CStr::from_ptr(definition.ml_name) };
    let original = until_end(originals).find(|original| name(original) == name(checked));
    let mut definition = *checked;
    if let Some(original) = original {
        definition.ml_doc = original.ml_doc;
    }
    Box::leak(Box::new(definition))
}

/// Puts the functions into a module that is complete otherwise. `functions` and `methods` are the tables of the module
/// and of the class `FFI`.
pub(crate) fn change_functions(
    py: Py<'_>,
    module: &Obj,
    state: &State,
    originals: &'static [ffi::PyMethodDef],
    methods: &'static [ffi::PyMethodDef],
) -> R<()> {
    let (name, members) = (module::name(py, module)?, module::dict(py, module)?);
    for (key, checked) in function::definitions(&FUNCTIONS).chain(function::definitions(&LISTING)) {
        let function = function::new(py, documented(checked, originals), Some(module), Some(&name))?;
        dict::set(py, members, &*text::interned(py, &key.to_string_lossy())?, &function)?;
    }
    crashes::install(py);
    watch::watch(&callbacks::WATCH);
    library::watch::watch(&libraries::WATCH);
    // SAFETY: the state owns these types, which Python code has not seen yet.
    unsafe {
        replace_methods(py, state.types.ffi, &METHODS.0, methods)?;
        replace_methods(py, state.types.cdata, &CDATA.0, &CDATA.0)?;
        replace_methods(py, state.types.clibrary, &LIBRARY.0, library::methods())?;
        (*state.types.buffer).tp_vectorcall = Some(vectorcall::<views::Make>);
    }
    Ok(())
}

/// Replaces methods of a class that Python code has not seen yet.
///
/// # Safety
/// The class is alive, and Python code has not seen it yet.
unsafe fn replace_methods(
    py: Py<'_>,
    class: *mut ffi::PyTypeObject,
    table: &'static [ffi::PyMethodDef],
    originals: &'static [ffi::PyMethodDef],
) -> R<()> {
    for checked in until_end(table) {
        // SAFETY: attached; the class is alive, its dict is its own, and definitions are never freed.
        unsafe {
            let definition = std::ptr::from_ref(documented(checked, originals)).cast_mut();
            let method = Owned::from_new(py, ffi::PyDescr_NewMethod(class, definition))?;
            let name = text::interned(py, &CStr::from_ptr(checked.ml_name).to_string_lossy())?;
            cffi_rt::dict::set(py, Obj::from_ptr((*class).tp_dict), &name, &method)?;
        }
    }
    // SAFETY: attached; a live type whose dict has changed.
    unsafe { ffi::PyType_Modified(class) };
    Ok(())
}
