"""Libraries of `FFI.verify()`: an API module with the declarations, loaded, and checked against what C says."""

import os
import re
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

        from .recompiler import _Declarations, _Errors, core_of

        reserved = _reserved_source(self)
        if reserved is not None:
            f.write(reserved)
            return
        included = [other.__dict__.get("_verified_module") for other in self.ffi._included_ffis]
        names = [module.__name__ for module in included if module is not None]
        core = core_of(self.ffi) if len(names) == len(included) else _with_included(self.ffi)
        f.write(
            sources.c_source(
                _Declarations(core),
                self.verifier.get_module_name(),
                self.verifier.preamble,
                includes=names if len(names) == len(included) else (),
                errors=_Errors,
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
        first = self.ffi.__dict__.setdefault("_verified_module", module)
        if first is not module:
            # Several modules of one FFI object have one set of types.
            module.ffi._share(first.ffi)
        _check(self.ffi, module)
        _use_types_of(self.ffi, module.ffi)
        return _library(self, module)


_OWN, _OTHER, _SPARE = ("_cffi_", "_CFFI_"), ("_cffiv_", "_CFFIV_"), ("_cffiV_", "_CFFIU_")


def _renamed(text, old, new):
    for before, after in zip(old, new):
        # The backend and PyPy look for two names.
        text = re.sub(rf"\b{before}(?!backend|pypyinit_)", after, text)
    return text


def _restored(text):
    for spare, own in zip(_SPARE, _OWN):
        text = text.replace(spare, own)
    return text


def _reserved_source(engine):
    """Returns the C source for a program that itself uses the names that sources of modules reserve, else None.

    The source has other names for its own things then.
    """
    ffi, preamble = engine.ffi, engine.verifier.preamble
    if not any(word in text for word in _OWN for text in (preamble, *ffi._cdefsources)):
        return None
    from ferrocffi import sources

    from .recompiler import _Declarations, _Errors

    place = "/* the text of the program */"
    core = _with_included(ffi, lambda text: _renamed(text, _OWN, _SPARE))
    name = _renamed(engine.verifier.get_module_name(), _OWN, _SPARE)
    source = sources.c_source(_Declarations(core), name, place, errors=_Errors)
    return _restored(_renamed(source, _OWN, _OTHER)).replace(place, preamble)


def _with_included(ffi, change=str):
    """Returns the declarations of an FFI object, those of included ones as its own. `change` changes the texts."""
    core = _cffi_backend.FFI()
    texts = {}
    for text in ffi._cdefsources:
        if text not in ("[", "]"):
            texts[change(text)] = None
    for text in texts:
        refused = core._take(text, False, 0, False)
        if refused:
            raise VerificationError(refused[0])
    return core


def _check(ffi, module):
    """Raises `VerificationError` where C has another meaning than the declarations."""
    for key, (tp, _) in sorted(ffi._parser._declarations.items()):
        kind, _, name = key.partition(" ")
        try:
            if kind == "macro" or (kind == "constant" and tp.is_integer_type()):
                _check_value(module.lib, name, tp)
            elif kind in ("struct", "union", "anonymous") and isinstance(tp, model.StructOrUnion):
                if tp.fldtypes is not None and tp.has_c_name():
                    _check_struct(ffi, module.ffi, tp)
            elif isinstance(tp, model.EnumType):
                _check_enum(module.lib, tp)
        except module.ffi.error as error:
            text = str(error).replace("(cdef says ", "(we have ").partition(". fix it or use")[0]
            raise VerificationError(text) from error


def _check_value(lib, name, declared):
    try:
        getattr(lib, name)
    except Exception as error:
        found = re.search(r"is equal to (-?\d+)", str(error))
        if found is None or not isinstance(declared, int):
            raise
        raise VerificationError(f"{name} has the real value {found.group(1)}, not {declared}") from error


def _check_enum(lib, tp):
    values = tuple(getattr(lib, name) for name in tp.enumerators or ())
    if tp.partial:
        tp.enumvalues, tp.partial_resolved = values, True
        return
    for name, value, declared in zip(tp.enumerators, values, tp.enumvalues):
        if value != declared:
            raise VerificationError(f"{tp._get_c_name()}: {name} has the real value {value}, not {declared}")


def _check_struct(ffi, compiled, tp):
    found = compiled.typeof(tp.get_c_name())
    found.fields  # noqa: B018 - it makes the type complete
    if tp.partial or not tp.has_anonymous_struct_fields():
        return
    # The module tells nothing of anonymous members, so the layout is compared with the declared one.
    try:
        declared = type(ffi)._typeof(ffi, tp.get_c_name())
        size = ffi._backend.sizeof(declared)
    except Exception:
        return
    if size != compiled.sizeof(found):
        raise VerificationError(
            f"{tp.get_c_name()}: wrong total size (we have {size}, but C compiler says {compiled.sizeof(found)})"
        )
    for name, _, bits, _ in tp.enumfields():
        if name and bits < 0:
            here, there = ffi._backend.typeoffsetof(declared, name)[1], compiled.offsetof(found, name)
            if here != there:
                raise VerificationError(
                    f"{tp.get_c_name()}: wrong offset for field '{name}' (we have {here}, but C compiler says {there})"
                )


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
