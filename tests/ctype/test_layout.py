"""Structs and unions: offsets, bit-fields, flags, and what is refused."""

from __future__ import annotations

import sys

import _cffi_backend as B
import pytest

IS_STOCK = not hasattr(B, "__path__")
CHAR, SHORT, INT, LLONG, DOUBLE = (
    B.new_primitive_type(n) for n in ("char", "short", "int", "long long", "double")
)
UINT = B.new_primitive_type("unsigned int")
INTS = B.new_array_type(B.new_pointer_type(INT), None)
GCC, MSVC, ARM, BIG, LITTLE, PACKED, STRICT = 0x10, 0x01, 0x02, 0x04, 0x40, 0x08, 0x80


def make(fields, flags=0, *, union=False, size=-1, align=-1, pack=0):
    ct = (B.new_union_type if union else B.new_struct_type)("s")
    B.complete_struct_or_union(ct, fields, None, size, align, flags, pack)
    return ct


def layout(ct):
    return [(name, f.offset, f.bitshift, f.bitsize) for name, f in ct.fields], B.sizeof(ct), B.alignof(ct)


PLAIN = [("a", CHAR), ("b", INT), ("c", SHORT), ("d", DOUBLE)]
BITS = [("a", INT, 3), ("b", INT, 30), ("c", CHAR, 5), ("d", UINT, 8)]

LAYOUTS = {
    "plain": (
        lambda: make(PLAIN),
        ([("a", 0, -1, -1), ("b", 4, -1, -1), ("c", 8, -1, -1), ("d", 16, -1, -1)], 24, 8),
    ),
    "packed": (
        lambda: make(PLAIN, PACKED),
        ([("a", 0, -1, -1), ("b", 1, -1, -1), ("c", 5, -1, -1), ("d", 7, -1, -1)], 15, 1),
    ),
    "pack 2": (
        lambda: make(PLAIN, pack=2),
        ([("a", 0, -1, -1), ("b", 2, -1, -1), ("c", 6, -1, -1), ("d", 8, -1, -1)], 16, 2),
    ),
    "union": (
        lambda: make(PLAIN, union=True),
        ([("a", 0, -1, -1), ("b", 0, -1, -1), ("c", 0, -1, -1), ("d", 0, -1, -1)], 8, 8),
    ),
    "empty": (lambda: make([]), ([], 1 if IS_STOCK else 0, 1)),
    "ends in an empty one": (
        lambda: make([("a", LLONG), ("b", LLONG), ("e", make([]))]),
        ([("a", 0, -1, -1), ("b", 8, -1, -1), ("e", 16, -1, -1)], 24 if IS_STOCK else 16, 8),
    ),
    "forced": (
        lambda: make([("a", CHAR, -1, 3), ("b", INT, -1, 1)], size=20, align=2),
        ([("a", 3, -1, -1), ("b", 1, -1, -1)], 20, 2),
    ),
    "bits, gcc": (
        lambda: make(BITS, GCC | LITTLE),
        ([("a", 0, 0, 3), ("b", 4, 0, 30), ("c", 8, 0, 5), ("d", 8, 5, 8)], 12, 4),
    ),
    "bits, gcc, big endian": (
        lambda: make(BITS, GCC | BIG),
        ([("a", 0, 29, 3), ("b", 4, 2, 30), ("c", 8, 3, 5), ("d", 8, 19, 8)], 12, 4),
    ),
    "bits, arm": (
        lambda: make(BITS, ARM | LITTLE),
        ([("a", 0, 0, 3), ("b", 4, 0, 30), ("c", 8, 0, 5), ("d", 8, 5, 8)], 12, 4),
    ),
    "bits, msvc": (
        lambda: make(BITS, MSVC | LITTLE),
        ([("a", 0, 0, 3), ("b", 4, 0, 30), ("c", 8, 0, 5), ("d", 12, 0, 8)], 16, 4),
    ),
    "bits, nameless": (
        lambda: make([("a", CHAR, 3), ("", INT, 7), ("b", CHAR, 4)], GCC | LITTLE),
        ([("a", 0, 0, 3), ("b", 1, 2, 4)], 2, 1),
    ),
    "bits, nameless, arm": (
        lambda: make([("a", CHAR, 3), ("", INT, 7), ("b", CHAR, 4)], ARM | LITTLE),
        ([("a", 0, 0, 3), ("b", 1, 2, 4)], 4, 4),
    ),
    "bits, zero wide": (
        lambda: make([("a", CHAR, 3), ("", INT, 0), ("b", CHAR, 4)], GCC | LITTLE),
        ([("a", 0, 0, 3), ("b", 4, 0, 4)], 5, 1),
    ),
    "bits, zero wide, arm": (
        lambda: make([("a", CHAR, 3), ("", INT, 0), ("b", CHAR, 4)], ARM | LITTLE),
        ([("a", 0, 0, 3), ("b", 4, 0, 4)], 8, 4),
    ),
    "bits, zero wide, msvc": (
        lambda: make([("a", CHAR, 3), ("", INT, 0), ("b", CHAR, 4)], MSVC | LITTLE),
        ([("a", 0, 0, 3), ("b", 1, 0, 4)], 2, 1),
    ),
    "bits after a field": (
        lambda: make([("c", CHAR), ("a", INT, 12), ("b", LLONG, 40)], GCC | LITTLE),
        ([("c", 0, -1, -1), ("a", 0, 8, 12), ("b", 0, 20, 40)], 8, 8),
    ),
    "bits in a union": (
        lambda: make([("a", INT, 12), ("b", LLONG, 40)], GCC | LITTLE, union=True),
        ([("a", 0, 0, 12), ("b", 0, 0, 40)], 8, 8),
    ),
    "zero array": (
        lambda: make([("a", INT), ("b", B.new_array_type(B.new_pointer_type(INT), 0))]),
        ([("a", 0, -1, -1), ("b", 4, -2, -1)], 4, 4),
    ),
    "open array": (lambda: make([("a", INT), ("b", INTS)]), ([("a", 0, -1, -1), ("b", 4, -2, -1)], 4, 4)),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name) -> None:
    build, expected = LAYOUTS[name]
    assert layout(build()) == expected


