"""Damaged copies of a compiled module, loaded and used: ``python damage.py FILE SEED COUNT``.

The copies differ in the tables: operations, indices, sizes, counts, names, missing pointers. Left alone is what
no backend can see through: pointers that lead elsewhere, functions of another type than their wrapper has, and
counts larger than the tables.

Prints one JSON object: how many copies could be imported, and which exceptions came out how often. Any
exception that `EXPECTED` does not have ends the process.
"""

from __future__ import annotations

import collections
import contextlib
import gc
import importlib.machinery
import importlib.util
import json
import random
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import _cffi_backend

from tests.modules.elf import RELOCATION, Image

EXPECTED = (
    _cffi_backend.FFI.error,
    AttributeError,
    ImportError,
    KeyError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
)
MOST_BYTES = 1 << 16
"""No cdata larger than this is made."""

TYPES = (
    "int", "point_t", "struct node", "struct node *", "union number", "union number[2]", "enum color", "bits_t",
    "int(*)(point_t)", "char[ANSWER]", "struct outer", "struct loose", "struct opaque *", "state_t", "matrix_t",
    "compare_t", "handle_t", "number_t",
)  # fmt: skip

_INT_CONSTANT = (11, 31)
"""Operations whose globals are fetched by calling a function: enumerators and integer constants."""
_CALLED = (*_INT_CONSTANT, 29, 39)
"""These and other constants, and variables whose address a function gives."""


class Entry(NamedTuple):
    """The layout of a table's entries: struct format, and the fields that may get any number."""

    table: str
    layout: str
    numbers: tuple[int, ...]


TABLES = (
    Entry("_cffi_struct_unions", "<QiiQiii4x", (1, 2, 3, 4)),
    Entry("_cffi_fields", "<QQQQ", (1, 2, 3)),
    Entry("_cffi_enums", "<QiiQ", (1, 2)),
    Entry("_cffi_typenames", "<Qi4x", (1,)),
)
CONTEXT = "<QQQQQQiiiiQii"
COUNTS = (6, 7, 8, 9, 11)


