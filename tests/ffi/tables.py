"""A module as ``emit_python_code()`` writes it, and damaged copies of its tables.

Run as a program, this file tries damaged tables: ``python tables.py SEED COUNT``. It prints the number of
tables that were tried and the names of the exception classes that came out.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import itertools
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import _cffi_backend
import cffi

CDEF = """
    typedef struct point { int x, y; } point_t;
    typedef struct { short a : 3, b : 5; unsigned c : 1; } bits_t;
    typedef struct node { struct node *next; point_t where; double weights[4]; } node_t;
    union number { int8_t small; double large; unsigned char raw[8]; };
    struct opaque;
    struct outer { union { int i; float f; }; struct { char c; } inner[2]; node_t *n; int (*call)(point_t *); };
    enum color { RED, GREEN = 5, BLUE = -3 };
    typedef enum { ON, OFF } state_t;
    typedef int (*compare_t)(const void *, const void *);
    typedef double matrix_t[3][3];
    #define ANSWER 42
    #define HUGE 0xFFFFFFFFFFFFFFFF
    static const int NEGATIVE = -7;
    int abs(int);
    double atof(const char *);
    int printf(const char *, ...);
    void qsort(void *, size_t, size_t, compare_t);
    extern int optind;
    extern struct opaque *nowhere;
    int with_struct(point_t, node_t *, enum color, struct opaque *);
"""

#: What damaged tables may give. Not among them: SystemError, MemoryError, and the death of the process.
EXPECTED = (
    _cffi_backend.FFI.error,
    AttributeError,
    ImportError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
)

#: No cdata larger than this is made.
MOST_BYTES = 1 << 16

TEXTS = (
    "int",
    "point_t",
    "struct node *",
    "union number[2]",
    "enum color",
    "int(*)(point_t)",
    "char[ANSWER]",
)


def emitted(cdef: str = CDEF) -> dict[str, Any]:
    """Returns the arguments with which a module written by ``emit_python_code()`` calls ``FFI()``."""
    builder = cffi.FFI()
    builder.cdef(cdef)
    builder.set_source("_module", None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "_module.py"
        with contextlib.redirect_stdout(None):
            builder.emit_python_code(str(path))
        text = path.read_text(encoding="utf-8")
    call = text[text.index("_cffi_backend.FFI(") :]
    given: dict[str, Any] = {}

    def take(module_name: str, **tables: Any) -> None:
        given.update(tables, module_name=module_name)

    eval(call.replace("_cffi_backend.FFI", "take", 1), {"take": take})
    return given


def damage_bytes(rng: random.Random, entry: bytes) -> bytes:
    """Another byte string, mostly alike."""
    data = bytearray(entry)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(6):
            case 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                data[at : at + 1] = bytes([data[at] ^ (1 << rng.randrange(8))]) if at < len(data) else b"\0"
            case 2:
                del data[at : at + rng.choice((1, 4, 1000))]
            case 3:
                data[at:at] = rng.choice((b"\0", b"\xff\xff\xff\xff", b"$", b",", data[:4]))
            case 4:
                # Another operation or another index in a word of a table.
                at &= ~3
                word = rng.choice((rng.randrange(64), 2 * rng.randrange(21) + 1)).to_bytes(1, "big")
                data[at + 3 : at + 4] = word
            case _:
                at &= ~3
                data[at : at + 3] = rng.choice((rng.randrange(64), 0xFFFFFF, 0x7FFFFF)).to_bytes(3, "big")
    return bytes(data)


def damage(rng: random.Random, value: Any) -> Any:
    """Another value, mostly alike, also of another type."""
    if rng.randrange(60) == 0:
        return rng.choice((None, 7, "text", b"", (), (b"",), [], -1, 1 << 100, object()))
    if isinstance(value, bytes):
        return damage_bytes(rng, value)
    if isinstance(value, tuple):
        items = list(value)
        at = rng.randrange(len(items) + 1)
        match rng.randrange(8):
            case 0:
                del items[at : at + 1]
            case 1:
                items[at:at] = items[at - 1 : at]
            case 2:
                rng.shuffle(items)
            case _ if items:
                at = min(at, len(items) - 1)
                items[at] = damage(rng, items[at])
        return tuple(items)
    if isinstance(value, int):
        return rng.choice((value + 1, -value, rng.randrange(1 << 70), 0))
    return value


def damaged(rng: random.Random, tables: dict[str, Any]) -> dict[str, Any]:
    """Returns a copy of the arguments with one or a few things wrong."""
    result = dict(tables)
    names = [n for n in result if n.startswith("_") and n != "_version"]
    for _ in range(rng.choice((1, 1, 2, 4))):
        name = rng.choice(names)
        result[name] = damage(rng, result[name])
    return result


def uses(ffi: Any) -> Iterator[Callable[[], Any]]:
    """Everything that can be asked of an FFI object with these declarations."""
    names: list[str] = []

    def list_types() -> None:
        typedefs, structs, unions = ffi.list_types()
        names.extend(typedefs)
        names.extend(f"struct {s}" for s in structs)
        names.extend(f"union {u}" for u in unions)

    yield list_types
    for text in itertools.chain(TEXTS, names):
        for form in (text, f"{text} *", f"{text}[2]", f"{text}(*)({text})"):
            yield functools.partial(explore, ffi, form)
    for name in ("RED", "GREEN", "BLUE", "ANSWER", "HUGE", "NEGATIVE", "abs", "optind", "missing", "ON"):
        yield functools.partial(ffi.integer_const, name)
    yield lambda: use_library(ffi, ffi.dlopen(None))


def explore(ffi: Any, text: str) -> None:
    """Looks at a type, and makes data of it."""
    ct = ffi.typeof(text)
    repr(ct)
    for name in dir(ct):
        repr(getattr(ct, name))
    size = ffi.sizeof(ct)
    ffi.alignof(ct)
    ffi.getctype(ct, "*x")
    if size > MOST_BYTES:
        return
    if ct.kind in ("struct", "union"):
        for name, field in ct.fields:
            if field.bitsize < 0:
                ffi.offsetof(ct, name)
    target = ct if ct.kind in ("pointer", "array") else ffi.getctype(ct, "*")
    if ct.kind == "pointer" and ffi.sizeof(ct.item) > MOST_BYTES:
        return
    data = ffi.new(target)
    repr(data)
    if ct.kind != "array" or len(data):
        repr(data[0])


def use_library(ffi: Any, lib: Any) -> None:
    """Looks up the names of a library whose values can be had without a call."""
    names = dir(lib)
    for name in names:
        try:
            repr(getattr(lib, name))
            ffi.addressof(lib, name)
        except EXPECTED:
            continue
    ffi.dlclose(lib)


def main(seed: int, count: int) -> None:
    """Tries `count` damaged tables."""
    rng = random.Random(seed)
    tables = emitted()
    seen: collections.Counter[str] = collections.Counter()
    for _ in range(count):
        try:
            ffi = _cffi_backend.FFI(**damaged(rng, tables))
        except EXPECTED as error:
            seen[type(error).__name__] += 1
            continue
        seen["accepted"] += 1
        for use in uses(ffi):
            try:
                use()
            except EXPECTED as error:
                seen[type(error).__name__] += 1
    print(count, *sorted(seen))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
