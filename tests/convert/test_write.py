"""Python objects stored as C values: what is taken, what is refused, with which text."""

from __future__ import annotations

import decimal

import _cffi_backend as B
import pytest


def prim(name):
    return B.new_primitive_type(name)


def ptr(item):
    return B.new_pointer_type(item)


def arr(item, n=None):
    return B.new_array_type(ptr(item), n)


INT, CHAR, DOUBLE, FLOAT, BOOL = (prim(n) for n in ("int", "char", "double", "float", "_Bool"))
UCHAR, SHORT, ULONG, LDOUBLE = (
    prim(n) for n in ("unsigned char", "short", "unsigned long long", "long double")
)
CHAR16, CHAR32 = prim("char16_t"), prim("char32_t")
VOID_P = ptr(B.new_void_type())
CHAR_P, INT_P = ptr(CHAR), ptr(INT)
STRUCT = B.new_struct_type("struct s")
B.complete_struct_or_union(STRUCT, [("x", INT), ("y", SHORT)])
UNION = B.new_union_type("union u")
B.complete_struct_or_union(UNION, [("x", INT), ("y", SHORT)])


class WithInt:
    def __int__(self):
        return 42


class WithIndex:
    def __index__(self):
        return 42


class WithFloat:
    def __float__(self):
        return 2.5


class BadInt:
    def __int__(self):
        return "x"


TAKEN = [
    (INT, True, 1),
    (INT, WithInt(), 42),
    (INT, decimal.Decimal("3.7"), 3),
    (INT, B.cast(SHORT, -5), -5),
    (INT, B.cast(CHAR, b"A"), 65),
    (UCHAR, WithInt(), 42),
    (ULONG, 2**64 - 1, 2**64 - 1),
    (BOOL, 1, True),
    (BOOL, False, False),
    (DOUBLE, 3, 3.0),
    (DOUBLE, WithFloat(), 2.5),
    (DOUBLE, WithIndex(), 42.0),
    (DOUBLE, B.cast(FLOAT, 1.5), 1.5),
    (FLOAT, 1e300, float("inf")),
    (CHAR, b"A", b"A"),
    (CHAR, B.cast(CHAR, 200), b"\xc8"),
    (CHAR16, "é", "é"),
    (CHAR16, "\udc00", "\udc00"),
    (CHAR32, "\U0001f600", "\U0001f600"),
    (CHAR32, B.cast(CHAR32, "x"), "x"),
]


@pytest.mark.parametrize(("ct", "value", "read"), TAKEN)
def test_taken(ct, value, read) -> None:
    p = B.newp(ptr(ct))
    p[0] = value
    assert p[0] == read
    assert type(p[0]) is type(read)


