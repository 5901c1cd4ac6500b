"""Sizes and alignments of the primitive types, against ctypes and the C library's own."""

from __future__ import annotations

import ctypes

import _cffi_backend as B
import pytest

SAME_AS_CTYPES = {
    "char": ctypes.c_char,
    "signed char": ctypes.c_byte,
    "unsigned char": ctypes.c_ubyte,
    "short": ctypes.c_short,
    "unsigned short": ctypes.c_ushort,
    "int": ctypes.c_int,
    "unsigned int": ctypes.c_uint,
    "long": ctypes.c_long,
    "unsigned long": ctypes.c_ulong,
    "long long": ctypes.c_longlong,
    "unsigned long long": ctypes.c_ulonglong,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
    "long double": ctypes.c_longdouble,
    "_Bool": ctypes.c_bool,
    "wchar_t": ctypes.c_wchar,
    "size_t": ctypes.c_size_t,
    "ssize_t": ctypes.c_ssize_t,
    "intptr_t": ctypes.c_ssize_t,
    "uintptr_t": ctypes.c_size_t,
    "ptrdiff_t": ctypes.c_ssize_t,
    "intmax_t": ctypes.c_int64,
    "uintmax_t": ctypes.c_uint64,
    "char16_t": ctypes.c_uint16,
    "char32_t": ctypes.c_uint32,
    **{f"{u}int{n}_t": getattr(ctypes, f"c_{u}int{n}") for u in ("", "u") for n in (8, 16, 32, 64)},
    **{f"{u}int_least{n}_t": getattr(ctypes, f"c_{u}int{n}") for u in ("", "u") for n in (8, 16, 32, 64)},
    "int_fast8_t": ctypes.c_int8,
    "uint_fast8_t": ctypes.c_uint8,
    "int_fast64_t": ctypes.c_int64,
    "uint_fast64_t": ctypes.c_uint64,
}


@pytest.mark.parametrize("name", SAME_AS_CTYPES)
def test_size_and_alignment(name) -> None:
    ct = B.new_primitive_type(name)
    twin = SAME_AS_CTYPES[name]
    assert ct.cname == name
    assert ct.kind == "primitive"
    assert (B.sizeof(ct), B.alignof(ct)) == (ctypes.sizeof(twin), ctypes.alignment(twin))
    assert B.new_primitive_type(name) is ct


@pytest.mark.parametrize("name", ["int_fast16_t", "uint_fast16_t", "int_fast32_t", "uint_fast32_t"])
def test_fast_types(name) -> None:
    size = B.sizeof(B.new_primitive_type(name))
    assert size >= int(name[-4:-2]) // 8
    assert size in (2, 4, 8)


INTEGERS = [n for n, t in SAME_AS_CTYPES.items() if "int" in n or n.endswith(("long", "short", "size_t"))]


@pytest.mark.parametrize("name", [n for n in INTEGERS if "long double" not in n])
def test_range(name) -> None:
    ct = B.new_primitive_type(name)
    bits = 8 * B.sizeof(ct)
    unsigned = name.startswith("u") or name == "size_t"
    low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    p = B.newp(B.new_pointer_type(ct))
    for value in (low, high, 0, 1):
        p[0] = value
        assert p[0] == value
        assert int(B.cast(ct, value)) == value
    for value in (low - 1, high + 1):
        with pytest.raises(OverflowError):
            p[0] = value
        assert int(B.cast(ct, value)) == (low if value > 0 else high)
    assert p[0] == 1


@pytest.mark.parametrize(("name", "item"), [("float", 4), ("double", 8)])
def test_complex(name, item) -> None:
    try:
        ct = B.new_primitive_type(f"_cffi_{name}_complex_t")
    except KeyError:
        ct = B.new_primitive_type(f"{name} _Complex")
    assert (B.sizeof(ct), B.alignof(ct)) == (2 * item, B.alignof(B.new_primitive_type(name)))
    p = B.newp(B.new_pointer_type(ct), 1.5 - 2.5j)
    assert p[0] == 1.5 - 2.5j
    assert complex(B.cast(ct, 3)) == 3 + 0j
    with pytest.raises(TypeError, match="int\\(\\) not supported on cdata"):
        int(B.cast(ct, 3))


@pytest.mark.parametrize(
    "name", ["", "Int", "int ", " int", "unsigned", "long int", "struct s", "int*", "void"]
)
def test_unknown_name(name) -> None:
    with pytest.raises(KeyError) as caught:
        B.new_primitive_type(name)
    assert caught.value.args == (name,)
