"""The class `FFI`: declarations that grow with each `cdef()`, and what is done with them."""

import sys
import types

from . import compiled
from .error import CDefError, FFIError, PkgConfigError, VerificationError, VerificationMissing, as_cdef_error
from .lock import allocate_lock

__all__ = ["FFI", "CDefError", "FFIError", "PkgConfigError", "VerificationError", "VerificationMissing"]


class FFI:
    """C declarations, and the types, data and libraries that they describe.

    >>> ffi = FFI()
    >>> ffi.cdef("int printf(const char *format, ...);")
    >>> C = ffi.dlopen(None)
    """

    def __init__(self, backend=None):
        """Makes an object without declarations. `backend` replaces `_cffi_backend`, for tests."""
        if backend is None:
            import _cffi_backend as backend
        from . import cparser, model

        self._backend = backend
        self._lock = allocate_lock()
        self._parser = cparser.Parser()
        self._cached_btypes = {}
        self._parsed_types = {}
        self._new_types = {}
        self._function_caches = []
        self._libraries = []
        self._cdefsources = []
        self._included_ffis = []
        self._windows_unicode = None
        self._init_once_cache = {}
        self._cdef_version = None
        self._embedding = None
        self._typecache = model.get_typecache(backend)
        if hasattr(backend, "set_ffi"):
            backend.set_ffi(self)
        for name in list(getattr(backend, "__dict__", ())):
            if name.startswith("RTLD_"):
                setattr(self, name, getattr(backend, name))
        with self._lock:
            self.BVoidP = self._get_cached_btype(model.voidp_type)
            self.BCharA = self._get_cached_btype(model.char_array_type)
        # One backend for all objects has one NULL, which the class can have.
        owner = FFI if isinstance(backend, types.ModuleType) else self
        if owner is self or "NULL" not in FFI.__dict__:
            owner.NULL = self.cast(self.BVoidP, 0)
            owner.CData, owner.CType = backend._get_types()
        self.buffer = backend.buffer

    # Declarations.

    def cdef(self, csource, override=False, packed=False, pack=None):
        """Adds the declarations of a text of C.

        `override` lets names be declared again. `packed` and `pack` limit the alignment of the members of its structs.
        """
        self._cdef(csource, override=override, packed=packed, pack=pack)

    def embedding_api(self, csource, packed=False, pack=None):
        """Adds functions that are implemented in Python and exported by the library that `compile()` makes."""
        self._cdef(csource, packed=packed, pack=pack, dllexport=True)
        if self._embedding is None:
            self._embedding = ""

    def _cdef(self, csource, override=False, **options):
        if not isinstance(csource, str):
            raise TypeError("cdef() argument must be a string")
        with self._lock:
            self._cdef_version = object()
            with as_cdef_error():
                self._parser.parse(csource, override=override, **options)
            self._cdefsources.append(csource)
            if override:
                for cache in self._function_caches:
                    cache.clear()
                self._parsed_types.clear()
            waiting = self._parser._recomplete
            if waiting:
                self._parser._recomplete = []
                for tp in waiting:
                    tp.finish_backend_type(self, waiting)

    def include(self, ffi_to_include):
        """Makes the types and constants of another FFI object visible in this one.

        The other one can be the `ffi` of a compiled module, too.
        """
        if compiled.is_compiled(ffi_to_include):
            ffi_to_include = compiled.stand_in(ffi_to_include, FFI)
        if not isinstance(ffi_to_include, FFI):
            raise TypeError(
                "ffi.include() expects an argument that is also of type cffi.FFI, not "
                f"{type(ffi_to_include).__name__!r}"
            )
        if ffi_to_include is self:
            raise ValueError("self.include(self)")
        # The locks are taken in one order, so that two threads cannot wait for each other.
        first, second = sorted((self, ffi_to_include), key=id)
        with first._lock, second._lock:
            self._parser.include(ffi_to_include._parser)
            self._cdefsources.extend(["[", *ffi_to_include._cdefsources, "]"])
            self._included_ffis.append(ffi_to_include)

    def set_unicode(self, enabled_flag):
        """Declares TCHAR and its relatives of Windows, as wide characters or not."""
        if self._windows_unicode is not None:
            raise ValueError("set_unicode() can only be called once")
        enabled = bool(enabled_flag)
        character = "wchar_t" if enabled else "char"
        self.cdef(
            f"typedef {character} TBYTE;typedef {character} TCHAR;typedef {character} const *LPCTSTR;"
            f"typedef {character} const *PCTSTR;typedef {character} *LPTSTR;typedef {character} *PTSTR;"
            "typedef TBYTE *PTBYTE;typedef TCHAR *PTCHAR;"
        )
        self._windows_unicode = enabled

    def list_types(self):
        """Returns the sorted names of typedefs, structs and unions: three lists."""
        found = {"typedef": [], "struct": [], "union": []}
        for key in self._parser._declarations:
            kind, _, name = key.partition(" ")
            if kind in found:
                found[kind].append(name)
        return tuple(sorted(names) for names in found.values())

    # Types.

    def _typeof_locked(self, cdecl):
        known = self._parsed_types.get(cdecl)
        if known is not None:
            return known
        if not isinstance(cdecl, str):
            raise TypeError("a type must be given as a string")
        with as_cdef_error():
            tp = self._parser.parse_type(cdecl)
        is_function = tp.is_raw_function
        if is_function:
            tp = tp.as_function_pointer()
        found = self._get_cached_btype(tp), is_function
        self._parsed_types[cdecl] = found
        return found

    def _typeof(self, cdecl, consider_function_as_funcptr=False):
        found = self._parsed_types.get(cdecl)
        if found is None:
            with self._lock:
                found = self._typeof_locked(cdecl)
        btype, is_function = found
        if is_function and not consider_function_as_funcptr:
            raise CDefError(f"the type {cdecl!r} is a function type, not a pointer-to-function type")
        return btype

    def _type(self, cdecl):
        return self._typeof(cdecl) if isinstance(cdecl, str) else cdecl

    def typeof(self, cdecl):
        """Returns the ctype of a text, of a cdata, or of a function of a compiled module."""
        if isinstance(cdecl, str):
            return self._typeof(cdecl)
        if isinstance(cdecl, self.CData):
            return self._backend.typeof(cdecl)
        if isinstance(cdecl, types.BuiltinFunctionType):
            found = _builtin_function_type(cdecl)
            if found is not None:
                return found
        if isinstance(cdecl, types.FunctionType) and hasattr(cdecl, "_cffi_base_type"):
            with self._lock:
                return self._get_cached_btype(cdecl._cffi_base_type)
        raise TypeError(type(cdecl))

    def _get_cached_btype(self, type):
        """Returns the ctype of an object of `model`. The lock is held."""
        known = self._cached_btypes.get(type)
        if known is None:
            waiting = []
            known = type.get_cached_btype(self, waiting)
            for tp in waiting:
                tp.finish_backend_type(self, waiting)
        return known

    def sizeof(self, cdecl):
        """Returns the size in bytes of a type or cdata."""
        return self._backend.sizeof(self._type(cdecl))

    def alignof(self, cdecl):
        """Returns the alignment in bytes of a type."""
        return self._backend.alignof(self._type(cdecl))

    def offsetof(self, cdecl, *fields_or_indexes):
        """Returns the offset in bytes of a field or item, to which a path of names and indices leads."""
        return self._typeoffsetof(self._type(cdecl), *fields_or_indexes)[1]

    def _typeoffsetof(self, BType, field, *more):
        BType, offset = self._backend.typeoffsetof(BType, field)
        for step in more:
            BType, further = self._backend.typeoffsetof(BType, step, True)
            offset += further
        return BType, offset

    def getctype(self, cdecl, replace_with=""):
        """Returns the C name of a type, with a text in the place of a declarator."""
        declarator = replace_with.strip()
        cdecl = self._type(cdecl)
        if declarator.startswith("*") and "&[" in self._backend.getcname(cdecl, "&"):
            declarator = f"({declarator})"
        elif declarator and declarator[0] not in "[(":
            declarator = " " + declarator
        return self._backend.getcname(cdecl, declarator)

    # Data.

    def new(self, cdecl, init=None):
        """Allocates memory for what a pointer type points to, or for an array, and stores an initializer."""
        return self._backend.newp(self._type(cdecl), init)

    def new_allocator(self, alloc=None, free=None, should_clear_after_alloc=True):
        """Returns a function like `new()` with another source of memory."""
        allocate = self._backend.FFI().new_allocator(alloc, free, should_clear_after_alloc)

        def allocator(cdecl, init=None):
            return allocate(self._type(cdecl), init)

        return allocator

    def cast(self, cdecl, source):
        """Converts as a C cast does."""
        return self._backend.cast(self._type(cdecl), source)

    def string(self, cdata, maxlen=-1):
        """Returns a Python copy of a C string."""
        return self._backend.string(cdata, maxlen)

    def unpack(self, cdata, length):
        """Returns a Python copy of a number of items."""
        return self._backend.unpack(cdata, length)

    def from_buffer(self, cdecl, python_buffer=..., require_writable=False):
        """Returns a cdata at the memory of an object with the buffer interface."""
        if python_buffer is ...:
            cdecl, python_buffer = self.BCharA, cdecl
        return self._backend.from_buffer(self._type(cdecl), python_buffer, require_writable)

    def memmove(self, dest, src, n):
        """Copies bytes between cdata and objects with the buffer interface."""
        return self._backend.memmove(dest, src, n)

    def callback(self, cdecl, python_callable=None, error=None, onerror=None):
        """Returns a C function pointer that calls a Python function; without one, a decorator."""
        if isinstance(cdecl, str):
            cdecl = self._typeof(cdecl, consider_function_as_funcptr=True)

        def make(function):
            if not callable(function):
                raise TypeError("the 'python_callable' argument is not callable")
            return self._backend.callback(cdecl, function, error, onerror)

        return make if python_callable is None else make(python_callable)

    def addressof(self, cdata, *fields_or_indexes):
        """Returns the address of a struct, union, array, field or item, or of a name of a library."""
        try:
            ctype = self._backend.typeof(cdata)
        except TypeError:
            if "__addressof__" in type(cdata).__dict__:
                return type(cdata).__addressof__(cdata, *fields_or_indexes)
            raise
        if fields_or_indexes:
            ctype, offset = self._typeoffsetof(ctype, *fields_or_indexes)
        elif ctype.kind == "pointer":
            raise TypeError("addressof(pointer)")
        else:
            offset = 0
        return self._backend.rawaddressof(self._pointer_to(ctype), cdata, offset)

    def _pointer_to(self, ctype):
        from . import model

        with self._lock:
            return model.pointer_cache(self, ctype)

    def gc(self, cdata, destructor, size=0):
        """Returns a copy of a pointer that calls the destructor when it is garbage."""
        return self._backend.gcp(cdata, destructor, size)

    def new_handle(self, x):
        """Returns a `void *` that stands for a Python object."""
        return self._backend.newp_handle(self.BVoidP, x)

    def from_handle(self, x):
        """Returns the object of a handle."""
        return self._backend.from_handle(x)

    def release(self, x):
        """Gives up now what a cdata owns."""
        self._backend.release(x)

    def init_once(self, func, tag):
        """Calls `func` the first time that this tag is seen, and returns its result each time."""
        cache = self._init_once_cache
        done, value = cache.get(tag) or cache.setdefault(tag, (False, allocate_lock()))
        if done:
            return value
        with value:
            done, known = cache[tag]
            if not done:
                known = func()
                cache[tag] = True, known
            return known

    def _get_errno(self):
        return self._backend.get_errno()

    def _set_errno(self, errno):
        self._backend.set_errno(errno)

    errno = property(
        _get_errno, _set_errno, None, "The value of errno after the last call of C, for the next one."
    )

    def getwinerror(self, code=-1):
        """Returns (code, message) of an error of Windows."""
        return self._backend.getwinerror(code)

    # Libraries.

    def dlopen(self, name, flags=0):
        """Opens a dynamic library by its name; None is the program itself."""
        if not (isinstance(name, str) or name is None or isinstance(name, self.CData)):
            raise TypeError(
                "dlopen(name): name must be a file name, None, or an already-opened 'void *' handle"
            )
        with self._lock:
            library, caches = _make_ffi_library(self, name, flags)
            self._function_caches.append(caches)
            self._libraries.append(library)
        return library

    def dlclose(self, lib):
        """Closes a library; what was looked up in it must not be used any more."""
        type(lib).__cffi_close__(lib)

    def def_extern(self, *args, **kwds):
        """Refuses: only the `ffi` of a compiled module has functions that C calls."""
        raise ValueError("ffi.def_extern() is only available on API-mode FFI objects")

    # Modules.

    def set_source(self, module_name, source, source_extension=".c", **kwds):
        """Notes which module `compile()` makes. `source` is C code; None makes a module in Python.

        The other arguments are those of the compiler and linker: `libraries`, `include_dirs` and so on.
        """
        import os

        if hasattr(self, "_assigned_source"):
            raise ValueError("set_source() cannot be called several times per ffi object")
        if not isinstance(module_name, str):
            raise TypeError("'module_name' must be a string")
        if os.sep in module_name or (os.altsep and os.altsep in module_name):
            raise ValueError(
                "'module_name' must not contain '/': use a dotted name to make a 'package.module' location"
            )
        self._assigned_source = str(module_name), source, source_extension, kwds

    def set_source_pkgconfig(self, module_name, pkgconfig_libs, source, source_extension=".c", **kwds):
        """Calls `set_source()` with what the program pkg-config tells of some libraries."""
        from . import pkgconfig

        if not isinstance(pkgconfig_libs, list):
            raise TypeError("the pkgconfig_libs argument must be a list of package names")
        pkgconfig.merge_flags(kwds, pkgconfig.flags_from_pkgconfig(pkgconfig_libs))
        self.set_source(module_name, source, source_extension, **kwds)

    def distutils_extension(self, tmpdir="build", verbose=True):
        """Writes the C source and returns the `Extension` of setuptools that builds it."""
        from .recompiler import recompile

        if not hasattr(self, "_assigned_source"):
            if hasattr(self, "verifier"):
                return self.verifier.get_extension()
            raise ValueError("set_source() must be called before distutils_extension()")
        name, source, extension, kwds = self._assigned_source
        if source is None:
            raise TypeError(
                "distutils_extension() is only for C extension modules, not for dlopen()-style pure Python modules"
            )
        os_makedirs(tmpdir)
        ext, updated = recompile(
            self,
            name,
            source,
            tmpdir=tmpdir,
            extradir=tmpdir,
            source_extension=extension,
            call_c_compiler=False,
            **kwds,
        )
        if verbose:
            path = ext.sources[0]
            sys.stderr.write(f"regenerated: {path!r}\n" if updated else f"not modified: {path!r}\n")
        return ext

    def emit_c_code(self, filename):
        """Writes the C source of the module into a file."""
        assigned = _assigned(self, "emit_c_code")
        if assigned[1] is None:
            raise TypeError(
                "emit_c_code() is only for C extension modules, not for dlopen()-style pure Python modules"
            )
        _write(self, assigned, filename)

    def emit_python_code(self, filename):
        """Writes the module in Python into a file."""
        # The stock front end names the other method here, too.
        assigned = _assigned(self, "emit_c_code")
        if assigned[1] is not None:
            raise TypeError(
                "emit_python_code() is only for dlopen()-style pure Python modules, not for C extension modules"
            )
        _write(self, assigned, filename)

    def compile(self, tmpdir=".", verbose=0, target=None, debug=None):
        """Writes and compiles the module below a folder. Returns the path of the result.

        `target` is the name of the file; an asterisk in it stands for the suffix of the platform.
        """
        from .recompiler import recompile

        name, source, extension, kwds = _assigned(self, "compile")
        return recompile(
            self, name, source, tmpdir=tmpdir, target=target, source_extension=extension, compiler_verbose=verbose,
            debug=debug, **kwds,
        )  # fmt: skip

    def embedding_init_code(self, pysource):
        """Gives the Python code that runs when the library is used for the first time."""
        if self._embedding:
            raise ValueError("embedding_init_code() can only be called once")
        lines = pysource.splitlines()
        while lines and not lines[0].strip():
            del lines[0]
        import os

        written = [line for line in lines if line.strip()]
        indents = [line[: len(line) - len(line.lstrip())] for line in written]
        common = len(os.path.commonprefix(indents)) if indents else 0
        text = "\n".join(line[common:].rstrip() for line in lines) + "\n"
        compile(text, "cffi_init", "exec")
        self._embedding = text

    def _apply_embedding_fix(self, kwds):
        """Adds what a program that embeds Python is linked with."""
        from .embedding import link_python

        link_python(kwds)

    def verify(self, source="", tmpdir=None, **kwds):
        """Compiles C code with the declarations, and returns the library. Deprecated: use `set_source()`."""
        from .verifier import Verifier, _caller_dir_pycache

        if self._windows_unicode:
            self._apply_windows_unicode(kwds)
        tmpdir = tmpdir or _caller_dir_pycache()
        self.verifier = Verifier(self, source, tmpdir, **kwds)
        lib = self.verifier.load_library()
        # The library keeps the FFI object alive.
        self._libraries.append(lib)
        return lib

    def _apply_windows_unicode(self, kwds):
        macros = kwds.get("define_macros", ())
        if not isinstance(macros, (list, tuple)):
            raise TypeError("'define_macros' must be a list or tuple")
        macros = [*macros, ("UNICODE", "1"), ("_UNICODE", "1")]
        kwds["define_macros"] = macros


