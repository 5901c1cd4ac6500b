"""What a Python program has declared: of an FFI object or a module, whatever cffi made it."""

from __future__ import annotations

import sys
from collections import deque
from types import ModuleType
from typing import Any

from ferrocffi.stubs.model import Module
from ferrocffi.stubs.reader import Reader
from ferrocffi.stubs.source import read_ffi, read_source
from ferrocffi.stubs.tables import read_table_text
from ferrocffi.verify.shapes import (
    Array,
    Declarations,
    Enum,
    Function,
    Member,
    Number,
    Pointer,
    Record,
    Shape,
    Unknown,
    Void,
)


class Shapes:
    """Makes the shape of each ctype once; members are read in a loop, so that no chain of structs is too long."""

    def __init__(self) -> None:
        self._made: dict[Any, Shape] = {}
        self._waiting: deque[tuple[Record, Any]] = deque()

    def of(self, ctype: Any) -> Shape:
        """Returns the shape of a ctype, with all that it refers to."""
        shape = self._shape(ctype)
        while self._waiting:
            record, waiting = self._waiting.popleft()
            self._fill(record, waiting)
        return shape

    def _shape(self, ctype: Any) -> Shape:
        found = self._made.get(ctype)
        if found is None:
            found = self._made[ctype] = self._make(ctype)
        return found

    def _make(self, ctype: Any) -> Shape:
        import _cffi_backend

        kind: str = ctype.kind
        if kind == "void":
            return Void()
        if kind == "primitive":
            return number(ctype.cname, _cffi_backend.sizeof(ctype), _is_signed(ctype))
        if kind == "enum":
            values = dict(ctype.relements)
            return Enum(_cffi_backend.sizeof(ctype), ctype.cname, values)
        if kind == "pointer":
            return Pointer(_cffi_backend.sizeof(ctype), ctype.cname, self._shape(ctype.item))
        if kind == "array":
            size = None if ctype.length is None else _cffi_backend.sizeof(ctype)
            return Array(size, ctype.cname, self._shape(ctype.item), ctype.length)
        if kind == "function":
            args = tuple(self._shape(arg) for arg in ctype.args)
            variadic = bool(ctype.ellipsis) and "..." in ctype.cname
            function = Function(None, ctype.cname, self._shape(ctype.result), args, variadic)
            return Pointer(_cffi_backend.sizeof(ctype), ctype.cname, function)
        if kind in ("struct", "union"):
            record = Record(None, ctype.cname, kind)
            self._waiting.append((record, ctype))
            return record
        return Unknown(None, ctype.cname)

    def _fill(self, record: Record, ctype: Any) -> None:
        import _cffi_backend

        try:
            record.size = _cffi_backend.sizeof(ctype)
            record.align = _cffi_backend.alignof(ctype)
        except ValueError:  # an opaque struct
            return
        record.members = []
        for name, place in ctype.fields:
            bit, bits = place.offset * 8, None
            if place.bitsize >= 0:
                shift = place.bitshift
                if sys.byteorder == "big":
                    shift = _cffi_backend.sizeof(place.type) * 8 - shift - place.bitsize
                bit, bits = bit + shift, place.bitsize
            record.members.append(Member(name, bit, bits, self._shape(place.type)))


def _is_signed(ctype: Any) -> bool | None:
    import _cffi_backend

    try:
        return int(_cffi_backend.cast(ctype, -1)) < 0
    except (TypeError, ValueError, NotImplementedError):  # a complex number
        return None


def number(name: str, size: int, signed: bool | None) -> Number:
    """Returns the shape of a primitive type of this name."""
    kind = "integer"
    if "omplex" in name:
        kind, signed = "complex", None
    elif name == "_Bool":
        kind = "bool"
    elif name in ("char", "wchar_t", "char8_t", "char16_t", "char32_t"):
        kind = "character"
    elif any(word in name for word in ("float", "double", "_Float", "bf16")):
        kind, signed = "float", None
    return Number(size, name, kind, signed)


def declared(source: Any) -> Declarations:
    """Returns what an FFI object, or a module with one, declares."""
    reader = Reader()
    if isinstance(source, ModuleType):
        module = read_source(source, reader)
    else:
        home = _home(source)
        module = read_source(home, reader) if home else read_ffi(source, reader=reader)
    return _declarations(module, reader)


def _home(ffi: Any) -> ModuleType | None:
    """Returns the module that an `ffi` of cffi's tables belongs to: it knows the functions even if no library has them."""
    import _cffi_backend

    if type(ffi) is not _cffi_backend.FFI:
        return None
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and vars(module).get("ffi") is ffi:
            return module
    return None


def _declarations(module: Module, reader: Reader) -> Declarations:
    shapes = Shapes()
    found = Declarations(problems=dict(module.problems))
    for function in module.functions:
        pointer = shapes.of(reader.ctype_of(function.type))
        if isinstance(pointer, Pointer) and isinstance(pointer.item, Function):
            found.functions[function.name] = pointer.item
    for variable in module.variables:
        found.variables[variable.name] = shapes.of(reader.ctype_of(variable.type))
    found.constants.update((each.name, each.value) for each in module.constants if each.value is not None)
    for name, type_ in module.typedefs.items():
        found.types[name] = shapes.of(reader.ctype_of(type_))
    for named in module.types:
        ctype = reader.ctype_of(named)
        name = ctype.cname
        if "$" not in name and name.startswith(("struct ", "union ", "enum ")):
            found.types[name] = shapes.of(ctype)
    return found


def declared_by_text(module: ModuleType, text: str) -> Declarations:
    """Returns what the tables in the text of an out-of-line module declare."""
    reader, read = Reader(), Module(module.__name__)
    if not read_table_text(read, reader, text, module):
        return Declarations()
    reader.finish()
    read.types = reader.named
    return _declarations(read, reader)
