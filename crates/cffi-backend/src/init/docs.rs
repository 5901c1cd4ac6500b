//! The docstrings of the module's functions, which `help()` and `inspect.signature()` show.

use std::ffi::CStr;

/// The docstring of `__getattr__`.
pub(super) const GETATTR: &CStr = c"__getattr__($module, name, /)
--

Finds `__version__` when it is first asked for: that of the cffi front end of this process.";

/// The docstring of `_cdef_counts`.
pub(super) const CDEF_COUNTS: &CStr = c"_cdef_counts($module, /)
--

For tests: how many texts of cffi.FFI.cdef() each parser took (a dict).";

/// The docstring of `_get_types`.
pub(super) const GET_TYPES: &CStr = c"_get_types($module, /)
--

(CData, CType), the two base classes, for the front end.";

/// The docstring of `_get_common_types`.
pub(super) const GET_COMMON_TYPES: &CStr = c"_get_common_types($module, dict, /)
--

Add the names that cdef() knows without declaration to a dict: name to C type (str).";

/// The docstring of `_init_cffi_1_0_external_module`.
pub(super) const INIT_CFFI_1_0_EXTERNAL_MODULE: &CStr = c"_init_cffi_1_0_external_module($module, address, /)
--

For modules that cffi has compiled: the Python module for the tables at an address (int).";

/// The docstring of `_keep_gil`.
pub(super) const KEEP_GIL: &CStr = c"_keep_gil($module, function, /)
--

For ferrocffi.keep_gil(): the same function as a function pointer whose calls keep the GIL.";

/// The docstring of `_keeps_gil`.
pub(super) const KEEPS_GIL: &CStr = c"_keeps_gil($module, function, /)
--

For ferrocffi.keeps_gil(): whether calls of a function keep the GIL (bool).";

/// The docstring of `_testbuff`.
pub(super) const TESTBUFF: &CStr = c"_testbuff($module, type, methods, /)
--

For the test suite: give a heap type a buffer interface that holds b'GTB' (methods & 8, writable) or b'ROB' (methods & 16, read-only).";

/// The docstring of `_testfunc`.
pub(super) const TESTFUNC: &CStr = c"_testfunc($module, number, /)
--

For the test suite: the address (int) of one of 24 C functions. ValueError for other numbers.";

/// The docstring of `_va_list`.
pub(super) const VA_LIST: &CStr = c"_va_list($module, /, *values)
--

For ferrocffi.va_list(): a list of cdata, to pass where a C function takes a va_list.";

/// The docstring of `alignof`.
pub(super) const ALIGNOF: &CStr = c"alignof($module, ctype, /)
--

Alignment of a CType in bytes (int). ValueError where it is unknown.";

/// The docstring of `callback`.
pub(super) const CALLBACK: &CStr = c"callback($module, ctype, callable, error=None, onerror=None, /)
--

A C function pointer of type 'ctype' that calls a Python callable.

C code may call it from any thread for as long as the returned cdata is alive. If the callable raises, or
returns what cannot be converted, the C caller gets 'error' (zero by default), and the exception goes to
'onerror(type, value, traceback)', which may return another result, or else to sys.unraisablehook.

TypeError if 'ctype' is no function type; NotImplementedError for signatures with '...' or with types
that cannot be passed by value.";

/// The docstring of `cast`.
pub(super) const CAST: &CStr = c"cast($module, ctype, value, /)
--

Convert between numbers, characters and pointers as a C cast does. The result owns nothing.

    >>> cast(new_primitive_type('signed char'), 200)
    <cdata 'signed char' -56>";

/// The docstring of `complete_struct_or_union`.
pub(super) const COMPLETE_STRUCT_OR_UNION: &CStr = c"complete_struct_or_union($module, ctype, fields, ignored=None, totalsize=-1, totalalignment=-1, sflags=0, pack=0, /)
--

Give an opaque struct or union its fields, once.

'fields' is a list of (name, CType[, bitsize[, offset]]); -1 for what is not given. Size, alignment and
offsets follow the platform's C compiler, or the rules chosen by 'sflags' and 'pack' (bytes). Values
that are given and differ from the computed ones are taken over.";

/// The docstring of `from_buffer`.
pub(super) const FROM_BUFFER: &CStr = c"from_buffer($module, ctype, obj, require_writable=0, /)
--

A cdata array or pointer at the memory of an object with the buffer interface, which stays locked until
the cdata is released. ValueError if the buffer is too small for the type.";

/// The docstring of `from_handle`.
pub(super) const FROM_HANDLE: &CStr = c"from_handle($module, cdata, /)
--

The Python object of a 'void *' from newp_handle(), whose handle must still be alive. RuntimeError for
NULL; any other address is refused as well.";

/// The docstring of `gcp`.
pub(super) const GCP: &CStr = c"gcp($module, /, cdata, destructor, size=0)
--

A copy of a pointer that calls destructor(cdata) when it is released or garbage. With None as the
destructor, takes an earlier one off and returns None. 'size' (bytes) is a hint that is not used.";

/// The docstring of `get_errno`.
pub(super) const GET_ERRNO: &CStr = c"get_errno($module, /)
--

C's errno as the last call on this thread left it (int).";

/// The docstring of `getcname`.
pub(super) const GETCNAME: &CStr = c"getcname($module, ctype, text, /)
--

The C name of a type with 'text' put where the name of a variable goes.

    >>> getcname(new_array_type(new_pointer_type(new_primitive_type('int')), 5), 'a')
    'inta[5]'";

