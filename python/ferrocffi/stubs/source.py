"""Finds out what a module declares, whatever made it."""

from __future__ import annotations

import importlib
import importlib.util
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from ferrocffi.stubs.compiled import read_lib, read_types
from ferrocffi.stubs.declared import declarations, read_declared
from ferrocffi.stubs.inline import read_inline
from ferrocffi.stubs.model import Module
from ferrocffi.stubs.reader import Reader
from ferrocffi.stubs.tables import read_tables


class NoDeclarations(Exception):
    """A module has nothing that a stub could say."""


def read_module(name: str) -> tuple[Module, ModuleType]:
    """Imports a module, which its name or the path of its file tells, and reads its declarations."""
    source = _import(name)
    return read_source(source, Reader()), source


def read_source(source: ModuleType, reader: Reader) -> Module:
    """Reads the declarations of a module."""
    name = source.__name__
    import _cffi_backend

    values = vars(source)
    found = {key: value for key, value in values.items() if _is_ffi(value, _cffi_backend.FFI)}
    if not found:
        raise NoDeclarations(f"{name} has no FFI object: it is not a module made by cffi")
    key = "ffi" if "ffi" in found else next(iter(found))
    ffi = found[key]
    libs = {key: value for key, value in values.items() if _is_lib(value, _cffi_backend.Lib)}
    # A module of `ferrocffi bind` opens its library when `lib` is first used, which a stub need not do.
    lazy = {"lib"} if "_libraries" in values and "lib" not in values else set()
    known = {key, *libs, *lazy}
    module = Module(name, ffi=key, libs=tuple(sorted({*libs, *lazy})), has_more=_has_more(source, known))
    if lazy:
        module.further = dict(values.get("_renamed", {}))
    if found_here := declarations(ffi):
        module.is_declaring = True
        read_declared(module, reader, ffi, found_here)
    elif not isinstance(ffi, _cffi_backend.FFI):
        module.is_inline = True
        read_inline(module, reader, ffi)
    else:
        is_compiled = isinstance(getattr(source, "__loader__", None), ExtensionFileLoader)
        if is_compiled or not read_tables(module, reader, source):
            if libs:
                lib = next(iter(libs.values()))
                read_lib(module, reader, ffi, lib, is_compiled=is_compiled)
            read_types(module, reader, ffi)
    return _finished(module, reader)


def _import(name: str) -> ModuleType:
    path = Path(name)
    if not (path.suffix in (".py", ".so", ".pyd") and path.is_file()):
        return importlib.import_module(name)
    stem = path.name.partition(".")[0]
    spec = importlib.util.spec_from_file_location(stem, path.resolve())
    if spec is None or spec.loader is None:
        raise NoDeclarations(f"{name} is not a file that Python can import")
    source = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(source)
    return source


def read_ffi(ffi: Any, name: str = "ffi", *, reader: Reader | None = None) -> Module:
    """Reads the declarations of an FFI object in memory."""
    module, reader = Module(name), reader or Reader()
    if found := declarations(ffi):
        module.is_declaring = True
        read_declared(module, reader, ffi, found)
    elif hasattr(ffi, "_parser"):
        module.is_inline = True
        read_inline(module, reader, ffi)
    else:
        read_lib(module, reader, ffi, ffi.dlopen(None), is_compiled=False)
        read_types(module, reader, ffi)
    return _finished(module, reader)


def _finished(module: Module, reader: Reader) -> Module:
    reader.finish()
    module.types = reader.named
    module.sort()
    return module


def _is_ffi(value: Any, backend: type) -> bool:
    return isinstance(value, backend) or _is_of_front_end(value, "FFI")


def _is_lib(value: Any, backend: type) -> bool:
    return isinstance(value, backend) or _is_of_front_end(value, "_make_ffi_library.<locals>.FFILibrary")


def _is_of_front_end(value: Any, name: str) -> bool:
    """Is a value of this class of `cffi.api` or `ferrocffi.frontend.api`, or of a class derived from it?"""
    modules = ("cffi.api", "ferrocffi.frontend.api")
    return any(base.__module__ in modules and base.__qualname__ == name for base in type(value).__mro__)


def _has_more(source: ModuleType, known: set[str]) -> bool:
    return any(
        not name.startswith("_") and name not in known and not isinstance(value, ModuleType)
        for name, value in vars(source).items()
    )


def beside(source: ModuleType) -> Path:
    """Returns the path of the stub of a module: beside it, under its own name."""
    file = getattr(source, "__file__", None)
    if not file:
        raise NoDeclarations(f"{source.__name__} has no file, so its stub has no place: name one with -o")
    return Path(file).with_name(f"{source.__name__.rpartition('.')[2]}.pyi")