def _assigned(ffi, method):
    if not hasattr(ffi, "_assigned_source"):
        raise ValueError(f"set_source() must be called before {method}()")
    return ffi._assigned_source


def _write(ffi, assigned, filename):
    """Writes the text of the module that `set_source()` has assigned, without compiling it."""
    from .recompiler import recompile

    name, source, extension, kwds = assigned
    recompile(
        ffi, name, source, c_file=filename, call_c_compiler=False, uses_ffiplatform=False,
        source_extension=extension, **kwds,
    )  # fmt: skip


def os_makedirs(path):
    """Makes a folder, unless it is there."""
    import os

    os.makedirs(path, exist_ok=True)


def _load_backend_lib(backend, name, flags):
    """Opens a library as the linker would find it by its short name, if it is no path."""
    import os

    if name is None and sys.platform == "win32":
        raise OSError(
            "dlopen(None) cannot work on Windows for Python 3 (see http://bugs.python.org/issue23606)"
        )
    if not isinstance(name, str):
        return backend.load_library(name, flags)
    first = None
    if "." in name or "/" in name or os.sep in name:
        try:
            return backend.load_library(name, flags)
        except OSError as error:
            first = error
    import ctypes.util

    path = ctypes.util.find_library(name)
    if path is not None:
        return backend.load_library(path, flags)
    text = f"ctypes.util.find_library() did not manage to locate a library called {name!r}"
    raise OSError(f"{first}.  Additionally, {text}" if first is not None else text)


def _make_ffi_library(ffi, libname, flags):
    """Returns a library object and the dict of its attributes."""
    from .library import make

    return make(ffi, libname, _load_backend_lib(ffi._backend, libname, flags))


def _builtin_function_type(func):
    """Returns the ctype of a function of a module that `verify()` has made."""
    try:
        module = sys.modules[func.__module__]
        ffi, types_of = module._cffi_original_ffi, module._cffi_types_of_builtin_funcs
        tp = types_of[func]
    except (KeyError, AttributeError, TypeError):
        return None
    with ffi._lock:
        return ffi._get_cached_btype(tp)
