//! The class `FFI`: the one table from the names of its methods to their functions, and its attributes.

use std::ffi::CStr;

use crate::call::errno;
use crate::cdata::{gcp, memory, own_gc, release, string, unpack};
use crate::ctype::make;
use crate::decls::object;
use crate::decls::object::FfiObject;
use crate::ffi_obj::construct;
use crate::ffi_obj::docs;
use crate::ffi_obj::init_once::init_once;
use crate::ffi_obj::methods::{
    address, adopt, allocate, callable, constants, describe, header, inline, source, types,
};
use crate::lib_obj::hooks as lib_hooks;
use crate::state::State;
use crate::value::alloc;
use cffi_rt::at;
use cffi_rt::slots::{attribute, method, slot};
use cffi_rt::table::{Attribute, Method, Table};
use cffi_rt::types::{self as rt_types, TypeSpec};
use cffi_rt::{Obj, Py, R, num, raise};

const DOC: &CStr = c"FFI(module_name='?', _version=-1, _types=b'', _globals=(), _struct_unions=(), _enums=(), _typenames=(), _includes=())
--

C types and data for the declarations of one module.

Compiled modules have such an object as `ffi`. Modules that cffi writes in Python make one with their tables of
declarations, which are the arguments. Without arguments it knows the standard types only.

Where a method takes a type, that is a text like 'struct point *[4]' or a CType. A text that is no C type raises
FFI.error.

    >>> ffi = FFI()
    >>> p = ffi.new('int[]', [1, 2, 3])
    >>> p[2]
    3";

static METHODS: Table<Method<FfiObject>, { 41 + cfg!(windows) as usize }> = Table::methods([
    method!(fast FfiObject, c"addressof", address::addressof, docs::ADDRESSOF),
    method!(one FfiObject, c"alignof", types::alignof, docs::ALIGNOF),
    method!(fast FfiObject, c"callback", callable::callback_, docs::CALLBACK),
    method!(fast FfiObject, c"cast", allocate::cast, docs::CAST),
    method!(fast FfiObject, c"_adopt", adopt::adopt, docs::ADOPT),
    method!(one FfiObject, c"_share", adopt::share, docs::SHARE),
    method!(noargs FfiObject, c"_tables", adopt::tables, docs::TABLES),
    method!(one FfiObject, c"_declared", describe::declared, docs::DECLARED),
    method!(noargs FfiObject, c"_integers", describe::integers, docs::INTEGERS),
    method!(one FfiObject, c"_made", describe::made, docs::MADE),
    method!(fast FfiObject, c"_take", describe::take, docs::TAKE),
    method!(one FfiObject, c"_type_node", describe::type_node, docs::TYPE_NODE),
    method!(one FfiObject, c"_type_number", describe::type_number, docs::TYPE_NUMBER),
    method!(one FfiObject, c"_declarations", header::list, docs::DECLARATIONS),
    method!(fast FfiObject, c"_read_header", header::read_header, docs::READ_HEADER),
    method!(fast FfiObject, c"_c_source", source::c, docs::C_SOURCE),
    method!(noargs FfiObject, c"_c_types", source::types, docs::C_TYPES),
    method!(fast FfiObject, c"_python_source", source::python, docs::PYTHON_SOURCE),
    method!(fast FfiObject, c"cdef", inline::cdef, docs::CDEF),
    method!(fast FfiObject, c"def_extern", callable::def_extern, docs::DEF_EXTERN),
    method!(fast FfiObject, c"dlclose", lib_hooks::dlclose, docs::DLCLOSE),
    method!(fast FfiObject, c"dlopen", lib_hooks::dlopen, docs::DLOPEN),
    method!(fast FfiObject, c"from_buffer", allocate::from_buffer, docs::FROM_BUFFER),
    method!(one FfiObject, c"from_handle", own_gc::from_handle, docs::FROM_HANDLE),
    method!(fast FfiObject, c"gc", gcp::gcp, docs::GC),
    method!(fast FfiObject, c"getctype", types::getctype, docs::GETCTYPE),
    #[cfg(windows)]
    method!(fast FfiObject, c"getwinerror", crate::ffi_obj::methods::winerror::getwinerror, docs::GETWINERROR),
    method!(one FfiObject, c"include", inline::include, docs::INCLUDE),
    method!(fast FfiObject, c"init_once", init_once, docs::INIT_ONCE),
    method!(fast FfiObject, c"integer_const", constants::integer_const, docs::INTEGER_CONST),
    method!(noargs FfiObject, c"list_types", constants::list_types, docs::LIST_TYPES),
    method!(fast FfiObject, c"memmove", memory::memmove, docs::MEMMOVE),
    method!(fast FfiObject, c"new", allocate::new, docs::NEW),
    method!(fast FfiObject, c"new_allocator", allocate::new_allocator, docs::NEW_ALLOCATOR),
    method!(one FfiObject, c"new_handle", allocate::new_handle, docs::NEW_HANDLE),
    method!(fast FfiObject, c"offsetof", address::offsetof, docs::OFFSETOF),
    method!(one FfiObject, c"release", release::release, docs::RELEASE),
    method!(one FfiObject, c"sizeof", types::sizeof, docs::SIZEOF),
    method!(fast FfiObject, c"string", string::string, docs::STRING),
    method!(one FfiObject, c"typeof", types::typeof_, docs::TYPEOF),
    method!(fast FfiObject, c"unpack", unpack::unpack, docs::UNPACK),
    Method::END,
]);

