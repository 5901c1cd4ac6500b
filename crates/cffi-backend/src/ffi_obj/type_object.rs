//! The class `FFI`: the one table from the names of its methods to their functions, and its attributes.

use std::ffi::{CStr, c_void};

use pyo3_ffi as ffi;

use crate::call::errno;
use crate::cdata::{gcp, memory, own_gc, release, string, unpack};
use crate::ctype::make;
use crate::decls::object;
use crate::decls::object::FfiObject;
use crate::ffi_obj::construct;
use crate::ffi_obj::init_once::init_once;
use crate::ffi_obj::methods::{
    address, adopt, allocate, callable, constants, describe, header, inline, source, types,
};
use crate::lib_obj::hooks as lib_hooks;
use crate::state::State;
use crate::value::alloc;
use cffi_rt::slots::{GETSET_END, METHODS_END, Table, method, slot};
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

static METHODS: Table<ffi::PyMethodDef, { 41 + cfg!(windows) as usize }> = Table([
    method!(fast FfiObject, c"addressof", address::addressof, c"addressof($self, cdata, /, *fields_or_indices)\n--\n\nThe address of data, as C's '&' has it: a pointer cdata, which does not keep the data alive.\n\nOf a struct, union or array itself, or of the field (str) or item (int) that a path of names and indices leads\nto; then 'cdata' may be a pointer as well. addressof(lib, 'name') is the address of a function or variable of a\nlibrary. TypeError for other cdata and for bit fields, KeyError for unknown fields.\n\n    >>> a = ffi.new('int[4]')\n    >>> ffi.addressof(a, 2) == a + 2\n    True"),
    method!(one FfiObject, c"alignof", types::alignof, c"alignof($self, cdecl, /)\n--\n\nAlignment in bytes (int) of a type, or of the type of a cdata. ValueError where it is unknown.\n\n    >>> ffi.alignof('short')\n    2"),
    method!(fast FfiObject, c"callback", callable::callback_, c"callback($self, /, cdecl, python_callable=None, error=None, onerror=None)\n--\n\nA C function pointer of type 'cdecl' that calls a Python callable; without callable, a decorator that makes one.\n\nC code may call it, from any thread, for as long as the returned cdata is alive. If the callable raises, or\nreturns what cannot be converted, C gets 'error' (zero by default), and the exception goes to\n'onerror(type, value, traceback)', which may return another result, or else to sys.unraisablehook.\n\nTypeError if the type is no function type.\n\n    >>> f = ffi.callback('int(int)', lambda x: x + 1)\n    >>> f(4)\n    5"),
    method!(fast FfiObject, c"cast", allocate::cast, c"cast($self, cdecl, value, /)\n--\n\nConvert between numbers, characters and pointers as a C cast does: out of range values are cut. The result is a\ncdata that owns no memory. TypeError where C has no such cast.\n\n    >>> int(ffi.cast('signed char', 200))\n    -56"),
    method!(fast FfiObject, c"_adopt", adopt::adopt, c"_adopt($self, source, ctype, /)\n--\n\nFor ferrocffi.frontend: let the type in a text be this ctype, which another FFI object has made."),
    method!(one FfiObject, c"_share", adopt::share, c"_share($self, other, /)\n--\n\nFor ferrocffi.frontend: let structs, unions and enums be those of another module, before any of them is used."),
    method!(noargs FfiObject, c"_tables", adopt::tables, c"_tables($self, /)\n--\n\nFor ferrocffi.frontend: (names of enums, names of integer constants, included FFI objects) of a module, or None."),
    method!(one FfiObject, c"_declared", describe::declared, c"_declared($self, first, /)\n--\n\nFor ferrocffi.frontend: a list of (kind, name, flags, number of the type, qualifiers, value) of the declarations.\n'first' is the number of declarations to leave out."),
    method!(noargs FfiObject, c"_integers", describe::integers, c"_integers($self, /)\n--\n\nFor ferrocffi.frontend: a dict of the integer constants."),
    method!(one FfiObject, c"_made", describe::made, c"_made($self, number, /)\n--\n\nFor ferrocffi.frontend: the ctype of a type, given its number."),
    method!(fast FfiObject, c"_take", describe::take, c"_take($self, source, override, pack, dllexport, /)\n--\n\nFor ferrocffi.frontend: add the declarations of a text. Returns (message, file, line, column) if it is refused."),
    method!(one FfiObject, c"_type_node", describe::type_node, c"_type_node($self, number, /)\n--\n\nFor ferrocffi.frontend: a tuple of the kind of a type and what the type consists of, given its number."),
    method!(one FfiObject, c"_type_number", describe::type_number, c"_type_number($self, source, /)\n--\n\nFor ferrocffi.frontend: (number, qualifiers) of the type in a text, or (message, file, line, column)."),
    method!(one FfiObject, c"_declarations", header::list, c"_declarations($self, only, /)\n--\n\nFor ferrocffi.FFI.declarations(): what ferrocffi.headers.declarations() returns."),
    method!(fast FfiObject, c"_read_header", header::read_header, c"_read_header($self, includes, main, include_dirs, defines, std, only, /)\n--\n\nFor ferrocffi.FFI.header(): add the declarations of headers. Returns what ferrocffi.headers.problems() does."),
    method!(fast FfiObject, c"_c_source", source::c, c"_c_source($self, module, preamble, includes, embedding, full_api, /)\n--\n\nFor ferrocffi.sources: (the C source of an API module or None, what it lacks, what is wrong or None)."),
    method!(noargs FfiObject, c"_c_types", source::types, c"_c_types($self, /)\n--\n\nFor ferrocffi.sources: (the words of the table of types or None, [], what is wrong or None)."),
    method!(fast FfiObject, c"_python_source", source::python, c"_python_source($self, module, includes, /)\n--\n\nFor ferrocffi.sources: (the text of an ABI module or None, what it lacks, what is wrong or None)."),
    method!(fast FfiObject, c"cdef", inline::cdef, c"cdef($self, /, csource, override=False, packed=False, pack=None, dllexport=False)\n--\n\nAdd the declarations of a text of C, as cffi.FFI.cdef() does: functions, variables, types, and constants\n('#define X 5'). Their names can be used in type texts at once, and as attributes of libraries from dlopen(),\nthose that are open already included. With 'override' names may be declared again with another meaning; 'packed'\n(bool) and 'pack' (int) are the largest alignment of members. 'dllexport' is for what ferrocffi.FFI.embedding_api()\ndeclares.\n\nFFI.error, with the place in the text, if the text is refused; then nothing of it is declared. AttributeError for\nthe FFI object of a module.\n\n    >>> ffi = FFI()\n    >>> ffi.cdef('typedef struct { int x, y; } point;')\n    >>> ffi.sizeof('point')\n    8"),
    method!(fast FfiObject, c"def_extern", callable::def_extern, c"def_extern($self, /, name=None, error=None, onerror=None)\n--\n\nA decorator: C code that calls the extern \"Python\" function of that name (by default that of the decorated\nfunction) from now on calls the decorated one. 'error' and 'onerror' are as in callback().\n\nFFI.error if there is no such extern \"Python\" function."),
    method!(fast FfiObject, c"dlclose", lib_hooks::dlclose, c"dlclose($self, lib, /)\n--\n\nClose a library from dlopen() now. Its functions and variables must not be used any more; looking them up raises\nFFI.error, using what was looked up before is undefined, as in C. Does nothing the second time."),
    method!(fast FfiObject, c"dlopen", lib_hooks::dlopen, c"dlopen($self, name=None, flags=0, /)\n--\n\nOpen a dynamic library: by file name (str or bytes), the program itself (None), or an already open handle (a\n'void *' cdata). 'flags' are RTLD_* constants. Gives a Lib, whose attributes are the declared functions and\nvariables, looked up when they are first used. OSError if the library cannot be opened."),
    method!(fast FfiObject, c"from_buffer", allocate::from_buffer, c"from_buffer($self, /, cdecl, python_buffer=..., require_writable=0)\n--\n\nA cdata at the memory of an object with the buffer interface, without a copy. The object stays locked until the\ncdata is released or garbage. With one argument, which is the object then, the type is 'char[]'.\n\nTypeError for types that are no pointers or arrays, and for str; ValueError if the buffer is smaller than an\narray type; BufferError or TypeError if 'require_writable' is true and the memory is read-only.\n\n    >>> b = bytearray(b'abcd')\n    >>> ffi.from_buffer('uint16_t[]', b)\n    <cdata 'uint16_t[]' buffer len 2 from 'bytearray' object>"),
    method!(one FfiObject, c"from_handle", own_gc::from_handle, c"from_handle($self, cdata, /)\n--\n\nThe Python object of a 'void *' from new_handle(), whose handle must still be alive. RuntimeError for NULL; an\naddress that is no handle is refused as well."),
    method!(fast FfiObject, c"gc", gcp::gcp, c"gc($self, /, cdata, destructor, size=0)\n--\n\nA copy of a pointer that calls destructor(cdata) when it is released or garbage. With None as the destructor,\ntakes an earlier one off and returns None. 'size' (bytes) is a hint that is not used.\n\n    >>> p = ffi.gc(lib.make(), lib.destroy)"),
    method!(fast FfiObject, c"getctype", types::getctype, c"getctype($self, /, cdecl, replace_with='')\n--\n\nThe C name (str) of a type, with 'replace_with' put where the name of a variable goes.\n\n    >>> ffi.getctype('int[5]', '*')\n    'int(*)[5]'"),
    #[cfg(windows)]
    method!(fast FfiObject, c"getwinerror", crate::ffi_obj::methods::winerror::getwinerror, c"getwinerror($self, /, code=-1)\n--\n\n(code, message) of a Windows error number (int), by default of what GetLastError() was after the last call."),
    method!(one FfiObject, c"include", inline::include, c"include($self, other, /)\n--\n\nMake the typedefs, structs, unions, enums and constants of another FFI object visible in this one. The other one has\nthem from cdef(), or is that of a compiled module. They are the other's own ctypes. What the other declares later is not visible here.\n\nTypeError for other objects, FFI.error if a name has another meaning here.\n\n    >>> base = FFI()\n    >>> base.cdef('typedef int number;')\n    >>> ffi = FFI()\n    >>> ffi.include(base)\n    >>> ffi.typeof('number *')\n    <ctype 'int *'>"),
    method!(fast FfiObject, c"init_once", init_once, c"init_once($self, /, func, tag)\n--\n\nThe result of func(), which is called the first time that this tag (any hashable object) is seen, and not again\nafterwards. Other threads that come with the same tag wait meanwhile. An exception goes to the caller, and the\nnext call tries again. RuntimeError if the function comes back here with its own tag.\n\n    >>> ffi.init_once(lib.init, 'init')"),
    method!(fast FfiObject, c"integer_const", constants::integer_const, c"integer_const($self, /, name)\n--\n\nThe value (int) of an integer constant or enumerator of the declarations, or of those that they include.\n\nAttributeError if there is none of that name, FFI.error if it is something else."),
    method!(noargs FfiObject, c"list_types", constants::list_types, c"list_types($self, /)\n--\n\n(typedefs, structs, unions): three lists of the names (str) that the declarations have.\n\n    >>> FFI().list_types()\n    ([], [], [])"),
    method!(fast FfiObject, c"memmove", memory::memmove, c"memmove($self, /, dest, src, n)\n--\n\nCopy n bytes between cdata pointers or arrays and objects with the buffer interface; the regions may overlap.\nValueError if n is negative or more than a side is known to have, RuntimeError for NULL.\n\n    >>> b = bytearray(3)\n    >>> ffi.memmove(b, ffi.new('char[]', b'xyz'), 3)\n    >>> b\n    bytearray(b'xyz')"),
    method!(fast FfiObject, c"new", allocate::new, c"new($self, /, cdecl, init=None)\n--\n\nAllocate zeroed C memory for what a pointer type points to, or for an array, and store an initializer. The\nmemory is freed with the returned cdata, and not before. For an open array, 'init' gives the items or their\nnumber.\n\nTypeError for other types; what an initializer of the wrong kind raises; MemoryError.\n\n    >>> ffi.new('int *', 42)[0]\n    42"),
    method!(fast FfiObject, c"new_allocator", allocate::new_allocator, c"new_allocator($self, /, alloc=None, free=None, should_clear_after_alloc=True)\n--\n\nA function like new() with another source of memory.\n\nalloc(size) is called with a number of bytes and returns a pointer cdata; free(cdata), if given, is called with it\nwhen the memory is released or garbage. If 'should_clear_after_alloc' is false the memory is not zeroed. Without\n'alloc' the memory is that of new().\n\nThe function raises TypeError if alloc() returns no pointer, ValueError if that is known to have less than 'size'\nbytes, MemoryError if it is NULL.\n\n    >>> new = ffi.new_allocator(lib.malloc, lib.free)"),
    method!(one FfiObject, c"new_handle", allocate::new_handle, c"new_handle($self, obj, /)\n--\n\nA unique 'void *' that stands for a Python object, which it keeps alive; from_handle() gives the object back.\n\n    >>> h = ffi.new_handle([1])\n    >>> ffi.from_handle(ffi.cast('void *', h))\n    [1]"),
    method!(fast FfiObject, c"offsetof", address::offsetof, c"offsetof($self, cdecl, /, *fields_or_indices)\n--\n\nOffset in bytes (int) inside of a type, of the field (str) or item (int) that a path of names and indices leads\nto. A pointer to a struct stands for the struct. TypeError for other types and for bit fields, KeyError for\nunknown fields."),
    method!(one FfiObject, c"release", release::release, c"release($self, cdata, /)\n--\n\nGive up now what a cdata from new(), gc(), from_buffer() or an allocator owns. Idempotent. ValueError for other\ncdata."),
    method!(one FfiObject, c"sizeof", types::sizeof, c"sizeof($self, cdecl, /)\n--\n\nSize in bytes (int) of a type, or of the data of a cdata. FFI.error where it is unknown.\n\n    >>> ffi.sizeof('int[10]')\n    40"),
    method!(fast FfiObject, c"string", string::string, c"string($self, /, cdata, maxlen=-1)\n--\n\nA Python copy of a C string up to its NUL, at most 'maxlen' characters: bytes for 'char', str for wide characters.\nAlso the character of a single one, and the name of an enum's value. RuntimeError for NULL.\n\n    >>> ffi.string(ffi.new('char[]', b'abc'))\n    b'abc'"),
    method!(one FfiObject, c"typeof", types::typeof_, c"typeof($self, cdecl, /)\n--\n\nThe CType of a type text, of a cdata, or of a function of a compiled library.\n\n    >>> ffi.typeof('int[3]')\n    <ctype 'int[3]'>"),
    method!(fast FfiObject, c"unpack", unpack::unpack, c"unpack($self, /, cdata, length)\n--\n\nA Python copy of 'length' items: bytes or str for characters, which do not end at a NUL, else a list. ValueError\nif the length is negative or more than is known to be there, RuntimeError for NULL.\n\n    >>> ffi.unpack(ffi.new('int[3]', [4, 5]), 2)\n    [4, 5]"),
    METHODS_END,
]);

