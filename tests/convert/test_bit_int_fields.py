"""Bit-fields of bit-precise integers and of integers of 128 bits."""

from __future__ import annotations

import platform
import random
from typing import Any

import _cffi_backend as B
import pytest

pytestmark = [
    pytest.mark.skipif(not hasattr(B, "__path__"), reason="stock: undefined type name"),
    pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="the host may lack some"),
]

RECORDS = """
    typedef _BitInt(17) i17; typedef unsigned _BitInt(65) u65; typedef _BitInt(65) i65;
    typedef _BitInt(200) i200; typedef unsigned _BitInt(300) u300; typedef unsigned _BitInt(7) u7;
    typedef _BitInt(33) i33; typedef __int128 i128; typedef unsigned __int128 u128;
    struct a { char c; i17 x:3; i17 y:17; };
    struct b { char c; u65 x:9; u65 y:65; u65 z:1; };
    struct c { i65 x:65; int n; i65 y:33; };
    struct d { short c; i200 x:150; i200 y:50; i200 z:1; };
    struct e { u300 x:300; u7 y:7; u7 z:2; };
    struct f { char c; i128 x:100; u128 y:28; };
    struct g { int c:5; i33 x:33; unsigned d:6; u7 y:6; };
    struct i { i65 x:3; i65 :0; char c; u7 :0; i65 y:4; };
"""
PACKED = "struct h { char c; i65 x:65; i17 y:5; u300 z:299; };"

COMPILED: dict[str, tuple[dict[str, Any], dict[str, tuple[int, int]], str]] = {
    "a": ({"x": -2, "y": -3}, {"x86_64": (4, 4), "aarch64": (4, 4)}, "00eeff0f"),
    "b": (
        {"x": 257, "y": 2**64 + 5, "z": 1},
        {"x86_64": (16, 8), "aarch64": (16, 16)},
        "00010b000000000000000600000000",
    ),
    "d": (
        {"x": -(2**149), "y": -2, "z": -1},
        {"x86_64": (32, 8), "aarch64": (32, 16)},
        "0000000000000000000000000000000000000000a0ffffffffffff01",
    ),
    "e": (
        {"x": 2**299 + 3, "y": 100, "z": 2},
        {"x86_64": (40, 8), "aarch64": (48, 16)},
        "03" + 36 * "00" + "086402",
    ),
    "f": (
        {"x": -2, "y": 0xFFFFFFF},
        {"x86_64": (32, 16), "aarch64": (32, 16)},
        "00feffffffffffffffffffffff0f0000ffffff0f",
    ),
    "g": (
        {"c": -1, "x": -(2**32), "d": 33, "y": 63},
        {"x86_64": (8, 8), "aarch64": (8, 8)},
        "1f00000060083f",
    ),
    "h": (
        {"x": -(2**64), "y": -1, "z": 2**298},
        {"x86_64": (48, 1), "aarch64": (48, 1)},
        "0000000000000000003f" + 37 * "00" + "01",
    ),
}
"""By struct: values, size and alignment by processor, and the first bytes of the memory, as clang and gcc 14 and newer have
them."""


@pytest.fixture(scope="module")
def ffi() -> Any:
    made: Any = B.FFI()
    made.cdef(RECORDS)
    made.cdef(PACKED, packed=True)
    return made


@pytest.mark.parametrize("tag", COMPILED)
def test_layouts_and_bits_are_those_of_compilers(ffi: Any, tag: str) -> None:
    values, layouts, memory = COMPILED[tag]
    name = f"struct {tag}"
    assert (ffi.sizeof(name), ffi.alignof(name)) == layouts[platform.machine()]
    p = ffi.new(f"{name} *", values)
    assert bytes(ffi.buffer(p)).hex().rstrip("0") == memory.rstrip("0")
    assert {field: getattr(p, field) for field in values} == values


def test_a_field_of_width_0_ends_the_unit(ffi: Any) -> None:
    arm = platform.machine() == "aarch64"
    assert (ffi.sizeof("struct i"), ffi.alignof("struct i")) == ((32, 16) if arm else (16, 8))
    assert ffi.offsetof("struct i", "c") == (16 if arm else 8)
    assert (ffi.sizeof("struct c"), ffi.alignof("struct c")) == ((32, 16) if arm else (24, 8))


@pytest.mark.parametrize("tag", [*COMPILED, "c", "i"])
def test_neighbours_keep_their_bits(ffi: Any, tag: str) -> None:
    rng = random.Random(tag)
    p = ffi.new(f"struct {tag} *")
    fields = {name: field for name, field in ffi.typeof(f"struct {tag}").fields if field.bitsize > 0}
    known = dict.fromkeys(fields, 0)
    for _ in range(200):
        name = rng.choice(list(fields))
        width = fields[name].bitsize
        number = rng.getrandbits(width)
        if not fields[name].type.cname.startswith("unsigned") and number >> (width - 1):
            number -= 1 << width
        setattr(p, name, number)
        known[name] = number
        assert {name: getattr(p, name) for name in fields} == known


def test_what_does_not_fit_is_refused(ffi: Any) -> None:
    p = ffi.new("struct b *", {"x": 5, "y": 7})
    for name, wrong in (("x", 512), ("x", -1), ("y", 2**65), ("y", -1)):
        with pytest.raises(OverflowError, match="outside the range allowed by the bit field width: 0 <= x"):
            setattr(p, name, wrong)
    with pytest.raises(TypeError):
        p.y = 1.5
    assert (p.x, p.y) == (5, 7)
    d = ffi.new("struct d *", {"z": 1})
    assert d.z == -1
    with pytest.raises(OverflowError, match="signed bit field of 150 bits"):
        d.x = 2**149
    with pytest.raises(OverflowError, match="-1 <= x <= 1"):
        d.z = 2


def test_a_width_above_that_of_the_type_is_refused() -> None:
    for wrong in ("_BitInt(12) a : 13", "unsigned _BitInt(65) a : 66", "__int128 a : 129"):
        own: Any = B.FFI()
        with pytest.raises((TypeError, ffi_error())):
            own.cdef(f"struct s {{ {wrong}; }};")
            own.new("struct s *")


def test_very_wide_fields(ffi: Any) -> None:
    own: Any = B.FFI()
    own.cdef("struct s { char c; _BitInt(80000) x : 32767; int y : 3; };")
    p = own.new("struct s *", {"x": -(2**32766), "y": -1})
    assert (p.x, p.y, p.c) == (-(2**32766), -1, b"\0")
    own.cdef("struct t { _BitInt(80000) x : 65537; };")
    with pytest.raises(TypeError, match="cannot be a bit field"):
        own.new("struct t *")


def ffi_error() -> type[Exception]:
    error: type[Exception] = B.FFI.error
    return error


def test_by_value(ffi: Any) -> None:
    twice = ffi.callback("i200(struct d, struct b, struct a)", lambda d, b, a: d.x + b.y + a.y)
    d = ffi.new("struct d *", {"x": -(2**100)})
    b, a = ffi.new("struct b *", {"y": 2**64}), ffi.new("struct a *", {"y": -7})
    assert twice(d[0], b[0], a[0]) == -(2**100) + 2**64 - 7
