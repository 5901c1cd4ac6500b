"""Reads C types from the `ctype` objects of a backend."""

from __future__ import annotations

from collections import deque
from typing import Any

from ferrocffi.stubs.model import (
    Array,
    Enum,
    Function,
    Member,
    Pointer,
    Primitive,
    Record,
    Type,
    Unknown,
    Void,
)


class Reader:
    """Makes each type once; members of structs are read by `finish()`, so that no chain of structs is too long."""

    def __init__(self) -> None:
        self.named: list[Type] = []
        self._made: dict[Any, Type] = {}
        self._ctypes: dict[int, Any] = {}
        self._void = Void()
        self._waiting: deque[tuple[Record, Any]] = deque()

    def read(self, ctype: Any) -> Type:
        """Returns the type of a ctype."""
        found = self._made.get(ctype)
        if found is None:
            found = self._made[ctype] = self._make(ctype)
        return found

    def ctype_of(self, type: Type) -> Any:
        """Returns the ctype that a type was read from."""
        if len(self._ctypes) != len(self._made):
            self._ctypes = {id(made): ctype for ctype, made in self._made.items()}
        return self._ctypes[id(type)]

    def _make(self, ctype: Any) -> Type:
        kind: str = ctype.kind
        if kind == "void":
            return self._void
        if kind == "primitive":
            return Primitive(ctype.cname)
        if kind == "enum":
            return self._named(Enum(ctype.cname))
        if kind == "pointer":
            return Pointer(self.read(ctype.item))
        if kind == "array":
            return Array(self.read(ctype.item), ctype.length)
        if kind == "function":
            args = tuple(self.read(arg) for arg in ctype.args)
            # The stock backend says of functions that take or return structs, too, that they have an ellipsis.
            ellipsis = bool(ctype.ellipsis) and "..." in ctype.cname
            return Function(ctype.cname, args, self.read(ctype.result), ellipsis)
        if kind in ("struct", "union"):
            record = Record(ctype.cname)
            self._waiting.append((record, ctype))
            return self._named(record)
        return Unknown(f"a type of kind {kind}")

    def _named(self, type: Type) -> Type:
        self.named.append(type)
        return type

    def finish(self) -> None:
        """Reads the members of all structs and unions that were met."""
        while self._waiting:
            record, ctype = self._waiting.popleft()
            try:
                fields = ctype.fields if _has_size(ctype) else None
            except Exception as error:  # what the backend says of a damaged or different layout
                record.problem = str(error).splitlines()[0]
                continue
            if fields is not None:
                record.members = self._members(fields)

    def _members(self, fields: list[tuple[str, Any]]) -> list[Member]:
        members: list[Member] = []
        for name, field in fields:
            if name:
                members.append(Member(name, self.read(field.type), field.bitsize >= 0))
            elif field.type.kind in ("struct", "union"):
                members += self._members(field.type.fields or [])
        return members


def _has_size(ctype: Any) -> bool:
    """Is a struct or union complete? The stock backend aborts the process where the fields of an opaque one are read."""
    import _cffi_backend

    try:
        _cffi_backend.sizeof(ctype)
    except ValueError:
        return False
    return True
