"""C values read as Python objects, unaligned ones included."""

from __future__ import annotations

import struct

import _cffi_backend as B
import pytest


def prim(name):
    return B.new_primitive_type(name)


def ptr(item):
    return B.new_pointer_type(item)


VALUES = [
    ("signed char", "b", -5),
    ("unsigned char", "B", 250),
    ("short", "h", -30000),
    ("unsigned short", "H", 65000),
    ("int", "i", -(2**31)),
    ("unsigned int", "I", 2**32 - 1),
    ("long long", "q", -(2**63)),
    ("unsigned long long", "Q", 2**64 - 1),
    ("float", "f", 1.5),
    ("double", "d", -1e300),
    ("_Bool", "?", True),
    ("char", "c", b"x"),
    ("char16_t", "H", "é"),
    ("char32_t", "I", "\U0001f600"),
]


@pytest.mark.parametrize(("name", "code", "value"), VALUES)
@pytest.mark.parametrize("shift", [0, 1, 3])
def test_read_anywhere(name, code, value, shift) -> None:
    raw = ord(value) if isinstance(value, str) else value
    memory = bytearray(shift) + struct.pack("=" + code, raw)
    address = B.from_buffer(B.new_array_type(ptr(prim("char")), None), memory)
    p = B.cast(ptr(prim(name)), address + shift)
    assert p[0] == value
    assert type(p[0]) is type(value)
    p[0] = p[0]
    assert bytes(memory[shift:]) == struct.pack("=" + code, raw)


def test_bool_with_another_byte() -> None:
    memory = bytearray(b"\0\1\2")
    a = B.from_buffer(B.new_array_type(ptr(prim("_Bool")), None), memory)
    assert [a[0], a[1]] == [False, True]
    with pytest.raises(ValueError, match="got a _Bool of value 2, expected 0 or 1"):
        a[2]


def test_parts_are_views() -> None:
    inner = B.new_struct_type("struct i")
    B.complete_struct_or_union(inner, [("a", prim("int"))])
    outer = B.new_struct_type("struct o")
    array = B.new_array_type(ptr(prim("int")), 2)
    B.complete_struct_or_union(outer, [("i", inner), ("arr", array), ("p", ptr(prim("int")))])
    p = B.newp(ptr(outer))
    p.i.a = 5
    p.arr[1] = 6
    assert (p[0].i.a, p[0].arr[1]) == (5, 6)
    assert repr(p.i).startswith("<cdata 'struct i &' 0x")
    assert repr(p.arr).startswith("<cdata 'int[2]' 0x")
    assert repr(p.p) == "<cdata 'int *' NULL>"


def test_void_cannot_be_read() -> None:
    with pytest.raises(TypeError, match="cdata 'void' is opaque"):
        B.cast(ptr(B.new_void_type()), 8)[0]


UNPACKED = [
    ("char", b"a\0b", b"a\0b"),
    ("signed char", b"a\xffb", [97, -1, 98]),
    ("unsigned char", b"a\xffb", [97, 255, 98]),
    ("_Bool", b"\0\1\0", [False, True, False]),
    ("char32_t", "a\0\U0001f600", "a\0\U0001f600"),
    ("char16_t", "a\0b", "a\0b"),
    ("int", [1, -2, 3], [1, -2, 3]),
    ("float", [0.5, 1.5, -2.5], [0.5, 1.5, -2.5]),
    ("unsigned long long", [2**64 - 1, 0, 1], [2**64 - 1, 0, 1]),
]


@pytest.mark.parametrize(("name", "value", "expected"), UNPACKED)
def test_unpack(name, value, expected) -> None:
    a = B.newp(B.new_array_type(ptr(prim(name)), 3), value)
    assert B.unpack(a, 3) == expected
    assert B.unpack(a, 0) == expected[:0]


STRINGS = [
    ("char", b"abc\0def", -1, b"abc"),
    ("char", b"abc\0def", 2, b"ab"),
    ("char", b"abc\0def", 100, b"abc"),
    ("char", b"abc", 0, b""),
    ("unsigned char", b"abc\0", -1, b"abc"),
    ("signed char", b"abc\0", -5, b"abc"),
    ("char32_t", "ab\0c", -1, "ab"),
    ("char16_t", "ab\0c", 1, "a"),
    ("char16_t", "\U0001f600x\0", -1, "\U0001f600x"),
    ("char16_t", "\ud83d", -1, "\ud83d"),
]


@pytest.mark.parametrize(("name", "value", "maxlen", "expected"), STRINGS)
def test_string(name, value, maxlen, expected) -> None:
    a = B.newp(B.new_array_type(ptr(prim(name)), None), value)
    assert B.string(a, maxlen) == expected
    assert B.string(a + 0, maxlen) == expected


def test_string_of_an_array_without_nul() -> None:
    a = B.newp(B.new_array_type(ptr(prim("char")), 3), b"abc")
    assert B.string(a) == b"abc"


def test_string_of_single_values() -> None:
    assert B.string(B.cast(prim("char"), 65)) == b"A"
    assert B.string(B.cast(prim("char32_t"), 0x1F600)) == "\U0001f600"
    enum = B.new_enum_type("enum e", ("A", "B"), (1, 2), prim("int"))
    assert [B.string(B.cast(enum, n)) for n in (1, 2, 3, -1)] == ["A", "B", "3", "-1"]
    for name in ("_Bool", "int", "double"):
        with pytest.raises(TypeError, match="string\\(\\): unexpected cdata"):
            B.string(B.cast(prim(name), 1))