def test_anonymous_members() -> None:
    inner = make([("x", INT), ("y", INT, 3)])
    either = make([("u", INT), ("v", CHAR)], union=True)
    ct = make([("a", CHAR), ("", inner), ("", either), ("z", CHAR)])
    assert [(n, f.offset, f.bitshift, f.flags) for n, f in ct.fields] == [
        ("a", 0, -1, 0),
        ("x", 4, -1, 0),
        ("y", 8, 0, 0),
        ("u", 12, -1, 0),
        ("v", 12, -1, 1),
        ("z", 16, -1, 0),
    ]
    p = B.newp(B.new_pointer_type(ct), [b"a", 1, 2, 3, b"z"])
    assert (p.x, p.y, p.u, p.z) == (1, 2, 3, b"z")
    assert p.v == (b"\x03" if sys.byteorder == "little" else b"\x00")


def test_a_nameless_member_of_another_type_is_a_field() -> None:
    assert [n for n, _ in make([("a", INT), ("", INT)]).fields] == ["a", ""]


def test_field_attributes() -> None:
    ct = make([("a", INT), ("b", CHAR, 3)])
    field = ct.fields[1][1]
    assert type(field) is B.CField
    assert (field.type, field.offset, field.bitshift, field.bitsize, field.flags) == (CHAR, 4, 0, 3, 0)
    with pytest.raises(AttributeError):
        field.offset = 5


def test_fields_of_an_open_struct() -> None:
    assert B.new_struct_type("s").fields is None
    assert make([]).fields == []


