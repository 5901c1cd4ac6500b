"""Numbers that are made and read in place: what Python does with them afterwards, and objects that change meanwhile."""

from __future__ import annotations

import gc
import sys
from typing import Any

import cffi
import pytest

ffi = cffi.FFI()
ffi.cdef(
    "int abs(int); double fabs(double); struct numbers { int a; long long b; double c; unsigned d : 5; };"
)
EDGES = sorted(
    {
        sign * (base + delta)
        for base in (0, 5, 256, 257, 1 << 15, 1 << 30, 1 << 31, 1 << 32, 1 << 45, 1 << 60, (1 << 62) + 12345)
        for delta in (-1, 0, 1)
        for sign in (1, -1)
    }
    | {-(1 << 63), (1 << 63) - 1}
)


def fitting(ctype: str) -> list[int]:
    """Returns the edges that a type holds."""
    bits = 8 * ffi.sizeof(ctype)
    least, greatest = (0, 2**bits - 1) if ctype.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return [n for n in [*EDGES, (1 << 64) - 1, 1 << 63] if least <= n <= greatest]


@pytest.mark.parametrize(
    "ctype", ["int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t"]
)
def test_ints_there_and_back(ctype: str) -> None:
    values = fitting(ctype)
    array = ffi.new(f"{ctype}[]", values)
    assert list(array) == ffi.unpack(array, len(values)) == [array[i] for i in range(len(values))] == values
    assert list(ffi.new(f"{ctype}[]", tuple(values))) == values
    for made, value in zip(ffi.unpack(array, len(values)), values, strict=True):
        # The object is a full int, whichever way it was made.
        assert type(made) is int and hash(made) == hash(value) and repr(made) == repr(value)
        assert (made + 1, made * made, made >> 7, -made, made // 3) == (
            value + 1,
            value * value,
            value >> 7,
            -value,
            value // 3,
        )
        assert made.bit_length() == value.bit_length() and sys.getsizeof(made) == sys.getsizeof(value)
        assert {made: 1}[value] == 1


def test_ints_that_the_interpreter_shares() -> None:
    values = list(range(-5, 257))
    made = ffi.unpack(ffi.new("int[]", values), len(values))
    assert all(a is b for a, b in zip(made, values, strict=True))
    for _ in range(3):
        del made
        gc.collect()
        made = ffi.unpack(ffi.new("int[]", values), len(values))
    assert sum(made) == sum(range(-5, 257))


def test_floats_there_and_back() -> None:
    values = [0.0, -0.0, 1.5, 1e300, float("inf"), -float("inf"), 2.0**-1074]
    assert list(map(repr, ffi.unpack(ffi.new("double[]", values), len(values)))) == list(map(repr, values))
    mixed = [1, 2.5, True, 1 << 70, -3]
    assert ffi.unpack(ffi.new("double[]", mixed), 5) == [1.0, 2.5, 1.0, float(1 << 70), -3.0]


@pytest.mark.parametrize("ctype", ["int", "short", "unsigned char", "long long", "double", "float"])
@pytest.mark.parametrize("place", [0, 1, 7, 99])
def test_one_item_of_another_kind(ctype: str, place: int) -> None:
    class Number:
        def __index__(self) -> int:
            return 5

        def __int__(self) -> int:
            return 5

        def __float__(self) -> float:
            return 5.0

    values: list[Any] = [1] * 100
    values[place] = Number()
    expected = [1] * 100
    expected[place] = 5
    assert list(ffi.new(f"{ctype}[]", values)) == expected
    values[place] = "x"
    with pytest.raises(TypeError):
        ffi.new(f"{ctype}[]", values)
    if ctype in ("short", "unsigned char"):
        values[place] = 1 << 20
        with pytest.raises(OverflowError):
            ffi.new(f"{ctype}[]", values)


def test_a_list_that_gets_shorter_leaves_zeros() -> None:
    for ctype in ("int", "double", "long long"):
        values: list[Any] = [7] * 500

        class Shortens:
            def __init__(self, values: list[Any]) -> None:
                self.values = values

            def __index__(self) -> int:
                del self.values[20:]
                return 9

            __int__ = __index__

            def __float__(self) -> float:
                return float(self.__index__())

        values[10] = Shortens(values)
        # Memory that is not zero is free when the array is allocated.
        garbage = [ffi.new("char[]", b"\xff" * (500 * ffi.sizeof(ctype))) for _ in range(50)]
        del garbage
        array = ffi.new(f"{ctype}[]", values)
        assert list(array) == [7] * 10 + [9] + [7] * 9 + [0] * 480


def test_fields_and_items_refuse_what_does_not_fit() -> None:
    p, a = ffi.new("struct numbers *"), ffi.new("int[3]")
    for value in (1 << 31, -(1 << 31) - 1, 1 << 70):
        with pytest.raises(OverflowError):
            p.a = value
        with pytest.raises(OverflowError):
            a[1] = value
    for wrong in (1.5, "x", None):
        with pytest.raises(TypeError):
            p.a = wrong
    with pytest.raises(OverflowError):
        p.d = 32
    p.a, p.b, p.c, p.d = True, -(1 << 63), 3, 31
    assert (p.a, p.b, p.c, p.d, list(a)) == (1, -(1 << 63), 3.0, 31, [0, 0, 0])
    for index in (3, -1, 1 << 40, 1 << 70):
        with pytest.raises(IndexError):
            a[index]
        with pytest.raises(IndexError):
            a[index] = 1
    with pytest.raises(RuntimeError):
        ffi.cast("struct numbers *", 0).a  # noqa: B018
    with pytest.raises(RuntimeError):
        ffi.cast("int *", 0)[0] = 1


def test_attributes_of_a_closed_library() -> None:
    library = ffi.dlopen(None)
    for _ in range(3):
        assert library.abs(-3) == 3
    name = "".join(["a", "bs"])
    assert getattr(library, name)(-4) == 4
    ffi.dlclose(library)
    with pytest.raises((ValueError, AttributeError)):
        library.fabs  # noqa: B018
