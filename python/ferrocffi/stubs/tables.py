"""Reads the declarations of out-of-line ABI modules, which need no library to be read.

Such a module is one call with literal tables. The types of its functions can be asked for once they have names: the tables
are loaded a second time, with a type name for each function.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from ferrocffi.stubs.model import Constant, Func, Function, Module, Variable
from ferrocffi.stubs.reader import Reader

_ENUM, _CONSTANT_INT, _VARIABLE, _FUNCTION, _CONSTANT = 11, 31, 33, 35, 37
_PREFIX = "ferrocffi_type_"


def read_tables(module: Module, reader: Reader, source: ModuleType) -> bool:
    """Adds what the tables in a module's source declare; False if there are none."""
    try:
        text = inspect.getsource(source)
    except (OSError, TypeError):
        return False
    return read_table_text(module, reader, text, source)


def read_table_text(module: Module, reader: Reader, text: str, source: ModuleType) -> bool:
    """Adds what the tables in a text declare; the names in it are those of the module `source`."""
    tables = _tables(text, source)
    if tables is None or "_globals" not in tables:
        return False
    items = list(_globals(tables["_globals"]))
    wanted = sorted({index for _, op, index, _ in items if op in (_VARIABLE, _FUNCTION, _CONSTANT)})
    names = [index.to_bytes(4, "big") + f"{_PREFIX}{index}".encode() for index in wanted]
    names += tables.get("_typenames", ())
    tables["_typenames"] = tuple(sorted(names, key=lambda entry: entry[4:]))
    ffi = _backend_ffi()(f"{module.name} (types)", **tables)
    for name, op, index, value in items:
        try:
            if op in (_ENUM, _CONSTANT_INT):
                module.constants.append(Constant(name, value))
            elif op == _FUNCTION:
                type_ = reader.read(ffi.typeof(f"{_PREFIX}{index} *"))
                assert isinstance(type_, Function)
                module.functions.append(Func(name, type_))
            elif op == _VARIABLE:
                module.variables.append(Variable(name, reader.read(ffi.typeof(f"{_PREFIX}{index}"))))
            elif op == _CONSTANT:
                type_ = reader.read(ffi.typeof(f"{_PREFIX}{index}"))
                module.constants.append(Constant(name, type=type_))
        except Exception as error:  # damaged tables, types that this platform does not have
            module.problems[name] = str(error).splitlines()[0]
    _read_types(module, reader, ffi)
    return True


def _read_types(module: Module, reader: Reader, ffi: Any) -> None:
    from ferrocffi.stubs.compiled import read_types

    read_types(module, reader, ffi)
    for name in [name for name in module.typedefs if name.startswith(_PREFIX)]:
        del module.typedefs[name]


def _backend_ffi() -> Any:
    import _cffi_backend

    return _cffi_backend.FFI


def _tables(text: str, source: ModuleType) -> dict[str, Any] | None:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "_cffi_backend.FFI":
            return {word.arg: _value(word.value, source) for word in node.keywords if word.arg}
    return None


def _value(node: ast.expr, source: ModuleType) -> Any:
    """Returns the value of a literal, or of a tuple of names of the module: what it includes."""
    if isinstance(node, ast.Tuple):
        return tuple(_value(item, source) for item in node.elts)
    return getattr(source, node.id) if isinstance(node, ast.Name) else ast.literal_eval(node)


def _globals(table: tuple[bytes | int, ...]) -> Iterator[tuple[str, int, int, int]]:
    """Yields name, operation, index of the type, and value."""
    for entry, value in zip(table[::2], table[1::2], strict=True):
        assert isinstance(entry, bytes) and isinstance(value, int)
        opcode = int.from_bytes(entry[:4], "big", signed=True)
        yield entry[4:].decode(), opcode & 255, opcode >> 8, value
