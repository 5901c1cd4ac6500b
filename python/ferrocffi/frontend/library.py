"""The libraries that `FFI.dlopen()` returns for backends other than `_cffi_backend`.

For `_cffi_backend` the compiled method `dlopen` makes them.
"""

from . import model


def make(ffi, libname, backendlib):
    """Returns a library object and the dict of its attributes."""
    accessors, version = {}, [None]

    def scan():
        if version[0] is ffi._cdef_version:
            return
        for key, (tp, _) in ffi._parser._declarations.items():
            kind, _, name = key.partition(" ")
            if isinstance(tp, model.EnumType):
                for index, enumerator in enumerate(tp.enumerators):
                    accessors[enumerator] = "enumerator", tp, index
            elif kind in ("function", "variable", "constant"):
                accessors[name] = kind, tp, None
        for name, value in ffi._parser._int_constants.items():
            accessors.setdefault(name, ("integer", value, None))
        version[0] = ffi._cdef_version

    def access(name):
        kind, tp, index = accessors[name]
        if kind == "function":
            library.__dict__[name] = backendlib.load_function(ffi._get_cached_btype(tp), name)
        elif kind == "variable":
            ctype = ffi._get_cached_btype(tp)

            def read(self):
                return backendlib.read_variable(ctype, name)

            def write(self, value):
                backendlib.write_variable(ctype, name, value)

            setattr(FFILibrary, name, property(read, write))
        elif kind == "constant":
            raise NotImplementedError(
                f"non-integer constant '{name}' cannot be accessed from a dlopen() library"
            )
        elif kind == "enumerator":
            tp.check_not_partial()
            library.__dict__[name] = tp.enumvalues[index]
        else:
            library.__dict__[name] = tp

    def find(name):
        with ffi._lock:
            if name in library.__dict__ or name in FFILibrary.__dict__:
                return
            scan()
            if name not in accessors:
                raise AttributeError(name)
            access(name)

    class FFILibrary:
        def __getattr__(self, name):
            find(name)
            return getattr(self, name)

        def __setattr__(self, name, value):
            if isinstance(getattr(FFILibrary, name, None), property):
                object.__setattr__(self, name, value)
                return
            find(name)
            if not isinstance(getattr(FFILibrary, name, None), property):
                raise AttributeError(f"'{name}' of a library is no global variable, and cannot be set")
            object.__setattr__(self, name, value)

        def __dir__(self):
            with ffi._lock:
                scan()
                return list(accessors)

        def __addressof__(self, name):
            if name in library.__dict__:
                return library.__dict__[name]
            find(name)
            if name in library.__dict__:
                return library.__dict__[name]
            tp = accessors[name][1]
            with ffi._lock:
                pointer = tp if tp.is_array_type else model.PointerType(tp)
                return backendlib.load_function(ffi._get_cached_btype(pointer), name)

        def __cffi_close__(self):
            backendlib.close_lib()
            self.__dict__.clear()

    if isinstance(libname, str):
        FFILibrary.__name__ = f"FFILibrary_{libname}"
    library = FFILibrary()
    return library, library.__dict__
