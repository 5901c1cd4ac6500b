"""As much of a 64-bit little-endian ELF file as it takes to find and to change the tables of a compiled module."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_SYMTAB = 2
_RELA = 4
RELOCATION = 24
"""Bytes of one relocation."""


class Section(NamedTuple):
    """One header of the section table."""

    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    align: int
    entry: int


class Place(NamedTuple):
    """A symbol's bytes in the file."""

    offset: int
    size: int
    address: int


class Image:
    """A shared library; `data` is the file."""

    def __init__(self, path: Path) -> None:
        self.data = path.read_bytes()
        assert self.data[:6] == b"\x7fELF\x02\x01", "not a 64-bit little-endian ELF file"
        start, entry, count = (
            struct.unpack_from("<Q", self.data, 0x28)[0],
            *struct.unpack_from("<HH", self.data, 0x3A),
        )
        self.sections = [
            Section(*struct.unpack_from("<IIQQQQIIQQ", self.data, start + n * entry)) for n in range(count)
        ]

    def symbols(self) -> dict[str, Place]:
        """Returns the symbols that are data in the file, static ones too."""
        found = {}
        for table in (s for s in self.sections if s.kind == _SYMTAB):
            names = self.sections[table.link]
            for at in range(table.offset, table.offset + table.size, table.entry):
                name, _info, _other, section, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
                if 0 < section < len(self.sections) and size:
                    start = names.offset + name
                    text = self.data[start : self.data.index(b"\0", start)].decode()
                    home = self.sections[section]
                    found[text] = Place(home.offset + value - home.address, size, value)
        return found

    def relocations(self, place: Place) -> Iterator[tuple[int, int, int]]:
        """Where in the file that symbol's pointers and their relocations are, each with a neighbour of its kind."""
        for table in (s for s in self.sections if s.kind == _RELA):
            for at in range(table.offset + RELOCATION, table.offset + table.size, RELOCATION):
                (address, kind) = struct.unpack_from("<QQ", self.data, at)
                (_, before) = struct.unpack_from("<QQ", self.data, at - RELOCATION)
                if place.address <= address < place.address + place.size and kind == before:
                    yield place.offset + address - place.address, at, at - RELOCATION