/// The docstring of `getwinerror`.
#[cfg(windows)]
pub(super) const GETWINERROR: &CStr = c"getwinerror($module, /, code=-1)
--

(code, message) of a Windows error number (int), by default of what GetLastError() was after the last call.";

/// The docstring of `load_library`.
pub(super) const LOAD_LIBRARY: &CStr = c"load_library($module, name=None, flags=0, /)
--

Open a dynamic library: by file name (str or bytes), the program itself (None), or an already open
handle (a 'void *' cdata). 'flags' are RTLD_* constants. OSError if it cannot be opened.";

/// The docstring of `memmove`.
pub(super) const MEMMOVE: &CStr = c"memmove($module, /, dest, src, n)
--

Copy n bytes between cdata pointers or arrays and objects with the buffer interface; the regions may
overlap. ValueError if n is negative or more than a buffer holds.";

/// The docstring of `new_array_type`.
pub(super) const NEW_ARRAY_TYPE: &CStr = c"new_array_type($module, pointer_ctype, length, /)
--

The type of arrays of 'length' items (int), or of open arrays (None), of what a pointer type points to.";

/// The docstring of `new_enum_type`.
pub(super) const NEW_ENUM_TYPE: &CStr = c"new_enum_type($module, name, names, values, base, /)
--

A new enum type with tuples of enumerator names (str) and values (int), stored as the integer type 'base'.";

/// The docstring of `new_function_type`.
pub(super) const NEW_FUNCTION_TYPE: &CStr =
    c"new_function_type($module, args, result, ellipsis=0, abi=FFI_DEFAULT_ABI, /)
--

The type of pointers to functions with a tuple of argument types and a result type.";

/// The docstring of `new_pointer_type`.
pub(super) const NEW_POINTER_TYPE: &CStr = c"new_pointer_type($module, ctype, /)
--

The type of pointers to 'ctype'.";

/// The docstring of `new_primitive_type`.
pub(super) const NEW_PRIMITIVE_TYPE: &CStr = c"new_primitive_type($module, name, /)
--

A primitive type by its C name, spelled as in 'unsigned long'. KeyError for other names.";

/// The docstring of `new_struct_type`.
pub(super) const NEW_STRUCT_TYPE: &CStr = c"new_struct_type($module, name, /)
--

A new opaque struct type of that C name; complete_struct_or_union() gives it fields.";

/// The docstring of `new_union_type`.
pub(super) const NEW_UNION_TYPE: &CStr = c"new_union_type($module, name, /)
--

A new opaque union type of that C name; complete_struct_or_union() gives it fields.";

/// The docstring of `new_void_type`.
pub(super) const NEW_VOID_TYPE: &CStr = c"new_void_type($module, /)
--

The type 'void'.";

/// The docstring of `newp`.
pub(super) const NEWP: &CStr = c"newp($module, ctype, init=None, /)
--

Allocate zeroed C memory for what a pointer type points to, or for an array, and store an initializer.
The memory is freed with the returned cdata. For an open array, 'init' gives the items or their number.

    >>> newp(new_pointer_type(new_primitive_type('int')), 42)[0]
    42";

/// The docstring of `newp_handle`.
pub(super) const NEWP_HANDLE: &CStr = c"newp_handle($module, ctype, obj, /)
--

A unique 'void *' that stands for a Python object and keeps it alive; from_handle() gives it back.";

/// The docstring of `rawaddressof`.
pub(super) const RAWADDRESSOF: &CStr = c"rawaddressof($module, ctype, cdata, offset, /)
--

A pointer of type 'ctype' to 'offset' bytes behind the start of a struct, union, array or pointer target.";

/// The docstring of `release`.
pub(super) const RELEASE: &CStr = c"release($module, cdata, /)
--

Give up now what a cdata from newp(), gcp(), from_buffer() or an allocator owns. Idempotent.";

/// The docstring of `set_errno`.
pub(super) const SET_ERRNO: &CStr = c"set_errno($module, value, /)
--

Set what C's errno will be at the next call on this thread. OverflowError outside of a C int.";

/// The docstring of `set_ffi`.
pub(super) const SET_FFI: &CStr = c"set_ffi($module, ffi, /)
--

For the constructor of cffi.FFI: give that object this project's parser of C declarations.";

/// The docstring of `sizeof`.
pub(super) const SIZEOF: &CStr = c"sizeof($module, x, /)
--

Size in bytes (int) of a CType, or of the data of a cdata. ValueError where it is unknown.";

/// The docstring of `string`.
pub(super) const STRING: &CStr = c"string($module, /, cdata, maxlen=-1)
--

A Python copy of a C string up to its NUL, at most 'maxlen' characters: bytes for 'char', str for wide
characters. Also the character of a single one, and the name of an enum's value. RuntimeError for NULL.";

/// The docstring of `typeof`.
pub(super) const TYPEOF: &CStr = c"typeof($module, cdata, /)
--

The CType of a cdata.";

/// The docstring of `typeoffsetof`.
pub(super) const TYPEOFFSETOF: &CStr = c"typeoffsetof($module, ctype, field_or_index, following=0, /)
--

(CType, offset in bytes) of a struct's field or of an array's or pointer's item. Unless 'following' is
true, a pointer to a struct stands for the struct.";

/// The docstring of `unpack`.
pub(super) const UNPACK: &CStr = c"unpack($module, /, cdata, length)
--

A Python copy of 'length' items: bytes or str for characters, else a list.";