/// Returns the definitions of the methods.
pub(crate) fn methods() -> &'static [Method<FfiObject>] {
    METHODS.entries()
}

fn get_errno(py: Py<'_>, _ffi: &FfiObject) -> R {
    num::from_i64(py, i64::from(cffi_call::errno::saved()))
}

fn set_errno(py: Py<'_>, _ffi: &FfiObject, value: Option<&Obj>) -> R<()> {
    match value {
        Some(value) => {
            cffi_call::errno::set_saved(errno::errno_value(py, value)?);
            Ok(())
        }
        None => Err(raise!(py, Attribute, "errno cannot be deleted")),
    }
}

static GETSET: Table<Attribute<FfiObject>, 2> = Table::attributes([
    attribute!(
        FfiObject,
        c"errno",
        get_errno,
        set_errno,
        c"C's errno (int) as the last call on this thread left it, and the next one will find it."
    ),
    Attribute::END,
]);

/// Makes the Python type, still without its class attributes: see [`add_attributes`].
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    TypeSpec::<FfiObject>::new(c"_cffi_backend.FFI")
        .with_instances()
        .with_changes()
        .with_subclasses()
        .collected(object::traverse_slot())
        .doc(DOC)
        .slot(at::New, slot!(new FfiObject, construct::make))
        .slot(at::Init, slot!(init FfiObject, construct::begin))
        .slot(at::Dealloc, object::dealloc_slot())
        .slot(at::Clear, object::clear_slot())
        .methods(&METHODS)
        .attributes(&GETSET)
        .make(py, module)
}

/// Adds the constants and the related classes to the class, and closes it for changes.
pub(crate) fn add_attributes(py: Py<'_>, st: &State) -> R<()> {
    let class = st.class(py, |types| types.ffi)?;
    let null = alloc::pointer(py, &*make::void_pointer(py, st)?, std::ptr::null_mut())?;
    rt_types::set_attribute(py, class, c"NULL", &null)?;
    rt_types::set_attribute(py, class, c"error", &st.ffi_error)?;
    rt_types::set_attribute(py, class, c"CType", st.class(py, |types| types.ctype)?)?;
    rt_types::set_attribute(py, class, c"CData", st.class(py, |types| types.cdata)?)?;
    rt_types::set_attribute(py, class, c"buffer", st.class(py, |types| types.buffer)?)?;
    for (name, value) in cffi_call::dl::RTLD_CONSTANTS {
        rt_types::set_attribute(py, class, name, &*num::from_i64(py, i64::from(*value))?)?;
    }
    rt_types::set_immutable(py, class, true);
    Ok(())
}

/// Deletes `NULL` from the class when the interpreter ends. It has a ctype, the ctype a share of the state, and the
/// state the class: a cycle that the garbage collector cannot see, as cdata are not tracked.
pub(crate) fn remove_attributes(py: Py<'_>, st: &State) {
    let removed = st.class(py, |types| types.ffi).and_then(|class| {
        rt_types::set_immutable(py, class, false);
        class.setattr(py, c"NULL", &py.none())
    });
    if let Err(raised) = removed {
        py.err_clear(raised);
    }
}
