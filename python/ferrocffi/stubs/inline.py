"""Reads the declarations of `cffi.FFI` objects."""

from __future__ import annotations

from typing import Any

from ferrocffi.stubs.model import Constant, Func, Function, Module, Type, Variable
from ferrocffi.stubs.reader import Reader


def read_inline(module: Module, reader: Reader, ffi: Any) -> None:
    """Adds what `cdef()` declared."""
    parser = ffi._parser
    for key, (declared, _) in sorted(parser._declarations.items()):
        kind, _, name = key.partition(" ")
        if kind == "macro" or kind == "anonymous" or (kind == "constant" and name in parser._int_constants):
            if kind == "macro" and name not in parser._int_constants:
                module.constants.append(Constant(name, type="int"))
            continue
        try:
            type_ = reader.read(_ctype(ffi, declared))
        except Exception as error:  # declarations with `...` are complete only after a compilation
            module.problems[key] = (str(error) or type(error).__name__).splitlines()[0]
            continue
        _add(module, kind, name, type_)
    module.constants += [Constant(name, value) for name, value in parser._int_constants.items()]


def _add(module: Module, kind: str, name: str, type_: Type) -> None:
    if kind in ("function", "extern_python", "dllexport_python", "extern_python_plus_c"):
        if isinstance(type_, Function):
            module.functions.append(Func(name, type_, kind != "function"))
            if kind != "function":
                module.externs |= {name}
    elif kind == "variable":
        module.variables.append(Variable(name, type_))
    elif kind == "constant":
        module.constants.append(Constant(name, type=type_))
    elif kind == "typedef":
        module.typedefs[name] = type_


def _ctype(ffi: Any, declared: Any) -> Any:
    """Returns the ctype of one of the front end's types; of a function type, the pointer to it."""
    with ffi._lock:
        if hasattr(declared, "as_function_pointer"):
            declared = declared.as_function_pointer()
        return ffi._get_cached_btype(declared)