REFUSED = [
    (INT, 3.0, TypeError, "an integer is required"),
    (INT, "3", TypeError, "an integer is required"),
    (INT, None, TypeError, "an integer is required"),
    (INT, B.cast(DOUBLE, 3), TypeError, "an integer is required"),
    (INT, BadInt(), TypeError, "integer conversion failed"),
    (INT, 2**31, OverflowError, "integer 2147483648 does not fit 'int'"),
    (INT, 2**64, OverflowError, "int too big to convert"),
    (INT, B.newp(INT_P), TypeError, "int() not supported on cdata 'int *'"),
    (UCHAR, -1, OverflowError, "can't convert negative number to unsigned"),
    (UCHAR, 256, OverflowError, "integer 256 does not fit 'unsigned char'"),
    (BOOL, 2, OverflowError, "integer 2 does not fit '_Bool'"),
    (BOOL, -1, OverflowError, "can't convert negative number to unsigned"),
    (BOOL, 1.0, TypeError, "an integer is required"),
    (DOUBLE, "1", TypeError, "must be real number, not str"),
    (DOUBLE, B.cast(INT, 1), TypeError, "float() not supported on cdata 'int'"),
    (CHAR, "A", TypeError, "initializer for ctype 'char' must be a bytes of length 1, not str"),
    (CHAR, b"AB", TypeError, "initializer for ctype 'char' must be a bytes of length 1, not bytes"),
    (CHAR, 65, TypeError, "initializer for ctype 'char' must be a bytes of length 1, not int"),
    (
        CHAR,
        B.cast(INT, 65),
        TypeError,
        "initializer for ctype 'char' must be a bytes of length 1, not _cffi_backend._CDataBase",
    ),
    (CHAR16, "ab", TypeError, "must be a unicode string of length 1, not unicode string of length 2"),
    (CHAR16, "\U0001f600", TypeError, "not larger-than-0xFFFF character"),
    (
        CHAR16,
        b"a",
        TypeError,
        "initializer for ctype 'char16_t' must be a unicode string of length 1, not bytes",
    ),
    (
        CHAR32,
        B.cast(CHAR16, "a"),
        TypeError,
        "must be a unicode string of length 1, not _cffi_backend._CDataBase",
    ),
    (INT_P, 0, TypeError, "initializer for ctype 'int *' must be a cdata pointer, not int"),
    (INT_P, None, TypeError, "initializer for ctype 'int *' must be a cdata pointer, not NoneType"),
    (
        INT_P,
        B.cast(INT, 0),
        TypeError,
        "initializer for ctype 'int *' must be a pointer or array, not cdata 'int'",
    ),
    (INT_P, B.cast(ptr(SHORT), 0), TypeError, "must be a pointer to same type, not cdata 'short *'"),
    (
        STRUCT,
        5,
        TypeError,
        "initializer for ctype 'struct s' must be a list or tuple or dict or struct-cdata, not int",
    ),
    (STRUCT, [1, 2, 3], ValueError, "too many initializers for 'struct s' (got 3)"),
    (STRUCT, {"z": 1}, KeyError, "'z'"),
    (UNION, [1, 2], ValueError, "too many initializers for 'union u' (got 2)"),
    (arr(INT, 2), [1, 2, 3], IndexError, "too many initializers for 'int[2]' (got 3)"),
    (arr(INT, 2), 5, TypeError, "initializer for ctype 'int[2]' must be a list or tuple, not int"),
    (arr(INT, 2), b"ab", TypeError, "initializer for ctype 'int[2]' must be a list or tuple, not bytes"),
    (arr(INT, 2), iter([1]), TypeError, "must be a list or tuple, not list_iterator"),
    (arr(CHAR, 2), b"abc", IndexError, "initializer bytes is too long for 'char[2]' (got 3 characters)"),
    (
        arr(CHAR, 2),
        "ab",
        TypeError,
        "initializer for ctype 'char[2]' must be a bytes or list or tuple, not str",
    ),
    (arr(CHAR, 2), bytearray(b"a"), TypeError, "must be a bytes or list or tuple, not bytearray"),
    (arr(CHAR32, 2), b"a", TypeError, "must be a unicode or list or tuple, not bytes"),
    (
        arr(CHAR32, 2),
        "abc",
        IndexError,
        "initializer unicode is too long for 'char32_t[2]' (got 3 characters)",
    ),
    (arr(BOOL, 2), b"\x02", ValueError, "an array of _Bool can only contain \\x00 or \\x01"),
]


@pytest.mark.parametrize(("ct", "value", "exception", "text"), REFUSED, ids=[r[3] for r in REFUSED])
def test_refused(ct, value, exception, text) -> None:
    p = B.newp(ptr(ct))
    with pytest.raises(exception) as caught:
        p[0] = value
    assert text in str(caught.value)
    if not isinstance(value, list):  # the first items of a list are written before the last are counted
        assert bytes(B.buffer(p)) == b"\0" * B.sizeof(ct)


def test_char_pointers_are_strict() -> None:
    p = B.newp(ptr(CHAR_P))
    p[0] = B.newp(arr(CHAR), b"x")
    p[0] = B.cast(ptr(UCHAR), 8)
    p[0] = B.cast(VOID_P, 8)
    assert p[0] == B.cast(VOID_P, 8)
    if tuple(int(n) for n in B.__version__.split(".")[:2]) >= (2, 0):
        with pytest.raises(TypeError, match="implicit cast to 'char \\*' from a different pointer type"):
            p[0] = B.cast(INT_P, 8)
        with pytest.raises(TypeError, match="implicit cast from 'char \\*' to a different pointer type"):
            B.newp(ptr(INT_P))[0] = B.cast(CHAR_P, 8)


def test_same_name_another_type() -> None:
    other = B.new_struct_type("struct s")
    B.complete_struct_or_union(other, [("x", INT), ("y", SHORT)])
    with pytest.raises(TypeError) as caught:
        B.newp(ptr(STRUCT), B.newp(ptr(other))[0])
    assert str(caught.value) == (
        "initializer for ctype 'struct s' appears indeed to be 'struct s', but the types are different "
        "(check that you are not e.g. mixing up different ffi instances)"
    )


