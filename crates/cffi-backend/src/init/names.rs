//! The one table from the public names of the module to the functions behind them.

use pyo3_ffi as ffi;

use super::testing;
use crate::call::errno;
use crate::call::{keep, va_list};
use crate::callback;
use crate::cdata::{cast, from_buffer, gcp, memory, newp, offset, own_gc, release, string, unpack};
use crate::ctype::{api, complete};
use crate::exports::module::init_cffi_1_0_external_module;
use crate::front::{counts, seam};
use crate::library;
use crate::state::{Module, version};
use cffi_rt::slots::{METHODS_END, Table, method};

/// All functions, in alphabetical order.
pub(super) static FUNCTIONS: Table<ffi::PyMethodDef, { 41 + cfg!(windows) as usize }> = Table([
    method!(one Module, c"__getattr__", version::module_getattr, c"__getattr__($module, name, /)\n--\n\nFinds `__version__` when it is first asked for: that of the cffi front end of this process."),
    method!(noargs Module, c"_cdef_counts", counts::cdef_counts, c"_cdef_counts($module, /)\n--\n\nFor tests: how many texts of cffi.FFI.cdef() each parser took (a dict)."),
    method!(noargs Module, c"_get_types", testing::get_types, c"_get_types($module, /)\n--\n\n(CData, CType), the two base classes, for the front end."),
    method!(one Module, c"_get_common_types", testing::get_common_types, c"_get_common_types($module, dict, /)\n--\n\nAdd the names that cdef() knows without declaration to a dict: name to C type (str)."),
    method!(one Module, c"_init_cffi_1_0_external_module", init_cffi_1_0_external_module, c"_init_cffi_1_0_external_module($module, address, /)\n--\n\nFor modules that cffi has compiled: the Python module for the tables at an address (int)."),
    method!(one Module, c"_keep_gil", keep::keep_gil, c"_keep_gil($module, function, /)\n--\n\nFor ferrocffi.keep_gil(): the same function as a function pointer whose calls keep the GIL."),
    method!(one Module, c"_keeps_gil", keep::keeps_gil, c"_keeps_gil($module, function, /)\n--\n\nFor ferrocffi.keeps_gil(): whether calls of a function keep the GIL (bool)."),
    method!(fast Module, c"_testbuff", testing::testbuff, c"_testbuff($module, type, methods, /)\n--\n\nFor the test suite: give a heap type a buffer interface that holds b'GTB' (methods & 8, writable) or b'ROB' (methods & 16, read-only)."),
    method!(fast Module, c"_testfunc", testing::testfunc, c"_testfunc($module, number, /)\n--\n\nFor the test suite: the address (int) of one of 24 C functions. ValueError for other numbers."),
    method!(fast Module, c"_va_list", va_list::va_list, c"_va_list($module, /, *values)\n--\n\nFor ferrocffi.va_list(): a list of cdata, to pass where a C function takes a va_list."),
    method!(one Module, c"alignof", api::alignof, c"alignof($module, ctype, /)\n--\n\nAlignment of a CType in bytes (int). ValueError where it is unknown."),
    method!(fast Module, c"callback", callback::callback, c"callback($module, ctype, callable, error=None, onerror=None, /)\n--\n\nA C function pointer of type 'ctype' that calls a Python callable.\n\nC code may call it from any thread for as long as the returned cdata is alive. If the callable raises, or\nreturns what cannot be converted, the C caller gets 'error' (zero by default), and the exception goes to\n'onerror(type, value, traceback)', which may return another result, or else to sys.unraisablehook.\n\nTypeError if 'ctype' is no function type; NotImplementedError for signatures with '...' or with types\nthat cannot be passed by value."),
    method!(fast Module, c"cast", cast::cast, c"cast($module, ctype, value, /)\n--\n\nConvert between numbers, characters and pointers as a C cast does. The result owns nothing.\n\n    >>> cast(new_primitive_type('signed char'), 200)\n    <cdata 'signed char' -56>"),
    method!(fast Module, c"complete_struct_or_union", complete::complete_struct_or_union, c"complete_struct_or_union($module, ctype, fields, ignored=None, totalsize=-1, totalalignment=-1, sflags=0, pack=0, /)\n--\n\nGive an opaque struct or union its fields, once.\n\n'fields' is a list of (name, CType[, bitsize[, offset]]); -1 for what is not given. Size, alignment and\noffsets follow the platform's C compiler, or the rules chosen by 'sflags' and 'pack' (bytes). Values\nthat are given and differ from the computed ones are taken over."),
    method!(fast Module, c"from_buffer", from_buffer::from_buffer, c"from_buffer($module, ctype, obj, require_writable=0, /)\n--\n\nA cdata array or pointer at the memory of an object with the buffer interface, which stays locked until\nthe cdata is released. ValueError if the buffer is too small for the type."),
    method!(one Module, c"from_handle", own_gc::from_handle, c"from_handle($module, cdata, /)\n--\n\nThe Python object of a 'void *' from newp_handle(), whose handle must still be alive. RuntimeError for\nNULL; an address that is no handle is refused as well."),
    method!(fast Module, c"gcp", gcp::gcp, c"gcp($module, /, cdata, destructor, size=0)\n--\n\nA copy of a pointer that calls destructor(cdata) when it is released or garbage. With None as the\ndestructor, takes an earlier one off and returns None. 'size' (bytes) is a hint that is not used."),
    method!(noargs Module, c"get_errno", errno::get_errno, c"get_errno($module, /)\n--\n\nC's errno as the last call on this thread left it (int)."),
    method!(fast Module, c"getcname", api::getcname, c"getcname($module, ctype, text, /)\n--\n\nThe C name of a type with 'text' put where the name of a variable goes.\n\n    >>> getcname(new_array_type(new_pointer_type(new_primitive_type('int')), 5), 'a')\n    'inta[5]'"),
    #[cfg(windows)]
    method!(fast Module, c"getwinerror", crate::ffi_obj::methods::winerror::getwinerror, c"getwinerror($module, /, code=-1)\n--\n\n(code, message) of a Windows error number (int), by default of what GetLastError() was after the last call."),
    method!(fast Module, c"load_library", library::load_library, c"load_library($module, name=None, flags=0, /)\n--\n\nOpen a dynamic library: by file name (str or bytes), the program itself (None), or an already open\nhandle (a 'void *' cdata). 'flags' are RTLD_* constants. OSError if it cannot be opened."),
    method!(fast Module, c"memmove", memory::memmove, c"memmove($module, /, dest, src, n)\n--\n\nCopy n bytes between cdata pointers or arrays and objects with the buffer interface; the regions may\noverlap. ValueError if n is negative or more than a buffer holds."),
    method!(fast Module, c"new_array_type", api::new_array_type, c"new_array_type($module, pointer_ctype, length, /)\n--\n\nThe type of arrays of 'length' items (int), or of open arrays (None), of what a pointer type points to."),
    method!(fast Module, c"new_enum_type", api::new_enum_type, c"new_enum_type($module, name, names, values, base, /)\n--\n\nA new enum type with tuples of enumerator names (str) and values (int), stored as the integer type 'base'."),
    method!(fast Module, c"new_function_type", api::new_function_type, c"new_function_type($module, args, result, ellipsis=0, abi=FFI_DEFAULT_ABI, /)\n--\n\nThe type of pointers to functions with a tuple of argument types and a result type."),
    method!(fast Module, c"new_pointer_type", api::new_pointer_type, c"new_pointer_type($module, ctype, /)\n--\n\nThe type of pointers to 'ctype'."),
    method!(fast Module, c"new_primitive_type", api::new_primitive_type, c"new_primitive_type($module, name, /)\n--\n\nA primitive type by its C name, spelled as in 'unsigned long'. KeyError for other names."),
    method!(fast Module, c"new_struct_type", api::new_struct_type, c"new_struct_type($module, name, /)\n--\n\nA new opaque struct type of that C name; complete_struct_or_union() gives it fields."),
    method!(fast Module, c"new_union_type", api::new_union_type, c"new_union_type($module, name, /)\n--\n\nA new opaque union type of that C name; complete_struct_or_union() gives it fields."),
    method!(noargs Module, c"new_void_type", api::new_void_type, c"new_void_type($module, /)\n--\n\nThe type 'void'."),
    method!(fast Module, c"newp", newp::newp, c"newp($module, ctype, init=None, /)\n--\n\nAllocate zeroed C memory for what a pointer type points to, or for an array, and store an initializer.\nThe memory is freed with the returned cdata. For an open array, 'init' gives the items or their number.\n\n    >>> newp(new_pointer_type(new_primitive_type('int')), 42)[0]\n    42"),
    method!(fast Module, c"newp_handle", own_gc::newp_handle, c"newp_handle($module, ctype, obj, /)\n--\n\nA unique 'void *' that stands for a Python object and keeps it alive; from_handle() gives it back."),
    method!(fast Module, c"rawaddressof", offset::rawaddressof, c"rawaddressof($module, ctype, cdata, offset, /)\n--\n\nA pointer of type 'ctype' to 'offset' bytes behind the start of a struct, union, array or pointer target."),
    method!(one Module, c"release", release::release, c"release($module, cdata, /)\n--\n\nGive up now what a cdata from newp(), gcp(), from_buffer() or an allocator owns. Idempotent."),
    method!(one Module, c"set_errno", errno::set_errno, c"set_errno($module, value, /)\n--\n\nSet what C's errno will be at the next call on this thread. OverflowError outside of a C int."),
    method!(one Module, c"set_ffi", seam::set_ffi, c"set_ffi($module, ffi, /)\n--\n\nFor the constructor of cffi.FFI: give that object this project's parser of C declarations."),
    method!(one Module, c"sizeof", offset::sizeof, c"sizeof($module, x, /)\n--\n\nSize in bytes (int) of a CType, or of the data of a cdata. ValueError where it is unknown."),
    method!(fast Module, c"string", string::string, c"string($module, /, cdata, maxlen=-1)\n--\n\nA Python copy of a C string up to its NUL, at most 'maxlen' characters: bytes for 'char', str for wide\ncharacters. Also the character of a single one, and the name of an enum's value. RuntimeError for NULL."),
    method!(one Module, c"typeof", offset::typeof_, c"typeof($module, cdata, /)\n--\n\nThe CType of a cdata."),
    method!(fast Module, c"typeoffsetof", offset::typeoffsetof, c"typeoffsetof($module, ctype, field_or_index, following=0, /)\n--\n\n(CType, offset in bytes) of a struct's field or of an array's or pointer's item. Unless 'following' is\ntrue, a pointer to a struct stands for the struct."),
    method!(fast Module, c"unpack", unpack::unpack, c"unpack($module, /, cdata, length)\n--\n\nA Python copy of 'length' items: bytes or str for characters, else a list."),
    METHODS_END,
]);