REFUSED = [
    ([("a", INTS), ("b", INT)], {}, TypeError, "field 's.a' has ctype 'int[]' of unknown size"),
    ([("a", B.new_void_type())], {}, TypeError, "field 's.a' has ctype 'void' of unknown size"),
    ([("a", INT, 33)], {}, TypeError, "bit field 's.a' is declared 'int:33', which exceeds the width of the"),
    ([("a", DOUBLE, 3)], {}, TypeError, "field 's.a' declared as 'double' cannot be a bit field"),
    ([("a", INT, 0)], {}, TypeError, "field 's.a' is declared with :0"),
    ([("a", INT, 3, 0)], {}, TypeError, "field 's.a' is a bitfield, but a fixed offset is specified"),
    ([("a", INT), ("a", INT)], {}, KeyError, "duplicate field name 'a'"),
    ([("a", INT)], {"size": 3}, TypeError, "s cannot be of size 3: there are fields at least up to 4"),
    (
        [("a", CHAR, 7), ("b", CHAR, 3)],
        {"flags": GCC | PACKED},
        NotImplementedError,
        "with 'packed', gcc would compile field 's.b' to reuse some bits in the previous field",
    ),
]


@pytest.mark.parametrize(("fields", "options", "exception", "text"), REFUSED, ids=[r[3] for r in REFUSED])
def test_refused(fields, options, exception, text) -> None:
    with pytest.raises(exception) as caught:
        make(fields, **options)
    assert text in str(caught.value)


STRICT_REFUSED = [
    ([("a", INT, -1, 4)], {}, "wrong offset for field 'a' (cdef says 0, but C compiler says 4)"),
    ([("a", INT)], {"size": 8}, "wrong total size (cdef says 4, but C compiler says 8)"),
    ([("a", INT)], {"align": 8, "size": 4}, "wrong total alignment (cdef says 4, but C compiler says 8)"),
]


@pytest.mark.parametrize(("fields", "options", "text"), STRICT_REFUSED)
def test_strict_positions(fields, options, text) -> None:
    make(fields, **options)
    with pytest.raises(B.FFI.error) as caught:
        make(fields, STRICT, **options)
    assert text in str(caught.value)
    assert 'fix it or use "...;" as the last field in the cdef for s to make it flexible' in str(caught.value)


def test_bit_field_values() -> None:
    ct = make([("s", INT, 3), ("u", UINT, 5), ("b", B.new_primitive_type("_Bool"), 1), ("c", CHAR, 4)], GCC)
    p = B.newp(B.new_pointer_type(ct))
    for name, low, high in (("s", -4, 3), ("u", 0, 31), ("b", 0, 1)):
        for value in range(low, high + 1):
            setattr(p, name, value)
            assert getattr(p, name) == value
        for value in (low - 1, high + 1):
            with pytest.raises(OverflowError) as caught:
                setattr(p, name, value)
            assert str(caught.value) == (
                f"value {value} outside the range allowed by the bit field width: {low} <= x <= {high}"
            )
    assert (p.s, p.u, p.b) == (3, 31, 1)
    assert type(p.b) is int


def test_bit_field_of_one_signed_bit() -> None:
    p = B.newp(B.new_pointer_type(make([("s", INT, 1)])))
    p.s = 1
    assert p.s == -1
    with pytest.raises(OverflowError, match="-1 <= x <= 1"):
        p.s = 2


def test_bit_fields_leave_their_neighbours_alone() -> None:
    ct = make([("a", UINT, 7), ("b", UINT, 9), ("c", UINT, 16)], GCC)
    p = B.newp(B.new_pointer_type(ct), [0x55, 0x155, 0xABCD])
    p.b = 0
    assert (p.a, p.b, p.c) == (0x55, 0, 0xABCD)
    p.b = 0x1FF
    p.a = 0
    assert (p.a, p.b, p.c) == (0, 0x1FF, 0xABCD)
