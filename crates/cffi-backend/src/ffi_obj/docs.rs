//! The docstrings of the methods of `FFI`, which `help()` and `inspect.signature()` show.

use std::ffi::CStr;

/// The docstring of `addressof`.
pub(super) const ADDRESSOF: &CStr = c"addressof($self, cdata, /, *fields_or_indices)
--

The address of data, as C's '&' has it: a pointer cdata, which does not keep the data alive.

Of a struct, union or array itself, or of the field (str) or item (int) that a path of names and indices leads
to; then 'cdata' may be a pointer as well. addressof(lib, 'name') is the address of a function or variable of a
library. TypeError for other cdata and for bit fields, KeyError for unknown fields.

    >>> a = ffi.new('int[4]')
    >>> ffi.addressof(a, 2) == a + 2
    True";

/// The docstring of `alignof`.
pub(super) const ALIGNOF: &CStr = c"alignof($self, cdecl, /)
--

Alignment in bytes (int) of a type, or of the type of a cdata. ValueError where it is unknown.

    >>> ffi.alignof('short')
    2";

/// The docstring of `callback`.
pub(super) const CALLBACK: &CStr = c"callback($self, /, cdecl, python_callable=None, error=None, onerror=None)
--

A C function pointer of type 'cdecl' that calls a Python callable; without callable, a decorator that makes one.

C code may call it, from any thread, for as long as the returned cdata is alive. If the callable raises, or
returns what cannot be converted, C gets 'error' (zero by default), and the exception goes to
'onerror(type, value, traceback)', which may return another result, or else to sys.unraisablehook.

TypeError if the type is no function type.

    >>> f = ffi.callback('int(int)', lambda x: x + 1)
    >>> f(4)
    5";

/// The docstring of `cast`.
pub(super) const CAST: &CStr = c"cast($self, cdecl, value, /)
--

Convert between numbers, characters and pointers as a C cast does: out of range values are cut. The result is a
cdata that owns no memory. TypeError where C has no such cast.

    >>> int(ffi.cast('signed char', 200))
    -56";

/// The docstring of `_adopt`.
pub(super) const ADOPT: &CStr = c"_adopt($self, source, ctype, /)
--

For ferrocffi.frontend: let the type in a text be this ctype, which another FFI object has made.";

/// The docstring of `_share`.
pub(super) const SHARE: &CStr = c"_share($self, other, /)
--

For ferrocffi.frontend: let structs, unions and enums be those of another module, before any of them is used.";

/// The docstring of `_tables`.
pub(super) const TABLES: &CStr = c"_tables($self, /)
--

For ferrocffi.frontend: (names of enums, names of integer constants, included FFI objects) of a module, or None.";

/// The docstring of `_declared`.
pub(super) const DECLARED: &CStr = c"_declared($self, first, /)
--

For ferrocffi.frontend: a list of (kind, name, flags, number of the type, qualifiers, value) of the declarations.
'first' is the number of declarations to leave out.";

/// The docstring of `_integers`.
pub(super) const INTEGERS: &CStr = c"_integers($self, /)
--

For ferrocffi.frontend: a dict of the integer constants.";

/// The docstring of `_made`.
pub(super) const MADE: &CStr = c"_made($self, number, /)
--

For ferrocffi.frontend: the ctype of a type, given its number.";

/// The docstring of `_take`.
pub(super) const TAKE: &CStr = c"_take($self, source, override, pack, dllexport, /)
--

For ferrocffi.frontend: add the declarations of a text. Returns (message, file, line, column) if it is refused.";

/// The docstring of `_type_node`.
pub(super) const TYPE_NODE: &CStr = c"_type_node($self, number, /)
--

For ferrocffi.frontend: a tuple of the kind of a type and what the type consists of, given its number.";

/// The docstring of `_type_number`.
pub(super) const TYPE_NUMBER: &CStr = c"_type_number($self, source, /)
--

For ferrocffi.frontend: (number, qualifiers) of the type in a text, or (message, file, line, column).";

/// The docstring of `_declarations`.
pub(super) const DECLARATIONS: &CStr = c"_declarations($self, only, /)
--

For ferrocffi.FFI.declarations(): what ferrocffi.headers.declarations() returns.";

/// The docstring of `_read_header`.
pub(super) const READ_HEADER: &CStr =
    c"_read_header($self, includes, main, include_dirs, defines, std, only, /)
--

For ferrocffi.FFI.header(): add the declarations of headers. Returns what ferrocffi.headers.problems() does.";

/// The docstring of `_c_source`.
pub(super) const C_SOURCE: &CStr = c"_c_source($self, module, preamble, includes, embedding, full_api, /)
--

For ferrocffi.sources: (the C source of an API module or None, what it lacks, what is wrong or None).";

/// The docstring of `_c_types`.
pub(super) const C_TYPES: &CStr = c"_c_types($self, /)
--