def test_part_of_an_array_or_struct_leaves_the_rest() -> None:
    a = B.newp(ptr(arr(INT, 3)), [1, 2, 3])
    a[0] = [9]
    assert list(a[0]) == [9, 2, 3]
    p = B.newp(ptr(STRUCT), [1, 2])
    p[0] = {"y": 7}
    assert (p.x, p.y) == (1, 7)
    p[0] = ()
    assert (p.x, p.y) == (1, 7)


def test_bytes_bring_their_nul_when_it_fits() -> None:
    a = B.newp(arr(CHAR, 4), b"abcd")
    outer = B.newp(ptr(arr(CHAR, 4)), b"wxyz")
    outer[0] = b"ab"
    assert bytes(B.buffer(outer)) == b"ab\0z"
    assert bytes(B.buffer(a)) == b"abcd"
    assert len(B.newp(arr(CHAR), b"abc")) == 4
    assert len(B.newp(arr(CHAR32), "abc")) == 4
    assert len(B.newp(arr(CHAR16), "\U0001f600")) == 3


def test_union_takes_one_value_or_any_by_name() -> None:
    p = B.newp(ptr(UNION), [5])
    assert p.x == 5
    p = B.newp(ptr(UNION), {"x": 0x10000, "y": 3})
    assert p.y == 3


CASTS = [
    (INT, "A", 65),
    (INT, b"A", 65),
    (INT, 3.99, 3),
    (INT, -3.99, -3),
    (INT, 2**32 + 5, 5),
    (INT, B.cast(CHAR, 200), 200),
    (INT, B.cast(VOID_P, 77), 77),
    (UCHAR, -1, 255),
    (BOOL, 0.1, True),
    (BOOL, -0.0, False),
    (BOOL, 256, True),
    (BOOL, B.cast(VOID_P, 0), False),
    (CHAR, 65, b"A"),
    (CHAR, 65 + 256, b"A"),
    (DOUBLE, "A", 65.0),
    (DOUBLE, b"A", 65.0),
    (DOUBLE, 5, 5.0),
    (FLOAT, 0.1, 0.10000000149011612),
    (CHAR32, 0x1F600, "\U0001f600"),
]


@pytest.mark.parametrize(("ct", "value", "expected"), CASTS)
def test_cast(ct, value, expected) -> None:
    p = B.newp(arr(ct, 1), [B.cast(ct, value)]) if ct is CHAR or ct is CHAR32 else None
    result = p[0] if p is not None else B.cast(ct, value)
    if ct is BOOL:
        assert bool(result) is expected
    else:
        assert result == expected


CASTS_REFUSED = [
    (INT, "AB", "cannot cast unicode string of length 2 to ctype 'int'"),
    (INT, None, "an integer is required"),
    (INT, [], "an integer is required"),
    (DOUBLE, "AB", "cannot cast str object to ctype 'double'"),
    (DOUBLE, B.cast(VOID_P, 0), "cannot cast ctype 'void *' to ctype 'double'"),
    (STRUCT, 0, "cannot cast to ctype 'struct s'"),
    (arr(INT), 0, "cannot cast to ctype 'int[]'"),
    (B.new_void_type(), 0, "cannot cast to ctype 'void'"),
    (INT_P, None, "an integer is required"),
]


@pytest.mark.parametrize(("ct", "value", "text"), CASTS_REFUSED, ids=[r[2] for r in CASTS_REFUSED])
def test_cast_refused(ct, value, text) -> None:
    with pytest.raises(TypeError) as caught:
        B.cast(ct, value)
    assert text in str(caught.value)


def test_long_double_keeps_its_bits() -> None:
    third = B.cast(LDOUBLE, 1) if B.sizeof(LDOUBLE) == 8 else B.cast(LDOUBLE, 2**60 + 1)
    p = B.newp(ptr(LDOUBLE), third)
    if B.sizeof(LDOUBLE) == 16:
        assert int(p[0]) == int(third)
    assert B.typeof(p[0]) is LDOUBLE
    assert repr(B.cast(LDOUBLE, 1.5)) == "<cdata 'long double' 1.500000E+00>"
