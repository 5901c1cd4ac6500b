"""Tables of compiled modules that are wrong, made in memory."""

from __future__ import annotations

import contextlib
import ctypes
import random
import sys

import _cffi_backend
import pytest

P = ctypes.c_void_p
KEPT: list[object] = []
"""Modules are never unloaded, and neither may their tables be."""


class Context(ctypes.Structure):
    """`struct _cffi_type_context_s`"""

    _fields_ = [
        *((name, P) for name in ("types", "globals", "fields", "struct_unions", "enums", "typenames")),
        *((name, ctypes.c_int) for name in ("num_globals", "num_structs", "num_enums", "num_typenames")),
        ("includes", P),
        ("num_types", ctypes.c_int),
        ("flags", ctypes.c_int),
    ]


class Global(ctypes.Structure):
    """`struct _cffi_global_s`"""

    _fields_ = [("name", ctypes.c_char_p), ("address", P), ("op", ctypes.c_size_t), ("size", P)]


class Init(ctypes.Structure):
    """What `PyInit` of a compiled module passes."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("version", ctypes.c_ssize_t),
        ("exports", P),
        ("context", ctypes.POINTER(Context)),
    ]


NUMBER = iter(range(1_000_000))

GOOD = [0x70D, 0x803, 0x10F, 0xE01, 0x305, 3, 0x307, 0x701, 0x801]
"""Words: a function, its parameter and end, double, double[3], its length, double[], int, unsigned int."""


def load(words, names=(), version=0x2601, num_types=None):
    """Give a module with these words and global variables to the backend."""
    types = (ctypes.c_size_t * max(len(words), 1))(*words)
    names = sorted(names)
    place = ctypes.c_longlong(0)
    table = (Global * max(len(names), 1))(
        *(Global(name, ctypes.addressof(place), op, None) for name, op in names)
    )
    count = len(words) if num_types is None else num_types
    context = Context(
        types=ctypes.addressof(types),
        num_types=count,
        globals=ctypes.addressof(table),
        num_globals=len(names),
    )
    exports = (P * 28)()
    init = Init(b"_tables%d" % next(NUMBER), version, ctypes.addressof(exports), ctypes.pointer(context))
    KEPT.extend((types, table, place, context, exports, init))
    module = _cffi_backend._init_cffi_1_0_external_module(ctypes.addressof(init))
    for name in (module.__name__, f"{module.__name__}.lib"):
        sys.modules.pop(name, None)
    return module, list(exports)


@pytest.mark.parametrize(("version", "count"), [(0x2601, 25), (0x2701, 25), (0x2801, 28), (0x28FF, 28)])
def test_a_module_gets_as_much_of_the_table_as_it_has_room_for(version, count) -> None:
    module, exports = load(GOOD, [(b"v", 0x721)], version)
    assert exports[0] is None and None not in exports[1:count]
    assert exports[count:] == [None] * (28 - count)
    assert module.lib.v == 0


@pytest.mark.parametrize("version", [0, 0x2600, 0x2900, -1])
def test_unknown_versions(version) -> None:
    with pytest.raises(ImportError) as caught:
        load(GOOD, version=version)
    assert f"uses an unknown version tag {version % 2 ** (8 * ctypes.sizeof(P)):#x}. This module" in str(
        caught.value
    )


WRONG = {
    "a reference beyond the table": [0x6303],
    "a negative reference": [(1 << 64) - 253],
    "a type that refers to itself": [0x003],
    "a circle": [0x103, 0x003],
    "an address": [0x1000],
    "a function without end": [0x30D, 0x301, 0x301, 0x301],
    "an array without length": [0x701, 0x005],
    "a struct that is not there": [0x009],
    "an enum that is not there": [0x00B],
    "a typedef that is not there": [0x015],
}


@pytest.mark.skipif(ctypes.sizeof(P) != 8, reason="words of 64 bits")
@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_wrong_words(words) -> None:
    with pytest.raises(ImportError, match="has wrong tables"):
        load(words, [(b"v", 0x021)])


EXPECTED = (TypeError, ValueError, NotImplementedError, OverflowError, RuntimeError)


def test_damaged_words_raise_at_worst() -> None:
    rng = random.Random(1)
    refused = 0
    for _ in range(1500):
        words = list(GOOD)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(words))
            words[at] = rng.choice(
                [rng.getrandbits(12), words[at] ^ 1 << rng.randrange(12), words[rng.randrange(9)]]
            )
        names = [
            (b"g%d" % i, rng.getrandbits(4) << 8 | rng.choice([0x21, 0x13, 0x1D, 0x33])) for i in range(3)
        ]
        names = [(name, op & ~0xFF | 0x21) for name, op in names]
        try:
            module, _ = load(words, names)
        except ImportError:
            refused += 1
            continue
        for name in ("g0", "g1", "g2"):
            with contextlib.suppress(module.ffi.error, *EXPECTED):
                repr(_cffi_backend.typeof(module.ffi.addressof(module.lib, name)))
    assert 100 < refused < 1500