class Damager:
    """Makes damaged copies of one file."""

    def __init__(self, image: Image, rng: random.Random) -> None:
        self.image = image
        self.rng = rng
        symbols = image.symbols()
        self.tables = {name: place for name, place in symbols.items() if name.startswith("_cffi_")}
        self.data = bytearray()

    def copy(self) -> bytes:
        """Returns a copy with a few things wrong."""
        self.data = bytearray(self.image.data)
        kinds = (self.word, self.word, self.number, self.number, self.range, self.glob, self.count, self.name)
        for _ in range(self.rng.choice((1, 1, 1, 2, 4))):
            self.rng.choice((*kinds, self.pointer))()
        return bytes(self.data)

    def any_number(self, bits: int, old: int) -> int:
        """Returns a number of that many bits, signed, mostly a small one or near the old one."""
        choices = (0, 1, -1, -2, old + 1, old - 1, old * 2, self.rng.randrange(70), 1 << (bits - 2))
        number = self.rng.choice((*choices, self.rng.randrange(1 << bits), -(1 << (bits - 1))))
        return (number + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))

    def any_word(self, old: int) -> int:
        """Returns a word for a type, mostly with one part of the old one."""
        op = self.rng.choice((old & 0xFF, 2 * self.rng.randrange(21) + 1, self.rng.randrange(256)))
        if op & 1 == 0:
            # An even word is the address of an object that was made before: no copy starts with one.
            op |= 1
        arg = self.any_number(32, old >> 8) if self.rng.randrange(3) else self.rng.randrange(60)
        return (arg << 8 | op) & 0xFFFF_FFFF_FFFF_FFFF

    def word(self) -> None:
        """Another operation, index or array length in the types."""
        place = self.tables["_cffi_types"]
        at = place.offset + 8 * self.rng.randrange(place.size // 8)
        (old,) = struct.unpack_from("<q", self.data, at)
        struct.pack_into("<Q", self.data, at, self.any_word(old))

    def entry(self, table: Entry) -> tuple[int, list[int]]:
        """Returns where some entry of a table is, and its fields."""
        place, size = self.tables[table.table], struct.calcsize(table.layout)
        at = place.offset + size * self.rng.randrange(place.size // size)
        return at, list(struct.unpack_from(table.layout, self.data, at))

    def number(self) -> None:
        """Another number in a table of structs, fields, enums or typedefs."""
        table = self.rng.choice(TABLES)
        at, fields = self.entry(table)
        which = self.rng.choice(table.numbers)
        letter = [c for c in table.layout if c in "QiI"][which]
        if table.table == "_cffi_fields" and which == 3:
            fields[which] = self.any_word(fields[which])
        else:
            fields[which] = self.any_number(32 if letter == "i" else 64, fields[which])
        fields = [
            f % (1 << 64) if c == "Q" else f for c, f in zip(_letters(table.layout), fields, strict=True)
        ]
        struct.pack_into(table.layout, self.data, at, *fields)

    def range(self) -> None:
        """Other fields for a struct: any of those there are, or a number below zero."""
        table = TABLES[0]
        at, fields = self.entry(table)
        most = self.tables["_cffi_fields"].size // 32
        first = self.rng.randrange(-1, most)
        fields[5], fields[6] = first, self.rng.choice((-1, self.rng.randrange(most - max(first, 0) + 1)))
        struct.pack_into(table.layout, self.data, at, *fields)

    def glob(self) -> None:
        """Another type for a function or variable, or another operation among those that call nothing."""
        place = self.tables["_cffi_globals"]
        at = place.offset + 32 * self.rng.randrange(place.size // 32)
        (old,) = struct.unpack_from("<q", self.data, at + 16)
        new = self.any_word(old)
        if old & 0xFF in _CALLED:
            # What the function writes has the size of the type: only integers have one of their own.
            new = (new & ~0xFF | old & 0xFF) if old & 0xFF in _INT_CONSTANT else old
        elif new & 0xFF in _CALLED:
            new = new & ~0xFF | old & 0xFF
        struct.pack_into("<Q", self.data, at + 16, new % (1 << 64))
        struct.pack_into("<q", self.data, at + 24, self.rng.choice((0, 1, 8, -1)))

    def count(self) -> None:
        """A smaller count, or one below zero."""
        at = self.tables["_cffi_type_context"].offset
        fields = list(struct.unpack_from(CONTEXT, self.data, at))
        which = self.rng.choice(COUNTS)
        fields[which] = self.rng.choice((0, -1, -(1 << 31), self.rng.randrange(max(fields[which], 0) + 1)))
        struct.pack_into(CONTEXT, self.data, at, *fields)

    def name(self) -> None:
        """Another byte in the text constants: names, and lists of enumerators."""
        known = (
            b"point_t",
            b"node",
            b"number",
            b"color",
            b"RED",
            b"GREEN",
            b"where",
            b"abs_of",
            b"state_t",
            b"ANSWER",
        )
        found = [at for name in known if (at := self.data.find(b"\0" + name)) >= 0]
        at = self.rng.choice(found) + 1 + self.rng.randrange(4)
        if self.data[at]:
            self.data[at] = self.rng.choice(b"\0,$aA~\xff\x01 *[(")

    def pointer(self) -> None:
        """NULL in the place of a pointer in a table."""
        tables = [name for name in self.tables if name in _WITH_POINTERS]
        found = list(self.image.relocations(self.tables[self.rng.choice(tables)]))
        if found:
            pointer, at, neighbour = self.rng.choice(found)
            self.data[pointer : pointer + 8] = bytes(8)
            # The neighbour's pointer is written twice, this one never.
            self.data[at : at + RELOCATION] = self.data[neighbour : neighbour + RELOCATION]


_WITH_POINTERS = (
    "_cffi_globals",
    "_cffi_struct_unions",
    "_cffi_fields",
    "_cffi_enums",
    "_cffi_typenames",
    "_cffi_type_context",
)


def _letters(layout: str) -> str:
    return "".join(c for c in layout.replace("4x", "") if c in "Qi")


def load(path: Path) -> Any:
    """Import a file as the module that it was compiled as."""
    name = "_damaged"
    loader = importlib.machinery.ExtensionFileLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    sys.modules.pop(name, None)
    sys.modules.pop(f"{name}.lib", None)
    return module


def uses(ffi: Any, lib: Any) -> Iterator[Callable[[], Any]]:
    """What can be asked of a module without calling through its tables."""
    texts = list(TYPES)

    def listed() -> None:
        typedefs, structs, unions = ffi.list_types()
        texts.extend([*typedefs, *(f"struct {s}" for s in structs), *(f"union {u}" for u in unions)])

    yield listed
    for text in texts:
        for form in ("%s", "%s *", "%s[2]"):
            yield lambda form=form, text=text: explore(ffi, form % text)
    names: list[str] = []
    yield lambda: names.extend(dir(lib))
    yield lambda: repr(lib.__all__)
    for name in [*names, "missing", "abs_of", "counter", "RED", "ANSWER"]:
        yield lambda name=name: repr(getattr(lib, name))
        yield lambda name=name: repr(ffi.addressof(lib, name))
        yield lambda name=name: ffi.integer_const(name)
    yield lambda: ffi.def_extern("on_event")(lambda n: n)
    yield lambda: repr(lib.__dict__)


def explore(ffi: Any, text: str) -> None:
    """Looks at a type, makes data of it, writes its fields."""
    ct = ffi.typeof(text)
    for name in dir(ct):
        repr(getattr(ct, name))
    size = ffi.sizeof(ct)
    ffi.alignof(ct)
    ffi.getctype(ct, "*x")
    if size > MOST_BYTES or (ct.kind == "pointer" and ffi.sizeof(ct.item) > MOST_BYTES):
        return
    data = ffi.new(ct if ct.kind in ("pointer", "array") else ffi.getctype(ct, "*"))
    target = data[0]
    repr(target)
    for name, field in getattr(ffi.typeof(target), "fields", None) or ():
        with contextlib.suppress(*EXPECTED):
            setattr(target, name, getattr(target, name))
            setattr(target, name, 1)
        with contextlib.suppress(*EXPECTED):
            repr(field.type)


def main(path: Path, seed: int, count: int) -> None:
    """Tries that many copies; a count of 0 tries the file as it is, and every use has to succeed."""
    damager = Damager(Image(path), random.Random(seed))
    seen: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count or 1):
            copy = Path(folder) / f"{number}.so"
            copy.write_bytes(damager.copy() if count else damager.image.data)
            # For whoever looks at what is left after a crash.
            print(f"copy {number} of seed {seed}", file=sys.stderr)
            try:
                module = load(copy)
            except EXPECTED as error:
                seen[f"import: {type(error).__name__}"] += 1
                continue
            finally:
                copy.unlink()
            seen["imported"] += 1
            for use in uses(module.ffi, module.lib):
                try:
                    use()
                    seen["worked"] += 1
                except EXPECTED as error:
                    seen[type(error).__name__] += 1
                except SystemError as error:
                    # The class that the stock backend has for sizes that cannot be; the interpreter has it for
                    # functions that return without a result, or with one and an error.
                    if "returned" in str(error):
                        raise
                    seen["SystemError"] += 1
            del module
            gc.collect()
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
