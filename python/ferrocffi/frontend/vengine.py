"""Libraries of `FFI.verify()`: an API module with the declarations, loaded, and checked against what C says."""

import os
import sys

import _cffi_backend

from . import model
from .error import VerificationError


class Engine:
    """Writes and loads the module of one `Verifier`."""

    _class_key = "x"
    _gen_python_module = True
    _mark = "_cffi_python_module"

    def __init__(self, verifier):
        self.verifier = verifier
        self.ffi = verifier.ffi

    def patch_extension_kwds(self, kwds):
        """Leaves the arguments of the compiler as they are."""

    def collect_types(self):
        """Does nothing: the module has the types."""

    def find_module(self, module_name, path, so_suffixes):
        """Returns the path of the module in a folder of the list, or None."""
        for folder in sys.path if path is None else path:
            for suffix in so_suffixes:
                file = os.path.join(folder, module_name + suffix)
                if os.path.isfile(file):
                    return file
        return None

    def write_source_to_f(self, f):
        """Writes the C source."""
        from ferrocffi import sources

        from .recompiler import _Declarations, _Errors

        core = _with_included(self.ffi)
        f.write(
            sources.c_source(
                _Declarations(core), self.verifier.get_module_name(), self.verifier.preamble, errors=_Errors
            )
        )

    def load_library(self, flags=None):
        """Loads the module, checks it and returns the library."""
        from . import _imp_emulation

        if not self._gen_python_module:
            flags = None
        saved = sys.getdlopenflags() if flags is not None and hasattr(sys, "setdlopenflags") else None
        if saved is not None:
            sys.setdlopenflags(flags)
        try:
            module = _imp_emulation.load_dynamic(
                self.verifier.get_module_name(), self.verifier.modulefilename
            )
        except ImportError as error:
            raise VerificationError(f"importing {self.verifier.modulefilename!r}: {error}") from error
        finally:
            if saved is not None:
                sys.setdlopenflags(saved)
        sys.modules.pop(self.verifier.get_module_name(), None)
        _check(self.ffi, module)
        _use_types_of(self.ffi, module.ffi)
        return _library(self, module)


def _with_included(ffi):
    """Returns the declarations of an FFI object, those of included ones as its own."""
    from .recompiler import core_of

    if not ffi._included_ffis:
        return core_of(ffi)
    core = _cffi_backend.FFI()
    texts = {}
    for text in ffi._cdefsources:
        if text not in ("[", "]"):
            texts[text] = None
    for text in texts:
        refused = core._take(text, False, 0, False)
        if refused:
            raise VerificationError(refused[0])
    return core


def _check(ffi, module):
    """Raises `VerificationError` where C has another meaning than the declarations."""
    lib, compiled = module.lib, module.ffi
    for key, (tp, _) in sorted(ffi._parser._declarations.items()):
        kind, _, name = key.partition(" ")
        try:
            if kind == "macro" or (kind == "constant" and tp.is_integer_type()):
                getattr(lib, name)
            elif kind in ("struct", "union", "anonymous") and isinstance(tp, model.StructOrUnion):
                if tp.fldtypes is not None and tp.has_c_name():
                    found = compiled.typeof(tp.get_c_name())
                    found.fields  # noqa: B018 - it makes the type complete
                    _check_struct(compiled, tp, found)
            elif isinstance(tp, model.EnumType):
                for enumerator in tp.enumerators:
                    getattr(lib, enumerator)
                if tp.partial:
                    tp.enumvalues = tuple(getattr(lib, enumerator) for enumerator in tp.enumerators)
                    tp.partial_resolved = True
        except compiled.error as error:
            raise VerificationError(str(error)) from error


def _check_struct(compiled, tp, found):
    if found.fields is None or tp.partial:
        return


_REPLACED = [
    "_typeof",
    "addressof",
    "alignof",
    "callback",
    "cast",
    "from_buffer",
    "getctype",
    "new",
    "offsetof",
    "sizeof",
    "typeof",
    "string",
    "unpack",
]


def _use_types_of(ffi, compiled):
    """Lets the methods of an FFI object use the ctypes of the compiled module."""
    cls = type(ffi)
    for name in _REPLACED:
        ffi.__dict__.pop(name, None)
    known = {}

    def _typeof(cdecl, consider_function_as_funcptr=False):
        key = cdecl, consider_function_as_funcptr
        if key not in known:
            try:
                known[key] = compiled.typeof(cdecl)
            except compiled.error:
                plain = cls._typeof(ffi, cdecl, consider_function_as_funcptr)
                try:
                    known[key] = compiled.typeof(compiled.getctype(plain))
                except compiled.error:
                    known[key] = plain
        return known[key]

    def typeof(cdecl):
        if isinstance(cdecl, type(len)):
            try:
                return compiled.typeof(cdecl)
            except TypeError:
                pass
        return cls.typeof(ffi, cdecl)

    ffi._typeof = _typeof
    ffi.typeof = typeof


def _library(engine, module):
    """Returns the object whose attributes are those of the compiled library."""
    lib, compiled = module.lib, module.ffi

    class FFILibrary:
        _cffi_python_module = module
        _cffi_ffi = engine.ffi

        def __getattr__(self, name):
            try:
                return getattr(lib, name)
            except compiled.error as error:
                raise VerificationError(str(error)) from error

        def __setattr__(self, name, value):
            setattr(lib, name, value)

        def __dir__(self):
            return [*dir(lib), *self.__dict__]

        def __addressof__(self, *names):
            return compiled.addressof(lib, *names)

    if not engine._gen_python_module:
        FFILibrary._cffi_generic_module = module
        del FFILibrary._cffi_python_module
    FFILibrary._cffi_dir = property(lambda self: dir(lib))
    return FFILibrary()
