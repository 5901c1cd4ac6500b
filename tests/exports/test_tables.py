"""Tables of compiled modules that are wrong, made in memory."""

from __future__ import annotations

import ctypes
import random
import sys

import _cffi_backend
import pytest

P = ctypes.c_void_p
KEPT: list[object] = []
"""Modules are never unloaded, and neither may their tables be."""

pytestmark = pytest.mark.keeps("the tables of the modules it makes")


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


def load(words, names=(), version=0x2601, num_types=None, **tables):
    """Gives a module with these words and global variables to the backend."""
    types = (ctypes.c_size_t * max(len(words), 1))(*words)
    names = sorted(names)
    place = ctypes.c_longlong(0)
    table = (Global * max(len(names), 1))(
        *(Global(name, ctypes.addressof(place), op, None) for name, op in names)
    )
    count = len(words) if num_types is None else num_types
    context = Context(
        num_types=count,
        globals=ctypes.addressof(table),
        num_globals=len(names),
        **{"types": ctypes.addressof(types), **tables},
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
    "a reference beyond the table": (0, [0x6303]),
    "a negative reference": (0, [(1 << 64) - 253]),
    "a type that refers to itself": (0, [0x003]),
    "a circle": (0, [0x103, 0x003]),
    "a circle through a parameter": (0, [0x103, 0x30D, 0x003, 0x701, 0x00F]),
    "an address": (0, [0x1000]),
    "nothing": (0, [0]),
    "a function without end": (0, [0x30D, 0x301, 0x301, 0x301]),
    "a struct that is not there": (0, [0x009]),
    "an enum that is not there": (0, [0x00B]),
    "a typedef that is not there": (0, [0x015]),
    "the length of an array": (2, [0x701, 0x005, 16]),
    "no type": (7, [0x701]),
}
"""The index of a global's type, and the words."""


@pytest.mark.skipif(ctypes.sizeof(P) != 8, reason="words of 64 bits")
@pytest.mark.parametrize(("index", "words"), WRONG.values(), ids=WRONG)
def test_wrong_words_are_refused_when_they_are_used(index, words) -> None:
    module, _ = load([*words, 0x701], [(b"bad", index << 8 | 0x21), (b"good", len(words) << 8 | 0x21)])
    for _ in range(2):
        with pytest.raises(module.ffi.error):
            _ = module.lib.bad
    assert module.lib.good == 0


def test_an_array_without_length() -> None:
    module, _ = load([0x701, 0x005], [(b"bad", 0x121)])
    with pytest.raises(module.ffi.error):
        _ = module.lib.bad


def test_a_missing_table_is_refused_at_once() -> None:
    with pytest.raises(ImportError, match="has wrong tables: no types"):
        load([], num_types=1, types=None)


def test_an_array_whose_length_was_taken_for_a_type() -> None:
    """Odd lengths look like words: here 0x701, the word of `int`."""
    module, _ = load([0x701, 0x005, 0x701], [(b"a", 0x121), (b"b", 0x221)])
    assert module.lib.b == 0
    with pytest.raises(module.ffi.error):
        _ = module.lib.a


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
        names = [(b"g%d" % i, rng.getrandbits(4) << 8 | 0x21) for i in range(3)]
        module, _ = load(words, names)
        for name in ("g0", "g1", "g2"):
            try:
                repr(_cffi_backend.typeof(module.ffi.addressof(module.lib, name)))
            except module.ffi.error:
                refused += 1
            except EXPECTED:
                pass
    assert 100 < refused < 3000