For ferrocffi.sources: (the words of the table of types or None, [], what is wrong or None).";

/// The docstring of `_python_source`.
pub(super) const PYTHON_SOURCE: &CStr = c"_python_source($self, module, includes, /)
--

For ferrocffi.sources: (the text of an ABI module or None, what it lacks, what is wrong or None).";

/// The docstring of `cdef`.
pub(super) const CDEF: &CStr = c"cdef($self, /, csource, override=False, packed=False, pack=None, dllexport=False)
--

Add the declarations of a text of C, as cffi.FFI.cdef() does: functions, variables, types, and constants
('#define X 5'). Their names can be used in type texts at once, and as attributes of libraries from dlopen(),
those that are open already included. With 'override' names may be declared again with another meaning; 'packed'
(bool) and 'pack' (int) are the largest alignment of members. 'dllexport' is for what ferrocffi.FFI.embedding_api()
declares.

FFI.error, with the place in the text, if the text is refused; then nothing of it is declared. AttributeError for
the FFI object of a module.

    >>> ffi = FFI()
    >>> ffi.cdef('typedef struct { int x, y; } point;')
    >>> ffi.sizeof('point')
    8";

/// The docstring of `def_extern`.
pub(super) const DEF_EXTERN: &CStr = c"def_extern($self, /, name=None, error=None, onerror=None)
--

A decorator: C code that calls the extern \"Python\" function of that name (by default that of the decorated
function) from now on calls the decorated one. 'error' and 'onerror' are as in callback().

FFI.error if there is no such extern \"Python\" function.";

/// The docstring of `dlclose`.
pub(super) const DLCLOSE: &CStr = c"dlclose($self, lib, /)
--

Close a library from dlopen() now. Its functions and variables must not be used any more; looking them up raises
FFI.error, using what was looked up before is undefined, as in C. Does nothing the second time.";

/// The docstring of `dlopen`.
pub(super) const DLOPEN: &CStr = c"dlopen($self, name=None, flags=0, /)
--

Open a dynamic library: by file name (str or bytes), the program itself (None), or an already open handle (a
'void *' cdata). 'flags' are RTLD_* constants. Gives a Lib, whose attributes are the declared functions and
variables, looked up when they are first used. OSError if the library cannot be opened.";

/// The docstring of `from_buffer`.
pub(super) const FROM_BUFFER: &CStr = c"from_buffer($self, /, cdecl, python_buffer=..., require_writable=0)
--

A cdata at the memory of an object with the buffer interface, without a copy. The object stays locked until the
cdata is released or garbage. With one argument, which is the object then, the type is 'char[]'.

TypeError for types that are no pointers or arrays, and for str; ValueError if the buffer is smaller than an
array type; BufferError or TypeError if 'require_writable' is true and the memory is read-only.

    >>> b = bytearray(b'abcd')
    >>> ffi.from_buffer('uint16_t[]', b)
    <cdata 'uint16_t[]' buffer len 2 from 'bytearray' object>";

/// The docstring of `from_handle`.
pub(super) const FROM_HANDLE: &CStr = c"from_handle($self, cdata, /)
--

The Python object of a 'void *' from new_handle(), whose handle must still be alive. RuntimeError for NULL; any other
address is refused as well.";

/// The docstring of `gc`.
pub(super) const GC: &CStr = c"gc($self, /, cdata, destructor, size=0)
--

A copy of a pointer that calls destructor(cdata) when it is released or garbage. With None as the destructor,
takes an earlier one off and returns None. 'size' (bytes) is a hint that is not used.

    >>> p = ffi.gc(lib.make(), lib.destroy)";

/// The docstring of `getctype`.
pub(super) const GETCTYPE: &CStr = c"getctype($self, /, cdecl, replace_with='')
--

The C name (str) of a type, with 'replace_with' put where the name of a variable goes.

    >>> ffi.getctype('int[5]', '*')
    'int(*)[5]'";

/// The docstring of `getwinerror`.
#[cfg(windows)]
pub(super) const GETWINERROR: &CStr = c"getwinerror($self, /, code=-1)
--

(code, message) of a Windows error number (int), by default of what GetLastError() was after the last call.";

/// The docstring of `include`.
pub(super) const INCLUDE: &CStr = c"include($self, other, /)
--

Make the typedefs, structs, unions, enums and constants of another FFI object visible in this one. The other one has
them from cdef(), or is that of a compiled module. They are the other's own ctypes. What the other declares later is not visible here.

TypeError for other objects, FFI.error if a name has another meaning here.

    >>> base = FFI()
    >>> base.cdef('typedef int number;')
    >>> ffi = FFI()
    >>> ffi.include(base)
    >>> ffi.typeof('number *')
    <ctype 'int *'>";

