"""Numbers, comparisons, hashes and arithmetic of cdata."""

from __future__ import annotations

import math
import operator

import _cffi_backend as B
import pytest


def prim(name):
    return B.new_primitive_type(name)


def ptr(item):
    return B.new_pointer_type(item)


def arr(item, n=None):
    return B.new_array_type(ptr(item), n)


INT, SHORT, CHAR, DOUBLE, LDOUBLE = (prim(n) for n in ("int", "short", "char", "double", "long double"))
INT_P, VOID_P, CHAR_P = ptr(INT), ptr(B.new_void_type()), ptr(CHAR)
STRUCT = B.new_struct_type("struct s")
B.complete_struct_or_union(STRUCT, [("x", INT), ("y", INT), ("z", INT)])
FN = B.new_function_type((), INT)

TRUTH = [
    (lambda: B.cast(INT, 0), False),
    (lambda: B.cast(INT, -1), True),
    (lambda: B.cast(CHAR, b"\0"), False),
    (lambda: B.cast(prim("_Bool"), 5), True),
    (lambda: B.cast(DOUBLE, -0.0), False),
    (lambda: B.cast(DOUBLE, math.nan), True),
    (lambda: B.cast(LDOUBLE, 0), False),
    (lambda: B.cast(LDOUBLE, 1e-300), True),
    (lambda: B.cast(VOID_P, 0), False),
    (lambda: B.cast(VOID_P, 1), True),
    (lambda: B.cast(FN, 0), False),
    (lambda: B.newp(arr(INT, 0)), True),
    (lambda: B.newp(ptr(STRUCT))[0], True),
    (lambda: B.cast(arr(INT, 3), 0), False),
]


@pytest.mark.parametrize(("make", "expected"), TRUTH)
def test_truth(make, expected) -> None:
    assert bool(make()) is expected


NUMBERS = [
    (lambda: int(B.cast(INT, -5)), -5),
    (lambda: int(B.cast(CHAR, 200)), 200),
    (lambda: int(B.cast(prim("_Bool"), 1)), 1),
    (lambda: int(B.cast(DOUBLE, -2.9)), -2),
    (lambda: int(B.cast(LDOUBLE, 2.9)), 2),
    (lambda: float(B.cast(prim("float"), 0.5)), 0.5),
    (lambda: float(B.cast(LDOUBLE, 0.5)), 0.5),
]


@pytest.mark.parametrize(("make", "expected"), NUMBERS)
def test_number(make, expected) -> None:
    assert make() == expected
    assert type(make()) is type(expected)


NO_NUMBERS = [
    (int, VOID_P, "int() not supported on cdata 'void *'"),
    (float, INT, "float() not supported on cdata 'int'"),
    (complex, INT, "complex() not supported on cdata 'int'"),
    (len, INT_P, "cdata of type 'int *' has no len()"),
    (iter, INT_P, "cdata 'int *' does not support iteration"),
    (operator.index, INT, "cannot be interpreted as an integer"),
    (operator.neg, INT, "bad operand type for unary -"),
    (lambda x: x + 1, INT, "cannot add a cdata 'int' and a number"),
    (lambda x: x[0], INT, "cdata of type 'int' cannot be indexed"),
    (lambda x: x(), INT, "cdata 'int' is not callable"),
    (lambda x: x * 2, INT_P, "unsupported operand type"),
    (lambda x: 5 - x, INT_P, "unsupported operand type"),
    (lambda x: x + 1.5, INT_P, "'float' object cannot be interpreted as an integer"),
]


@pytest.mark.parametrize(("function", "ct", "text"), NO_NUMBERS, ids=[r[2] for r in NO_NUMBERS])
def test_not_a_number(function, ct, text) -> None:
    with pytest.raises(TypeError) as caught:
        function(B.cast(ct, 16))
    assert text in str(caught.value)


def test_arithmetic() -> None:
    a = B.newp(arr(INT, 5))
    p = a + 0
    assert B.typeof(p) is INT_P
    assert (p + 3) - p == 3
    assert (3 + p) == (p + 3)
    assert p + 3 - 3 == p
    assert p - (p + 3) == -3
    assert (a + 2) - a == 2
    assert B.typeof(a - 1) is INT_P
    with pytest.raises(TypeError, match="cannot subtract cdata 'int\\[5\\]' and cdata 'int \\*'"):
        a - a
    with pytest.raises(TypeError, match="cannot subtract cdata 'int \\*' and cdata 'char \\*'"):
        p - B.cast(CHAR_P, p)
    with pytest.raises(ValueError, match="is not a multiple of the item size"):
        B.cast(INT_P, 17) - B.cast(INT_P, 12)
    v = B.cast(VOID_P, 100)
    assert (v + 5) - v == 5
    assert v + 5 == B.cast(INT_P, 105)
    with pytest.raises(TypeError, match="points to items of unknown size"):
        B.cast(ptr(B.new_struct_type("struct open")), 16) + 1


ORDER = [operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge]


@pytest.mark.parametrize("function", ORDER)
def test_order_of_addresses(function) -> None:
    for left, right in ((16, 17), (17, 16), (16, 16)):
        assert function(B.cast(VOID_P, left), B.cast(INT_P, right)) == function(left, right)


@pytest.mark.parametrize("function", ORDER)
def test_order_of_numbers(function) -> None:
    for left, right in ((1, 2), (2, 1), (2, 2)):
        assert function(B.cast(INT, left), B.cast(DOUBLE, right)) == function(left, right)
        assert function(B.cast(INT, left), right) == function(left, right)
        assert function(left, B.cast(SHORT, right)) == function(left, right)


def test_equality() -> None:
    assert B.cast(INT, 5) == 5.0
    assert B.cast(CHAR, b"A") == b"A"
    assert B.cast(CHAR, b"A") != 65
    assert B.cast(prim("char32_t"), "x") == "x"
    assert B.cast(VOID_P, 5) != 5
    assert (B.cast(VOID_P, 0) == None) is False  # noqa: E711
    assert B.cast(VOID_P, 5) != B.cast(INT, 5)
    p = B.newp(ptr(STRUCT))
    assert p == p[0]
    assert B.cast(VOID_P, p) == p
    assert p[0] is p[0]
    with pytest.raises(TypeError, match="not supported between"):
        B.cast(VOID_P, 5) < B.cast(INT, 5)  # noqa: B015
    with pytest.raises(NotImplementedError, match="cannot use <cdata 'long double'> in a comparison"):
        B.cast(LDOUBLE, 1) == 1  # noqa: B015
    assert B.cast(DOUBLE, math.nan) != B.cast(DOUBLE, math.nan)


def test_hashes() -> None:
    for ct, value in ((INT, -5), (DOUBLE, 2.5), (CHAR, b"A"), (prim("char32_t"), "x")):
        assert hash(B.cast(ct, value)) == hash(value)
    p = B.newp(ptr(STRUCT))
    assert hash(p) == hash(p[0]) == hash(B.cast(VOID_P, p)) == hash(p + 0)
    assert len({p, p[0], B.cast(CHAR_P, p)}) == 1
    assert {B.cast(INT, 7): "seven"}[7] == "seven"


def test_containers_of_cdata() -> None:
    a = B.newp(arr(INT, 4), [4, 3, 2, 1])
    assert 3 in a
    assert 9 not in a
    assert sorted(a) == [1, 2, 3, 4]
    assert sorted(B.cast(INT, n) for n in (3, 1, 2))[0] == 1
    assert max(a + 1, a + 3) == a + 3
