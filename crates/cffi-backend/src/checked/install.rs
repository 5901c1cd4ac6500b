//! Puts the functions of checked mode into their places, while the module is made.

use std::ffi::CStr;

use pyo3_ffi as ffi;

use super::{
    call, callbacks, compiled, crashes, dealloc, functions, handles, libraries, listing, own, slots, views,
};
use crate::callback::watch;
use crate::cdata::buffer::Buffer;
use crate::cdata::from_buffer::CDataFromBuf;
use crate::cdata::gcp::CDataGcp;
use crate::cdata::iter::{CDataIter, TrackedIter};
use crate::cdata::own_gc::CDataOwnGc;
use crate::decls::object::FfiObject;
use crate::lib_obj::object::Lib;
use crate::library::{self, CLibrary};
use crate::state::hooks::Hooks;
use crate::state::{Module, State};
use crate::value::CData;
use cffi_rt::at::{self, Entry};
use cffi_rt::slots::{method, slot, vectorcall};
use cffi_rt::table::{Method, Table};
use cffi_rt::types::{self, Change};
use cffi_rt::{Obj, Owned, Py, R, dict, function, module, text};

/// Gives the types that are made from now on the slots of checked mode.
pub(crate) fn change_types() {
    types::change_slots(|| {
        let mut all = Vec::from(cdata_slots());
        all.extend(iterator_slots());
        all.extend(deallocators());
        all.extend(library_slots());
        all.extend(buffer_slots());
        all
    });
}

fn cdata_slots() -> [Change; 4] {
    const BASE: &CStr = c"_cffi_backend._CDataBase";
    // SAFETY: the name is that of the class of all cdata, and of classes of this module for views, which are cdata.
    unsafe {
        [
            Change::new(BASE, None, at::Subscript, slot!(subscript CData, slots::get_item)),
            Change::new(BASE, None, at::AssignSubscript, slot!(assign CData, slots::set_item)),
            Change::new(BASE, None, at::GetAttr, slot!(subscript CData, slots::get_attr)),
            Change::new(BASE, None, at::SetAttr, slot!(assign CData, slots::set_attr)),
        ]
    }
}

fn iterator_slots() -> [Change; 2] {
    const ITERATOR: &CStr = c"_cffi_backend.__CData_iterator";
    let plain = slot!(unary CDataIter, *mut ffi::PyObject, slots::next);
    let tracked = slot!(unary TrackedIter, *mut ffi::PyObject, slots::next_tracked);
    // SAFETY: this module has two classes of the name: that of the layout `TrackedIter` is collected, that of `CDataIter` not.
    unsafe {
        [
            Change::new(ITERATOR, Some(false), at::Next, plain),
            Change::new(ITERATOR, Some(true), at::Next, tracked),
        ]
    }
}

fn deallocators() -> [Change; 4] {
    // SAFETY: each function deallocates as the one in its place does, and the names are those of the classes of cdata that the
    // replaced functions serve.
    unsafe {
        [
            Change::new(
                c"_cffi_backend.__CDataOwn",
                None,
                at::Dealloc,
                Entry::<CData, at::Dealloc>::new(own::dealloc_own),
            ),
            Change::new(
                c"_cffi_backend.__CDataFromBuf",
                None,
                at::Dealloc,
                Entry::<CDataFromBuf, at::Dealloc>::new(dealloc::buffer),
            ),
            Change::new(
                c"_cffi_backend.__CDataOwnGC",
                None,
                at::Dealloc,
                Entry::<CDataOwnGc, at::Dealloc>::new(dealloc::own_gc),
            ),
            Change::new(
                c"_cffi_backend.__CDataGCP",
                None,
                at::Dealloc,
                Entry::<CDataGcp, at::Dealloc>::new(dealloc::gcp),
            ),
        ]
    }
}

fn library_slots() -> [Change; 2] {
    const LIB: &CStr = c"_cffi_backend.Lib";
    // SAFETY: the only class of this name has the layout `Lib`.
    unsafe {
        [
            Change::new(LIB, None, at::GetAttr, slot!(subscript Lib, compiled::get)),
            Change::new(LIB, None, at::SetAttr, slot!(assign Lib, compiled::set)),
        ]
    }
}

fn buffer_slots() -> [Change; 6] {
    const BUFFER: &CStr = c"_cffi_backend.buffer";
    // SAFETY: the only class of this name has the layout `Buffer`, and `get_buffer` does what the slot demands of it.
    unsafe {
        [
            Change::new(BUFFER, None, at::GetBuffer, Entry::<Buffer, at::GetBuffer>::new(views::get_buffer)),
            Change::new(BUFFER, None, at::Compare, slot!(compare Buffer, views::compare)),
            Change::new(BUFFER, None, at::Item, slot!(item Buffer, views::item)),
            Change::new(BUFFER, None, at::AssignItem, slot!(assign_item Buffer, views::set_item)),
            Change::new(BUFFER, None, at::Subscript, slot!(subscript Buffer, views::subscript)),
            Change::new(BUFFER, None, at::AssignSubscript, slot!(assign Buffer, views::set_subscript)),
        ]
    }
}

