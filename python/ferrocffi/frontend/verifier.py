"""`FFI.verify()`: compiles C code beside the program and loads it. Deprecated: `FFI.set_source()` is the better way."""

import binascii
import contextlib
import io
import os
import shutil
import sys

from . import ffiplatform
from .error import VerificationError

NativeIO = io.StringIO

_FORCE_GENERIC_ENGINE = False
_TMPDIR = None
_VERSION = "0.8.6-ferrocffi"
"""A part of the names of modules. It changes when modules of an older release cannot be used any more."""


class Verifier:
    """The module of one call of `verify()`."""

    def __init__(
        self, ffi, preamble, tmpdir=None, modulename=None, ext_package=None, tag="", force_generic_engine=False,
        source_extension=".c", flags=None, relative_to=None, **kwds,
    ):  # fmt: skip
        feature = ffi._parser._uses_new_feature
        if feature:
            raise VerificationError(
                f"feature not supported with ffi.verify(), but only with ffi.set_source(): {feature}"
            )
        self.ffi, self.preamble, self.ext_package, self.flags = ffi, preamble, ext_package, flags
        flattened = ffiplatform.flatten(kwds)
        self.kwds = self.make_relative_to(kwds, relative_to)
        self._vengine = _locate_engine_class(ffi, force_generic_engine)(self)
        self._vengine.patch_extension_kwds(kwds)
        if modulename:
            if tag:
                raise TypeError("can't specify both 'modulename' and 'tag'")
        else:
            modulename = _module_name(preamble, flattened, ffi._cdefsources, tag, self._vengine._class_key)
        suffix = _get_so_suffixes()[0]
        self.tmpdir = tmpdir or _caller_dir_pycache()
        self.sourcefilename = os.path.join(self.tmpdir, modulename + source_extension)
        self.modulefilename = os.path.join(self.tmpdir, modulename + suffix)
        self._has_source = self._has_module = False
        import threading

        self._lock = threading.RLock()

    def write_source(self, file=None):
        """Writes the C source, into a file object or its own file."""
        with self._lock:
            if self._has_source and file is None:
                raise VerificationError("source code already written")
            self._write_source(file)

    def compile_module(self):
        """Writes the C source, unless that is done, and compiles it."""
        with self._lock:
            if self._has_module:
                raise VerificationError("module already compiled")
            if not self._has_source:
                self._write_source()
            self._compile_module()

    def load_library(self):
        """Returns the library, for which the module is found or compiled first."""
        with self._lock:
            if not self._has_module:
                self._locate_module()
                if not self._has_module:
                    if not self._has_source:
                        self._write_source()
                    self._compile_module()
            return self._load_library()

    def get_module_name(self):
        """Returns the name of the module, without the part before the suffix of some platforms."""
        name = os.path.basename(self.modulefilename).partition(".")[0]
        if name.endswith("_d") and hasattr(sys, "gettotalrefcount"):
            name = name[:-2]
        return name

    def get_extension(self):
        """Returns the `Extension` of setuptools that builds the module."""
        with self._lock:
            if not self._has_source:
                self._write_source()
        source = ffiplatform.maybe_relative_path(self.sourcefilename)
        return ffiplatform.get_extension(source, self.get_module_name(), **self.kwds)

    def generates_python_module(self):
        """Returns whether the module is one that Python imports."""
        return self._vengine._gen_python_module

    def make_relative_to(self, kwds, relative_to):
        """Returns the arguments with paths relative to the folder of a file."""
        folder = os.path.dirname(relative_to) if relative_to else ""
        if not folder:
            return kwds
        kwds = kwds.copy()
        for key in ffiplatform.LIST_OF_FILE_NAMES:
            if key in kwds:
                paths = kwds[key]
                if not isinstance(paths, (list, tuple)):
                    raise TypeError(f"keyword {key!r} should be a list or tuple")
                kwds[key] = [os.path.join(folder, path) for path in paths]
        return kwds

    def _write_source(self, file=None):
        if file is not None:
            self._vengine.write_source_to_f(file)
            return
        text = NativeIO()
        self._vengine.write_source_to_f(text)
        text = text.getvalue()
        try:
            with open(self.sourcefilename, encoding="utf-8") as old:
                known = old.read()
        except (OSError, UnicodeDecodeError):
            known = None
        if known != text:
            _ensure_dir(self.sourcefilename)
            with open(self.sourcefilename, "w", encoding="utf-8") as new:
                new.write(text)
        self._has_source = True

    def _compile_module(self):
        from .recompiler import _extension

        plan = _extension(self.sourcefilename, self.get_module_name(), self.kwds)
        made = ffiplatform.compile(os.path.dirname(self.sourcefilename), plan)
        if not os.path.exists(self.modulefilename) or not ffiplatform.samefile(made, self.modulefilename):
            _ensure_dir(self.modulefilename)
            shutil.move(made, self.modulefilename)
        self._has_module = True

    def _locate_module(self):
        if not os.path.isfile(self.modulefilename):
            path = None
            if self.ext_package:
                try:
                    path = __import__(self.ext_package, None, None, ["__doc__"]).__path__
                except ImportError:
                    return
            found = self._vengine.find_module(self.get_module_name(), path, _get_so_suffixes())
            if found is None:
                return
            self.modulefilename = found
        self._vengine.collect_types()
        self._has_module = True

    def _load_library(self):
        if not self._has_module:
            raise AssertionError("the module was not compiled")
        if self.flags is not None:
            return self._vengine.load_library(self.flags)
        return self._vengine.load_library()


def _module_name(preamble, kwds, sources, tag, class_key):
    key = "\0".join(["{}.{}".format(*sys.version_info), _VERSION, preamble, kwds, *sources]).encode("utf-8")
    even, odd = (binascii.crc32(key[start::2]) & 0xFFFFFFFF for start in (0, 1))
    return f"_cffi_{tag}_{class_key}{even:x}x{odd:x}"


def _locate_engine_class(ffi, force_generic_engine):
    import _cffi_backend

    own = ffi._backend is _cffi_backend
    if _FORCE_GENERIC_ENGINE or force_generic_engine or not own or "__pypy__" in sys.builtin_module_names:
        from .vengine_gen import VGenericEngine

        return VGenericEngine
    from .vengine_cpy import VCPythonEngine

    return VCPythonEngine


def _caller_dir_pycache():
    """Returns the folder for modules: a given one, or one beside the file of the program."""
    folder = _TMPDIR or os.environ.get("CFFI_TMPDIR")
    if folder:
        return folder
    return os.path.abspath(os.path.join(os.path.dirname(sys._getframe(2).f_code.co_filename), "__pycache__"))


def set_tmpdir(dirname):
    """Sets the folder for modules."""
    global _TMPDIR
    _TMPDIR = dirname


def cleanup_tmpdir(tmpdir=None, keep_so=False):
    """Removes the modules of a folder, or only their sources."""
    folder = tmpdir or _caller_dir_pycache()
    try:
        names = os.listdir(folder)
    except OSError:
        return
    suffixes = [".c"] if keep_so else [".c", ".o", *(suffix.lower() for suffix in _get_so_suffixes())]
    for name in names:
        if name.lower().startswith("_cffi_") and name.lower().endswith(tuple(suffixes)):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, name))
    shutil.rmtree(os.path.join(folder, "build"), ignore_errors=True)


def _get_so_suffixes():
    import importlib.machinery

    return list(importlib.machinery.EXTENSION_SUFFIXES) or [".so"]


def _ensure_dir(filename):
    folder = os.path.dirname(filename)
    if folder:
        os.makedirs(folder, exist_ok=True)