/// The docstring of `init_once`.
pub(super) const INIT_ONCE: &CStr = c"init_once($self, /, func, tag)
--

The result of func(), which is called the first time that this tag (any hashable object) is seen, and not again
afterwards. Other threads that come with the same tag wait meanwhile. An exception goes to the caller, and the
next call tries again. RuntimeError if the function comes back here with its own tag.

    >>> ffi.init_once(lib.init, 'init')";

/// The docstring of `integer_const`.
pub(super) const INTEGER_CONST: &CStr = c"integer_const($self, /, name)
--

The value (int) of an integer constant or enumerator of the declarations, or of those that they include.

AttributeError if there is none of that name, FFI.error if it is something else.";

/// The docstring of `list_types`.
pub(super) const LIST_TYPES: &CStr = c"list_types($self, /)
--

(typedefs, structs, unions): three lists of the names (str) that the declarations have.

    >>> FFI().list_types()
    ([], [], [])";

/// The docstring of `memmove`.
pub(super) const MEMMOVE: &CStr = c"memmove($self, /, dest, src, n)
--

Copy n bytes between cdata pointers or arrays and objects with the buffer interface; the regions may overlap.
ValueError if n is negative or more than a side is known to have, RuntimeError for NULL.

    >>> b = bytearray(3)
    >>> ffi.memmove(b, ffi.new('char[]', b'xyz'), 3)
    >>> b
    bytearray(b'xyz')";

/// The docstring of `new`.
pub(super) const NEW: &CStr = c"new($self, /, cdecl, init=None)
--

Allocate zeroed C memory for what a pointer type points to, or for an array, and store an initializer. The
memory is freed with the returned cdata, and not before. For an open array, 'init' gives the items or their
number.

TypeError for other types; what an initializer of the wrong kind raises; MemoryError.

    >>> ffi.new('int *', 42)[0]
    42";

/// The docstring of `new_allocator`.
pub(super) const NEW_ALLOCATOR: &CStr = c"new_allocator($self, /, alloc=None, free=None, should_clear_after_alloc=True)
--

A function like new() with another source of memory.

alloc(size) is called with a number of bytes and returns a pointer cdata; free(cdata), if given, is called with it
when the memory is released or garbage. If 'should_clear_after_alloc' is false the memory is not zeroed. Without
'alloc' the memory is that of new().

The function raises TypeError if alloc() returns no pointer, ValueError if that is known to have less than 'size'
bytes, MemoryError if it is NULL.

    >>> new = ffi.new_allocator(lib.malloc, lib.free)";

/// The docstring of `new_handle`.
pub(super) const NEW_HANDLE: &CStr = c"new_handle($self, obj, /)
--

A unique 'void *' that stands for a Python object, which it keeps alive; from_handle() gives the object back.

    >>> h = ffi.new_handle([1])
    >>> ffi.from_handle(ffi.cast('void *', h))
    [1]";

/// The docstring of `offsetof`.
pub(super) const OFFSETOF: &CStr = c"offsetof($self, cdecl, /, *fields_or_indices)
--

Offset in bytes (int) inside of a type, of the field (str) or item (int) that a path of names and indices leads
to. A pointer to a struct stands for the struct. TypeError for other types and for bit fields, KeyError for
unknown fields.";

/// The docstring of `release`.
pub(super) const RELEASE: &CStr = c"release($self, cdata, /)
--

Give up now what a cdata from new(), gc(), from_buffer() or an allocator owns. Idempotent. ValueError for other
cdata.";

/// The docstring of `sizeof`.
pub(super) const SIZEOF: &CStr = c"sizeof($self, cdecl, /)
--

Size in bytes (int) of a type, or of the data of a cdata. FFI.error where it is unknown.

    >>> ffi.sizeof('int[10]')
    40";

/// The docstring of `string`.
pub(super) const STRING: &CStr = c"string($self, /, cdata, maxlen=-1)
--

A Python copy of a C string up to its NUL, at most 'maxlen' characters: bytes for 'char', str for wide characters.
Also the character of a single one, and the name of an enum's value. RuntimeError for NULL.

    >>> ffi.string(ffi.new('char[]', b'abc'))
    b'abc'";

/// The docstring of `typeof`.
pub(super) const TYPEOF: &CStr = c"typeof($self, cdecl, /)
--

The CType of a type text, of a cdata, or of a function of a compiled library.

    >>> ffi.typeof('int[3]')
    <ctype 'int[3]'>";

/// The docstring of `unpack`.
pub(super) const UNPACK: &CStr = c"unpack($self, /, cdata, length)
--

A Python copy of 'length' items: bytes or str for characters, which do not end at a NUL, else a list. ValueError
if the length is negative or more than is known to be there, RuntimeError for NULL.

    >>> ffi.unpack(ffi.new('int[3]', [4, 5]), 2)
    [4, 5]";