/// Gives function pointers that are made from now on the entries of checked mode.
pub(crate) fn change_hooks(hooks: &mut Hooks) {
    hooks.entry_of = call::entry_of;
    hooks.general_entry = call::GENERAL;
    hooks.keeping_entry_of = call::keeping_entry_of;
    hooks.quiet_entry_of = call::keeping_entry_of;
    hooks.deciding_entry = call::vectorcall_deciding;
    hooks.keeping_deciding_entry = call::KEEPING;
}

/// The functions of the module that take the place of others of their names, whose docstrings they get.
static FUNCTIONS: Table<Method<Module>, 11> = Table::methods([
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
    Method::END,
]);

/// The functions that only checked mode has.
static LISTING: Table<Method<Module>, 4> = Table::methods([
    method!(noargs Module, c"_checked_regions", listing::regions, c"_checked_regions($module, /)\n--\n\nFor ferrocffi.checked.regions(): all live regions."),
    method!(fast Module, c"_checked_function", compiled::checked_function, c"_checked_function($module, function, ctype, name, /)\n--\n\nFor modules of verify(): a function that checks, in place of a built-in one."),
    method!(noargs Module, c"_checked_quarantine", listing::quarantine, c"_checked_quarantine($module, /)\n--\n\nFor ferrocffi.checked.report(): (regions, bytes) of freed memory that is kept."),
    Method::END,
]);

/// The methods of `FFI` that take the place of others.
static METHODS: Table<Method<FfiObject>, 11> = Table::methods([
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
    Method::END,
]);

/// The methods of cdata that take the place of others.
static CDATA: Table<Method<CData>, 2> = Table::methods([
    method!(fast CData, c"__exit__", functions::exit, c"__exit__($self, /, *args)\n--\n\nRelease the data, as `release()` does."),
    Method::END,
]);

/// The methods of opened libraries that take the place of others.
static LIBRARY: Table<Method<CLibrary>, 3> = Table::methods([
    method!(fast CLibrary, c"read_variable", compiled::read_variable, c""),
    method!(fast CLibrary, c"write_variable", compiled::write_variable, c""),
    Method::END,
]);

/// Returns a definition like `checked` with the docstring of the one of that name in `originals`. It is never freed: the
/// function objects refer to it.
fn documented<T>(checked: &'static Method<T>, originals: &'static [Method<T>]) -> &'static Method<T> {
    match originals.iter().find(|original| original.name() == checked.name()) {
        Some(original) => Box::leak(Box::new(checked.with_doc_of(original))),
        None => checked,
    }
}

/// Puts the functions into a module that is complete otherwise. `functions` and `methods` are the tables of the module
/// and of the class `FFI`.
pub(crate) fn change_functions(
    py: Py<'_>,
    module: &Module,
    state: &State,
    originals: &'static [Method<Module>],
    methods: &'static [Method<FfiObject>],
) -> R<()> {
    let (name, members) = (module::name(py, module)?, module::dict(py, module)?);
    let (replaced, listing) =
        (function::definitions(FUNCTIONS.entries()), function::definitions(LISTING.entries()));
    for (key, checked) in replaced.chain(listing) {
        let function = function::new(py, documented(checked, originals), module, Some(&name))?;
        dict::set(py, members, &*text::interned(py, &key.to_string_lossy())?, &function)?;
    }
    crashes::install(py);
    watch::watch(&callbacks::WATCH);
    library::watch::watch(&libraries::WATCH);
    // SAFETY: the state owns these types, which Python code has not seen yet, and whose objects have the layouts of the
    // tables' receivers.
    unsafe {
        replace_methods(py, state.types.ffi, METHODS.entries(), methods)?;
        replace_methods(py, state.types.cdata, CDATA.entries(), CDATA.entries())?;
        replace_methods(py, state.types.clibrary, LIBRARY.entries(), library::methods())?;
        (*state.types.buffer).tp_vectorcall = Some(vectorcall::<views::Make>);
    }
    Ok(())
}

/// Replaces methods of a class that Python code has not seen yet.
///
/// # Safety
/// The class is alive, its objects have the layout `T`, and Python code has not seen it yet.
unsafe fn replace_methods<T>(
    py: Py<'_>,
    class: *mut ffi::PyTypeObject,
    table: &'static [Method<T>],
    originals: &'static [Method<T>],
) -> R<()> {
    for (key, checked) in function::definitions(table) {
        // SAFETY: attached; the class is alive, its dict is its own, and definitions are never freed.
        unsafe {
            let definition = documented(checked, originals).as_ptr();
            let method = Owned::from_new(py, ffi::PyDescr_NewMethod(class, definition))?;
            let name = text::interned(py, &key.to_string_lossy())?;
            cffi_rt::dict::set(py, Obj::from_ptr((*class).tp_dict), &name, &method)?;
        }
    }
    // SAFETY: attached; a live type whose dict has changed.
    unsafe { ffi::PyType_Modified(class) };
    Ok(())
}
