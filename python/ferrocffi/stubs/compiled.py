"""Reads the declarations of modules that cffi compiled, and of opened libraries."""

from __future__ import annotations

from typing import Any

from ferrocffi.stubs.model import Constant, Func, Function, Module, Pointer, Variable
from ferrocffi.stubs.reader import Reader


def read_lib(module: Module, reader: Reader, ffi: Any, lib: Any, *, is_compiled: bool) -> None:
    """Adds all names of a library to the module's declarations.

    Functions that a C compiler has seen are built-in functions, so C data among them is `extern "Python"`.
    """
    variables = set(dir(lib)) - set(lib.__all__)
    externs = set()
    for name in dir(lib):
        try:
            if name in variables:
                pointer = reader.read(ffi.typeof(ffi.addressof(lib, name)))
                assert isinstance(pointer, Pointer)
                module.variables.append(Variable(name, pointer.item))
                continue
            value = getattr(lib, name)
            if isinstance(value, int):
                module.constants.append(Constant(name, value))
                continue
            if isinstance(value, (float, complex, bytes, str)):
                module.constants.append(Constant(name, type=type(value).__name__))
                continue
            type_ = reader.read(ffi.typeof(value))
        except Exception as error:  # a name that this library does not have, a constant with another value
            module.problems[name] = str(error).splitlines()[0] if str(error) else type(error).__name__
            continue
        if not isinstance(type_, Function):
            module.constants.append(Constant(name, type=type_))
            continue
        is_pointer = is_compiled and isinstance(value, ffi.CData) and not type_.ellipsis
        module.functions.append(Func(name, type_, is_pointer))
        if is_pointer:
            externs.add(name)
    module.externs = frozenset(externs)


def read_types(module: Module, reader: Reader, ffi: Any) -> None:
    """Adds all types that have a name."""
    typedefs, structs, unions = ffi.list_types()
    for name in typedefs:
        for text in (name, f"{name} *"):  # a function type is known by pointers to it only
            try:
                module.typedefs[name] = reader.read(ffi.typeof(text))
                break
            except Exception as error:
                module.problems.setdefault(f"typedef {name}", str(error).splitlines()[0])
        else:
            continue
        module.problems.pop(f"typedef {name}", None)
    for kind, names in (("struct", structs), ("union", unions)):
        for name in names:
            try:
                reader.read(ffi.typeof(f"{kind} {name}"))
            except Exception as error:
                module.problems[f"{kind} {name}"] = str(error).splitlines()[0]
