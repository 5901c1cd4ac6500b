"""Callbacks of every small signature, called by code that is not of this project: ctypes' own libffi."""

from __future__ import annotations

import ctypes
import itertools
import random
from typing import Any

import cffi
import pytest

INTEGERS: dict[str, tuple[Any, list[int]]] = {
    "signed char": (ctypes.c_byte, [-128, 0, 127]),
    "unsigned char": (ctypes.c_ubyte, [0, 255]),
    "short": (ctypes.c_short, [-(2**15), 2**15 - 1]),
    "unsigned short": (ctypes.c_ushort, [2**16 - 1, 7]),
    "int": (ctypes.c_int, [-(2**31), -1, 2**31 - 1]),
    "unsigned int": (ctypes.c_uint, [2**32 - 1, 2**31]),
    "long long": (ctypes.c_longlong, [-(2**63), -1, 2**63 - 1]),
    "unsigned long long": (ctypes.c_ulonglong, [2**64 - 1, 2**63]),
    "_Bool": (ctypes.c_bool, [0, 1]),
}
REALS: dict[str, tuple[Any, list[float]]] = {
    "double": (ctypes.c_double, [-0.1, 1e300, 0.0]),
    "float": (ctypes.c_float, [-1.5, 2.0**100]),
}
ALL: dict[str, tuple[Any, list[Any]]] = {**INTEGERS, **REALS}

ffi = cffi.FFI()


def check(result: str, parameters: list[str], chosen: random.Random) -> None:
    """Calls one callback with values at the limits of their types, and compares both directions."""
    values = [chosen.choice(ALL[name][1]) for name in parameters]
    answer = chosen.choice(ALL[result][1]) if result != "void" else None
    seen: list[tuple[Any, ...]] = []

    def function(*arguments: Any) -> Any:
        seen.append(arguments)
        return answer

    callback = ffi.callback(f"{result}({', '.join(parameters) or 'void'})", function)
    restype = None if result == "void" else ALL[result][0]
    prototype = ctypes.CFUNCTYPE(restype, *(ALL[name][0] for name in parameters))
    got = prototype(int(ffi.cast("intptr_t", callback)))(*values)
    assert seen == [tuple(values)], (result, parameters)
    assert got == answer, (result, parameters)


@pytest.mark.parametrize("result", ["void", *ALL])
def test_none_and_one(result: str) -> None:
    chosen = random.Random(result)
    check(result, [], chosen)
    for name in ALL:
        check(result, [name], chosen)


@pytest.mark.parametrize("result", ["void", "int", "double", "unsigned char", "float"])
def test_two(result: str) -> None:
    chosen = random.Random(result)
    for pair in itertools.product(ALL, repeat=2):
        check(result, list(pair), chosen)


@pytest.mark.parametrize("seed", range(8))
def test_up_to_all_registers_and_the_stack(seed: int) -> None:
    chosen = random.Random(seed)
    for count in range(3, 14):
        for names in (list(INTEGERS), list(REALS), list(ALL)):
            parameters = [chosen.choice(names) for _ in range(count)]
            check(chosen.choice(["void", *ALL]), parameters, chosen)


def test_structs_in_one_and_two_registers() -> None:
    own = cffi.FFI()
    own.cdef(
        """
        struct small { short a; short b; }; struct pair { long long a, b; }; struct reals { double a, b; };
        struct both { double a; long long b; };
        """
    )

    class Small(ctypes.Structure):
        _fields_ = [("a", ctypes.c_short), ("b", ctypes.c_short)]

    class Pair(ctypes.Structure):
        _fields_ = [("a", ctypes.c_longlong), ("b", ctypes.c_longlong)]

    class Reals(ctypes.Structure):
        _fields_ = [("a", ctypes.c_double), ("b", ctypes.c_double)]

    class Both(ctypes.Structure):
        _fields_ = [("a", ctypes.c_double), ("b", ctypes.c_longlong)]

    kinds = {"struct small": Small, "struct pair": Pair, "struct reals": Reals, "struct both": Both}
    for names in [*itertools.product(kinds, repeat=1), *itertools.product([*kinds, "int"], repeat=2)]:
        seen: list[Any] = []

        def function(*values: Any, into: list[Any] = seen) -> int:
            into.extend((v.a, v.b) if isinstance(v, own.CData) else v for v in values)
            return 5

        callback = own.callback(f"int({', '.join(names)})", function)
        classes = [kinds.get(name, ctypes.c_int) for name in names]
        given = [3 if name == "int" else kinds[name](7 + i, 9 + i) for i, name in enumerate(names)]
        prototype = ctypes.CFUNCTYPE(ctypes.c_int, *classes)
        assert prototype(int(own.cast("intptr_t", callback)))(*given) == 5
        assert seen == [3 if name == "int" else (7 + i, 9 + i) for i, name in enumerate(names)], names


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("result", ["int", "double", "void"])
def test_failures_give_zero_or_the_error(result: str) -> None:
    def fails(x: int) -> int:
        raise ValueError(x)

    restype = {"int": ctypes.c_int, "double": ctypes.c_double, "void": None}[result]
    prototype = ctypes.CFUNCTYPE(restype, ctypes.c_int)
    plain = ffi.callback(f"{result}(int)", fails)
    assert prototype(int(ffi.cast("intptr_t", plain)))(4) == (None if result == "void" else 0)
    if result != "void":
        given = ffi.callback(f"{result}(int)", fails, error=42)
        assert prototype(int(ffi.cast("intptr_t", given)))(4) == 42
        handled = ffi.callback(f"{result}(int)", fails, onerror=lambda *_: 43)
        assert prototype(int(ffi.cast("intptr_t", handled)))(4) == 43


def test_the_other_sides_errno_is_kept() -> None:
    inner = ffi.callback("int(int)", lambda x: (setattr(ffi, "errno", ffi.errno + x), 0)[1])
    function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, use_errno=True)(int(ffi.cast("intptr_t", inner)))
    ctypes.set_errno(30)
    function(5)
    assert ctypes.get_errno() == 35
