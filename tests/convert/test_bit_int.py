"""Bit-precise integers of any width, and complex numbers of narrow and wide floats."""

from __future__ import annotations

import platform
import random
from typing import Any

import _cffi_backend as B
import cffi
import pytest

pytestmark = [
    pytest.mark.skipif(not hasattr(B, "__path__"), reason="stock: undefined type name"),
    pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="the host may lack some"),
]

ffi: Any = B.FFI()
WIDTHS = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 191, 192, 193, 256, 1000]
NAMES = [f"{sign}_BitInt({bits})" for bits in WIDTHS for sign in ("", "unsigned ") if sign or bits > 1]


def limits(name: str) -> tuple[int, int, int]:
    """Returns the least and the greatest value, and the width."""
    bits = int(name.partition("(")[2][:-1])
    return (0, 2**bits - 1, bits) if name.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, bits)


@pytest.mark.parametrize("name", NAMES)
def test_values_at_their_limits(name: str) -> None:
    least, greatest, bits = limits(name)
    p = ffi.new(f"{name} *")
    size = ffi.sizeof(name)
    random.seed(bits)
    for value in {least, greatest, 0, 1 & greatest, least + 1, greatest - 1, random.randint(least, greatest)}:
        p[0] = value
        assert p[0] == value and type(p[0]) is int
        # What the value does not use is extended by its sign.
        assert int.from_bytes(ffi.buffer(p)[:], "little") == value % 2 ** (8 * size)
        cd = ffi.cast(name, value)
        assert int(cd) == value and cd == value and hash(cd) == hash(value) and bool(cd) == bool(value)
        assert repr(cd) == f"<cdata '{name}' {value}>"
    for value in (least - 1, greatest + 1, 2**2000, -(2**2000), 10**5000):
        before = ffi.buffer(p)[:]
        with pytest.raises(OverflowError):
            p[0] = value
        assert ffi.buffer(p)[:] == before
        assert int(ffi.cast(name, value)) == (value - least) % 2**bits + least
    for wrong in (1.5, "x", None, b"1"):
        with pytest.raises(TypeError):
            p[0] = wrong


@pytest.mark.parametrize("name", NAMES)
def test_bits_that_a_value_does_not_use_are_ignored(name: str) -> None:
    least, greatest, bits = limits(name)
    p = ffi.new(f"{name} *")
    size = ffi.sizeof(name)
    for value in (least, greatest, 0):
        used = value % 2**bits
        rubbish = (2 ** (8 * size) - 1) >> bits << bits
        ffi.buffer(p)[:] = (used | rubbish).to_bytes(size, "little")
        assert p[0] == value and bool(ffi.cast(name, p[0])) == bool(value)


def test_other_objects_and_names() -> None:
    class Number:
        def __int__(self) -> int:
            return 5

    class Odd(int):
        def to_bytes(self, *_: Any, **__: Any) -> bytes:
            return b"\xff" * 1000

    p = ffi.new("_BitInt(300) *", Number())
    assert p[0] == 5
    p[0] = Odd(7)
    assert p[0] == 7
    assert int(ffi.cast("_BitInt(300)", -2.9e30)) == int(-2.9e30)
    assert int(ffi.cast("_BitInt(5)", b"A")) == 1
    assert int(ffi.cast("_BitInt(300)", b"A")) == 65
    assert int(ffi.cast("unsigned _BitInt(9)", ffi.cast("int", -1))) == 511
    assert int(ffi.cast("unsigned _BitInt(300)", ffi.cast("int", -1))) == 2**300 - 1
    assert ffi.typeof("signed _BitInt(9)") is ffi.typeof("_BitInt(9)") is B.new_primitive_type("_BitInt(9)")
    assert ffi.typeof("_BitInt(9)") is not ffi.typeof("unsigned _BitInt(9)")
    assert ffi.typeof("_BitInt(9)").kind == "primitive"
    assert ffi.typeof("_BitInt(9)*(*)(unsigned _BitInt(10)[4])").result.cname == "_BitInt(9) *"
    assert ffi.getctype("_BitInt(9)", "*x[3]") == "_BitInt(9) *x[3]"
    for wrong in (
        "_BitInt",
        "_BitInt(0)",
        "_BitInt(1)",
        "_BitInt(-3)",
        "_BitInt(99999999)",
        "long _BitInt(5)",
    ):
        with pytest.raises(ffi.error):
            ffi.typeof(wrong)


@pytest.mark.parametrize("make", [cffi.FFI, B.FFI])
def test_in_declarations(make: Any) -> None:
    own = make()
    own.cdef("""
        typedef _BitInt(37) narrow;
        struct s { char c; narrow x; unsigned _BitInt(65) y[3]; _BitInt(300) z; };
        union u { _BitInt(5) a; unsigned _BitInt(90) b; };
    """)
    # More than 64 bits are aligned like two of AArch64's registers, and like one of those of x86-64.
    expected = (112, 16, 16) if platform.machine() == "aarch64" else (104, 8, 16)
    assert (own.sizeof("struct s"), own.alignof("struct s"), own.sizeof("union u")) == expected
    p = own.new("struct s *", [b"a", -5, [1, 2**65 - 1], -(2**299)])
    assert (p.x, list(p.y), p.z) == (-5, [1, 2**65 - 1, 0], -(2**299))
    p.x += 2**36
    assert p.x == 2**36 - 5
    with pytest.raises(OverflowError, match="does not fit '_BitInt"):
        p.x = 2**36
    assert own.new("narrow[3]", [1, -2])[0:2][1] == -2
    assert own.unpack(own.new("narrow[3]", [1, -2]), 3) == [1, -2, 0]
    twice = own.callback("unsigned _BitInt(99)(narrow, struct s *)", lambda x, s: 2 * x + s.y[0])
    assert twice(20, p) == 41


@pytest.mark.parametrize(
    "name", ["_Float16 _Complex", "_Float32 _Complex", "_Float64 _Complex", "_Float128 _Complex"]
)
def test_complex_numbers(name: str) -> None:
    part = name.partition(" ")[0]
    assert ffi.sizeof(name) == 2 * ffi.sizeof(part)
    p = ffi.new(f"{name} *", 1.5 - 2j)
    assert p[0] == 1.5 - 2j
    p[0] = 3
    assert p[0] == 3 and bool(ffi.cast(name, 0)) is False and bool(ffi.cast(name, 1j)) is True
    assert complex(ffi.cast(name, 0.25j)) == 0.25j and ffi.cast(name, 2) == 2
    parts = ffi.cast(f"{part} *", p)
    assert [float(x) for x in (parts[0], parts[1])] == [3.0, 0.0]
    with pytest.raises(TypeError):
        p[0] = "1"
    own: Any = cffi.FFI()
    own.cdef(f"struct c {{ {name} z[2]; }};")
    assert list(own.new("struct c *", [[1, 2j]]).z) == [1, 2j]