/// Returns the definitions of the methods.
pub(crate) fn methods() -> &'static [ffi::PyMethodDef] {
    &METHODS.0
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

static GETSET: Table<ffi::PyGetSetDef, 2> = Table([
    ffi::PyGetSetDef {
        name: c"errno".as_ptr(),
        get: Some(slot!(get FfiObject, get_errno)),
        set: Some(slot!(set FfiObject, set_errno)),
        doc: c"C's errno (int) as the last call on this thread left it, and the next one will find it."
            .as_ptr(),
        closure: std::ptr::null_mut(),
    },
    GETSET_END,
]);

/// Makes the Python type, still without its class attributes: see [`add_attributes`].
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    TypeSpec::new::<FfiObject>(c"_cffi_backend.FFI")
        .without(ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION | ffi::Py_TPFLAGS_IMMUTABLETYPE)
        .flags(ffi::Py_TPFLAGS_HAVE_GC | ffi::Py_TPFLAGS_BASETYPE)
        .doc(DOC)
        .slot(ffi::Py_tp_new, slot!(new construct::make) as *const c_void)
        .slot(ffi::Py_tp_init, slot!(init FfiObject, construct::begin) as *const c_void)
        .slot(ffi::Py_tp_dealloc, object::dealloc as *const c_void)
        .slot(ffi::Py_tp_traverse, object::traverse as *const c_void)
        .slot(ffi::Py_tp_clear, object::clear as *const c_void)
        .slot(ffi::Py_tp_methods, METHODS.as_slot())
        .slot(ffi::Py_tp_getset, GETSET.as_slot())
        .make(py, module, None)
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
