"""Primitive types that the stock backend does not know: 128-bit integers, narrow and wide floats."""

from __future__ import annotations

import math
import platform
from typing import Any

import _cffi_backend as B
import pytest

pytestmark = [
    pytest.mark.skipif(not hasattr(B, "__path__"), reason="stock: KeyError"),
    pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="the host may lack some"),
]

ffi: Any = B.FFI()
INTEGERS = {"__int128": (-(2**127), 2**127 - 1), "unsigned __int128": (0, 2**128 - 1)}


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_at_their_limits(name: str) -> None:
    least, greatest = INTEGERS[name]
    assert (ffi.sizeof(name), ffi.alignof(name)) == (16, 16)
    p = ffi.new(f"{name} *")
    for value in (least, greatest, 0, 1, 2**63, 2**64 - 1, 2**64, 2**100 + 5, least + 1, greatest - 1):
        p[0] = value
        assert p[0] == value and type(p[0]) is int
        assert int(ffi.buffer(p)[:][::-1].hex(), 16) == value % 2**128
        cd = ffi.cast(name, value)
        assert int(cd) == value and cd == value and hash(cd) == hash(value) and bool(cd) == bool(value)
        assert repr(cd) == f"<cdata '{name}' {value}>"
    for value in (least - 1, greatest + 1, 2**200, -(2**200)):
        with pytest.raises(OverflowError):
            p[0] = value
        assert int(ffi.cast(name, value)) == (value - least) % 2**128 + least
    for wrong in (1.5, "x", None, b"1"):
        with pytest.raises(TypeError):
            p[0] = wrong


def test_integers_from_other_objects() -> None:
    assert int(ffi.cast("__int128", -2.9e30)) == int(-2.9e30)
    assert int(ffi.cast("__int128", b"A")) == 65
    assert int(ffi.cast("unsigned __int128", ffi.cast("int", -1))) == 2**128 - 1
    assert int(ffi.cast("__int128", ffi.cast("void *", 77))) == 77
    assert list(ffi.new("__int128[3]", [1, -(2**100), 3])) == [1, -(2**100), 3]
    assert ffi.typeof("__int128_t") is ffi.typeof("__int128") is ffi.typeof("signed __int128")
    assert ffi.typeof("__uint128_t") is ffi.typeof("unsigned __int128")


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("_Float16", 1.0, 1.0),
        ("_Float16", 65504.0, 65504.0),
        ("_Float16", 65520.0, math.inf),
        ("_Float16", 1 / 3, 0.333251953125),
        ("_Float16", 2.0**-25, 0.0),
        ("__bf16", 1 / 3, 0.333984375),
        ("__bf16", 3e38, 3.00405527047391e38),
        ("_Float32", 1 / 3, 0.3333333432674408),
        ("_Float64", 1 / 3, 1 / 3),
        ("_Float32x", 1 / 3, 1 / 3),
    ],
)
def test_narrow_floats_are_rounded(name: str, value: float, stored: float) -> None:
    assert ffi.new(f"{name} *", value)[0] == stored
    assert float(ffi.cast(name, value)) == stored
    assert ffi.cast(name, -value) == -stored
    assert math.isnan(float(ffi.cast(name, math.nan)))
    assert not ffi.cast(name, -0.0)


def test_quads_keep_their_precision() -> None:
    exact = ffi.cast("_Float128", 2**112 + 1)
    assert float(exact) == 2.0**112
    p = ffi.new("_Float128 *", exact)
    assert ffi.buffer(p)[:] == (((0x3FFF + 112) << 112) + 1).to_bytes(16, "little")
    assert repr(p[0]) == "<cdata '_Float128' 0x1.0000000000000000000000000001p+112>"
    assert repr(ffi.cast("__float128", 1.5)) == "<cdata '_Float128' 1.500000E+00>"
    assert bool(exact) and not ffi.cast("_Float128", 0)
    with pytest.raises(NotImplementedError):
        assert exact == 1


def test_quads_and_long_doubles_keep_each_others_digits() -> None:
    digits = {"x86_64": 64, "aarch64": 113}[platform.machine()]
    exact = ffi.cast("_Float128", 2 ** (digits - 1) + 1)
    for wide in (ffi.cast("long double", exact), ffi.new("long double *", exact)[0]):
        for back in (ffi.cast("_Float128", wide), ffi.new("_Float128 *", wide)[0]):
            assert ffi.buffer(ffi.new("_Float128 *", back))[:] == ffi.buffer(ffi.new("_Float128 *", exact))[:]
    beyond = ffi.cast("_Float128", 2**100 + 1)
    assert float(ffi.cast("long double", beyond)) == 2.0**100
    for number in (math.inf, -math.inf, -0.0, 1 / 3, 5e-324):
        there = ffi.cast("long double", ffi.cast("_Float128", number))
        assert math.copysign(1, float(there)) == math.copysign(1, number) and float(there) == number
    assert math.isnan(float(ffi.cast("long double", ffi.cast("_Float128", math.nan))))


def test_complex_long_double() -> None:
    p = ffi.new("long double _Complex *", 1 - 2j)
    assert p[0] == 1 - 2j and complex(ffi.cast("long double _Complex", 3)) == 3
    assert ffi.sizeof("long double _Complex") == 2 * ffi.sizeof("long double")


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "aarch64"), reason="elsewhere libffi cannot pass them"
)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("__int128", -(2**100)),
        ("unsigned __int128", 2**127),
        ("_Float16", 1.5),
        ("__bf16", -2.0),
        ("_Float32", 0.25),
        ("_Float64", 0.1),
        ("long double _Complex", 1 + 2j),
    ],
)
def test_they_go_by_value(name: str, value: Any) -> None:
    twice = ffi.callback(f"{name}({name}, int, {name})", lambda a, i, b: b if i else a)
    assert twice(value, 0, 0) == value and twice(0, 1, value) == value
