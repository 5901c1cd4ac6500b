"""Reads declarations from BTF, the compact type information of the Linux kernel and of BPF programs."""

from __future__ import annotations

import struct

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

MAGIC = 0xEB9F
_INT, _PTR, _ARRAY, _STRUCT, _UNION, _ENUM, _FWD, _TYPEDEF = range(1, 9)
_VOLATILE, _CONST, _RESTRICT, _FUNC, _FUNC_PROTO, _VAR, _DATASEC, _FLOAT = range(9, 17)
_DECL_TAG, _TYPE_TAG, _ENUM64 = range(17, 20)
_MORE = {_INT: 4, _ARRAY: 12, _VAR: 4, _DECL_TAG: 4}
"""Bytes behind a type."""
_EACH = {_STRUCT: 12, _UNION: 12, _ENUM: 8, _FUNC_PROTO: 8, _DATASEC: 12, _ENUM64: 12}
"""Bytes behind a type for each of its parts."""


class NotBtf(ValueError):
    """The bytes are not BTF, or they are damaged."""


def read(data: bytes, wanted: Declarations, address_size: int = 8) -> Declarations:
    """Returns what BTF says about the names that are wanted."""
    try:
        return _Reader(data, address_size).declarations(wanted)
    except (struct.error, IndexError) as error:
        raise NotBtf(f"damaged BTF: {error}") from error


class _Reader:
    def __init__(self, data: bytes, address_size: int) -> None:
        self.data = data
        self.address_size = address_size
        self.order = "<" if data[:2] == b"\x9f\xeb" else ">"
        magic, version, _, header, types, length, texts, _ = self._unpack("HBBIIIII", 0)
        if magic != MAGIC or version != 1:
            raise NotBtf("this is not BTF of version 1")
        self.texts = header + texts
        self.places: list[int] = [0]
        self.made: dict[int, Shape] = {}
        at, end = header + types, header + types + length
        while at < end:
            self.places.append(at)
            _, kind, count, _, _ = self._head(at)
            at += 12 + _MORE.get(kind, 0) + _EACH.get(kind, 0) * count

    def _unpack(self, form: str, at: int) -> tuple[int, ...]:
        return struct.unpack_from(self.order + form, self.data, at)

    def _head(self, at: int) -> tuple[str, int, int, bool, int]:
        """Name, kind, number of parts, flag, and size or type."""
        name, info, value = self._unpack("III", at)
        return self._text(name), info >> 24 & 31, info & 0xFFFF, bool(info >> 31), value

    def _text(self, at: int) -> str:
        start = self.texts + at
        return self.data[start : self.data.index(b"\0", start)].decode(errors="replace") if at else ""

    def declarations(self, wanted: Declarations) -> Declarations:
        """Returns what is wanted, as far as it is there."""
        found = Declarations()
        for number in range(1, len(self.places)):
            name, kind, count, flag, value = self._head(self.places[number])
            if kind == _FUNC and name in wanted.functions:
                function = self._shape(value)
                if isinstance(function, Function):
                    found.functions.setdefault(name, function)
            elif kind == _VAR and name in wanted.variables:
                found.variables.setdefault(name, self._shape(value))
            elif kind in (_STRUCT, _UNION, _ENUM, _ENUM64, _TYPEDEF):
                if kind in (_ENUM, _ENUM64):
                    values = self._enumerators(number, kind, count, flag)
                    found.constants.update({k: v for k, v in values.items() if k in wanted.constants})
                prefix = {_STRUCT: "struct ", _UNION: "union ", _TYPEDEF: ""}.get(kind, "enum ")
                if name and prefix + name in wanted.types:
                    found.types.setdefault(prefix + name, self._shape(number))
        return found

    def _shape(self, number: int) -> Shape:
        name = ""
        for _ in range(100):
            if number == 0:
                return Void()
            own, kind, _, _, value = self._head(self.places[number])
            if kind not in (_TYPEDEF, _VOLATILE, _CONST, _RESTRICT, _TYPE_TAG):
                break
            name, number = name or (own if kind == _TYPEDEF else ""), value
        if number not in self.made:
            self._make(number, name)
        return self.made[number]

    def _make(self, number: int, name: str) -> None:
        at = self.places[number]
        own, kind, count, flag, value = self._head(at)
        made: Shape = Unknown(None, own)
        if kind == _INT:
            made = self._integer(own, value, self._unpack("I", at + 12)[0])
        elif kind == _FLOAT:
            made = Number(value, own, "float")
        elif kind == _PTR:
            made = self.made[number] = Pointer(self.address_size, "")
            made.item = self._shape(value)
        elif kind == _ARRAY:
            item, _, length = self._unpack("III", at + 12)
            inner = self._shape(item)
            made = Array(None if inner.size is None else inner.size * length, "", inner, length)
        elif kind in (_STRUCT, _UNION):
            word = "struct" if kind == _STRUCT else "union"
            made = record = Record(value, f"{word} {own}" if own else name, word)
            self.made[number] = record
            record.members = [self._member(at + 12 + 12 * part, flag) for part in range(count)]
        elif kind == _FWD:
            word = "union" if flag else "struct"
            made = Record(None, f"{word} {own}", word)
        elif kind in (_ENUM, _ENUM64):
            made = Enum(value, f"enum {own}" if own else name, self._enumerators(number, kind, count, flag))
        elif kind == _FUNC_PROTO:
            made = function = Function(None, own)
            self.made[number] = function
            params = [self._unpack("II", at + 12 + 8 * part) for part in range(count)]
            function.variadic = bool(params) and params[-1] == (0, 0)
            params = params[:-1] if function.variadic else params
            function.args = tuple(self._shape(param) for _, param in params)
            function.result = self._shape(value)
        self.made[number] = made

    def _integer(self, name: str, size: int, info: int) -> Number:
        encoding = info >> 24 & 15
        kind = "bool" if encoding & 4 else "character" if encoding & 2 or name == "char" else "integer"
        return Number(size, name, kind, bool(encoding & 1))

    def _member(self, at: int, flag: bool) -> Member:
        name, type_, place = self._unpack("III", at)
        shape = self._shape(type_)
        if flag:
            return Member(self._text(name), place & 0xFFFFFF, place >> 24 or None, shape)
        return Member(self._text(name), place, None, shape)

    def _enumerators(self, number: int, kind: int, count: int, flag: bool) -> dict[str, int]:
        at = self.places[number] + 12
        values: dict[str, int] = {}
        for part in range(count):
            if kind == _ENUM64:
                name, low, high = self._unpack("III", at + 12 * part)
                value, bits = high << 32 | low, 64
            else:
                name, value = self._unpack("II", at + 8 * part)
                bits = 32
            # GCC leaves out the flag for signed values in old versions; a negative number has its highest bit set.
            values[self._text(name)] = value - (1 << bits) if flag and value >> (bits - 1) else value
        return values
