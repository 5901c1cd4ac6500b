"""Reads the declarations of `ferrocffi.FFI` objects, which tell them as C text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ferrocffi.stubs.described import apply, described
from ferrocffi.stubs.model import Constant, Func, Function, Module, Variable
from ferrocffi.stubs.reader import Reader


def declarations(ffi: Any) -> Sequence[Any]:
    """Returns what `cdef()` and `header()` of an FFI declared; nothing for the `ffi` of a compiled module."""
    if not hasattr(ffi, "_declarations"):
        return ()
    from ferrocffi.headers import Declaration

    try:
        return [Declaration(*each) for each in ffi._declarations([])]
    except AttributeError:  # it has the tables of a module
        return ()


def read_declared(module: Module, reader: Reader, ffi: Any, found: Sequence[Any]) -> None:
    """Adds declarations to the module; no library is needed."""
    for declaration in found:
        if not declaration.name:
            continue
        try:
            _add(module, reader, ffi, declaration)
        except Exception as error:  # what could be read but not used, such as a vector type
            module.problems[f"{declaration.kind} {declaration.name}"] = str(error).splitlines()[0]
    apply(module, described(found))


def _add(module: Module, reader: Reader, ffi: Any, declaration: Any) -> None:
    name: str = declaration.name
    if declaration.kind == "function":
        type_ = reader.read(ffi.typeof(function_type(declaration.type, name)))
        assert isinstance(type_, Function)
        module.functions.append(Func(name, type_))
    elif declaration.kind == "variable":
        module.variables.append(
            Variable(name, reader.read(ffi.typeof(variable_type(declaration.type, name))))
        )
    elif declaration.kind == "typedef":
        try:
            module.typedefs[name] = reader.read(ffi.typeof(name))
        except ffi.error:  # a function type
            module.typedefs[name] = reader.read(ffi.typeof(f"{name} *"))
    elif declaration.kind in ("struct", "union", "enum"):
        reader.read(ffi.typeof(f"{declaration.kind} {name}"))
    elif isinstance(declaration.value, int):
        module.constants.append(Constant(name, declaration.value))
    elif declaration.value is not None:
        module.constants.append(Constant(name, type=type(declaration.value).__name__))
    elif declaration.kind == "constant":
        type_ = reader.read(ffi.typeof(variable_type(declaration.type, name)))
        module.constants.append(Constant(name, type=type_))


def function_type(text: str, name: str) -> str:
    """Returns the type of pointers to a function, from its declaration."""
    return re.sub(rf"\b{re.escape(name)}\b(?=\s*\()", "(*)", text, count=1)


def variable_type(text: str, name: str) -> str:
    """Returns the type of a variable, from its declaration."""
    return re.sub(rf"(?<!struct )(?<!union )(?<!enum )\b{re.escape(name)}\b", "", text, count=1)
