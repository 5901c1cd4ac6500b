//! The one table from the public names of the module to the functions behind them.

use super::{docs, testing};
use crate::call::errno;
use crate::call::{keep, va_list};
use crate::callback;
use crate::cdata::{cast, from_buffer, gcp, memory, newp, offset, own_gc, release, string, unpack};
use crate::ctype::{api, complete};
use crate::exports::module::init_cffi_1_0_external_module;
use crate::front::{counts, seam};
use crate::library;
use crate::state::{Module, version};
use cffi_rt::slots::method;
use cffi_rt::table::{Method, Table};

/// All functions, in alphabetical order.
pub(super) static FUNCTIONS: Table<Method<Module>, { 41 + cfg!(windows) as usize }> = Table::methods([
    method!(one Module, c"__getattr__", version::module_getattr, docs::GETATTR),
    method!(noargs Module, c"_cdef_counts", counts::cdef_counts, docs::CDEF_COUNTS),
    method!(noargs Module, c"_get_types", testing::get_types, docs::GET_TYPES),
    method!(one Module, c"_get_common_types", testing::get_common_types, docs::GET_COMMON_TYPES),
    method!(one Module, c"_init_cffi_1_0_external_module", init_cffi_1_0_external_module, docs::INIT_CFFI_1_0_EXTERNAL_MODULE),
    method!(one Module, c"_keep_gil", keep::keep_gil, docs::KEEP_GIL),
    method!(one Module, c"_keeps_gil", keep::keeps_gil, docs::KEEPS_GIL),
    method!(fast Module, c"_testbuff", testing::testbuff, docs::TESTBUFF),
    method!(fast Module, c"_testfunc", testing::testfunc, docs::TESTFUNC),
    method!(fast Module, c"_va_list", va_list::va_list, docs::VA_LIST),
    method!(one Module, c"alignof", api::alignof, docs::ALIGNOF),
    method!(fast Module, c"callback", callback::callback, docs::CALLBACK),
    method!(fast Module, c"cast", cast::cast, docs::CAST),
    method!(fast Module, c"complete_struct_or_union", complete::complete_struct_or_union, docs::COMPLETE_STRUCT_OR_UNION),
    method!(fast Module, c"from_buffer", from_buffer::from_buffer, docs::FROM_BUFFER),
    method!(one Module, c"from_handle", own_gc::from_handle, docs::FROM_HANDLE),
    method!(fast Module, c"gcp", gcp::gcp, docs::GCP),
    method!(noargs Module, c"get_errno", errno::get_errno, docs::GET_ERRNO),
    method!(fast Module, c"getcname", api::getcname, docs::GETCNAME),
    #[cfg(windows)]
    method!(fast Module, c"getwinerror", crate::ffi_obj::methods::winerror::getwinerror, docs::GETWINERROR),
    method!(fast Module, c"load_library", library::load_library, docs::LOAD_LIBRARY),
    method!(fast Module, c"memmove", memory::memmove, docs::MEMMOVE),
    method!(fast Module, c"new_array_type", api::new_array_type, docs::NEW_ARRAY_TYPE),
    method!(fast Module, c"new_enum_type", api::new_enum_type, docs::NEW_ENUM_TYPE),
    method!(fast Module, c"new_function_type", api::new_function_type, docs::NEW_FUNCTION_TYPE),
    method!(fast Module, c"new_pointer_type", api::new_pointer_type, docs::NEW_POINTER_TYPE),
    method!(fast Module, c"new_primitive_type", api::new_primitive_type, docs::NEW_PRIMITIVE_TYPE),
    method!(fast Module, c"new_struct_type", api::new_struct_type, docs::NEW_STRUCT_TYPE),
    method!(fast Module, c"new_union_type", api::new_union_type, docs::NEW_UNION_TYPE),
    method!(noargs Module, c"new_void_type", api::new_void_type, docs::NEW_VOID_TYPE),
    method!(fast Module, c"newp", newp::newp, docs::NEWP),
    method!(fast Module, c"newp_handle", own_gc::newp_handle, docs::NEWP_HANDLE),
    method!(fast Module, c"rawaddressof", offset::rawaddressof, docs::RAWADDRESSOF),
    method!(one Module, c"release", release::release, docs::RELEASE),
    method!(one Module, c"set_errno", errno::set_errno, docs::SET_ERRNO),
    method!(one Module, c"set_ffi", seam::set_ffi, docs::SET_FFI),
    method!(one Module, c"sizeof", offset::sizeof, docs::SIZEOF),
    method!(fast Module, c"string", string::string, docs::STRING),
    method!(one Module, c"typeof", offset::typeof_, docs::TYPEOF),
    method!(fast Module, c"typeoffsetof", offset::typeoffsetof, docs::TYPEOFFSETOF),
    method!(fast Module, c"unpack", unpack::unpack, docs::UNPACK),
    Method::END,
]);
