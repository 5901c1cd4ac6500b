"""Calling C functions through cdata: conversions of arguments and results, errno, variadics."""

from __future__ import annotations

import platform
import sys

import _cffi_backend as B
import pytest

from tests.call.meanwhile import pollfd, runs_meanwhile


def prim(name):
    return B.new_primitive_type(name)


def ptr(item):
    return B.new_pointer_type(item)


def fn(result, *args, ellipsis=False):
    return B.new_function_type(args, result, ellipsis)


def own(n, result, *args, ellipsis=False):
    """One of the backend's own test functions."""
    return B.cast(fn(result, *args, ellipsis=ellipsis), B._testfunc(n))


def struct(*fields):
    ct = B.new_struct_type("struct s")
    B.complete_struct_or_union(ct, list(fields))
    return ct


CHAR, SHORT, INT, LONG, LLONG = (prim(n) for n in ("char", "short", "int", "long", "long long"))
UCHAR, FLOAT, DOUBLE, LDOUBLE = (prim(n) for n in ("unsigned char", "float", "double", "long double"))
VOID = B.new_void_type()
VOID_P, CHAR_P, INT_P = ptr(VOID), ptr(CHAR), ptr(INT)
S7 = struct(("a1", UCHAR), ("a2", SHORT))

CHAR_IS_SIGNED = sys.platform == "darwin" or platform.machine().lower() in ("x86_64", "amd64", "i686", "x86")
"""Whether plain `char`, by whose address test function 23 reads, has a sign."""
RESULTS = [
    (lambda: own(0, CHAR, CHAR, CHAR)(b"A", b"\x02"), b"C"),
    (lambda: own(1, LONG, INT, LONG)(5, -7), -2),
    (lambda: own(2, LLONG, LLONG, LLONG)(2**40, -1), 2**40 - 1),
    (lambda: own(3, DOUBLE, FLOAT, DOUBLE)(1.5, 2.25), 3.75),
    (lambda: own(4, FLOAT, FLOAT, DOUBLE)(1.5, 2.25), 3.75),
    (lambda: own(5, VOID)(), None),
    (lambda: own(6, INT_P, INT_P)([5000])[0], 4000),
    (lambda: own(7, SHORT, S7)([250, -300]), -50),
    (lambda: own(7, SHORT, S7)({"a1": 5, "a2": 6}), 11),
    (lambda: own(7, SHORT, S7)(B.newp(ptr(S7), [1, 2])[0]), 3),
    (lambda: own(20, SHORT, ptr(S7))([[250, -300]]), -50),
    (lambda: own(23, INT, CHAR_P)(b"A"), 65000),
    (lambda: own(23, INT, CHAR_P)(B.cast(CHAR_P, 0)), -42),
    (lambda: own(23, INT, VOID_P)(b"A"), 65000),
    (lambda: own(23, INT, ptr(prim("signed char")))(b"\xff"), -1000 if CHAR_IS_SIGNED else 255000),
    (lambda: own(23, INT, CHAR_P)([b"B", b"C"]), 66000),
    (lambda: own(23, INT, CHAR_P)((b"B",)), 66000),
    (lambda: own(23, INT, CHAR_P)(B.newp(B.new_array_type(CHAR_P, 3), b"D")), 68000),
    (lambda: own(23, INT, ptr(prim("char32_t")))("A"), 65000),
    (lambda: own(23, INT, ptr(prim("_Bool")))(b"\x01"), 1000),
    (lambda: own(6, INT_P, B.new_array_type(INT_P, 3))([5000])[0], 4000),
    (lambda: float(own(19, LDOUBLE, LDOUBLE, INT)(0.5, 1)), 1.75),
    (lambda: own(1, LONG, prim("_Bool"), LONG)(True, 1), 2),
]


@pytest.mark.parametrize(("call", "expected"), RESULTS)
def test_result(call, expected) -> None:
    result = call()
    assert result == expected
    assert type(result) is type(expected)


STRUCTS = [
    (10, [("a", UCHAR), ("b", SHORT)], 5, [5, 25]),
    (11, [("a", INT), ("b", INT)], 5, [5, 25]),
    (12, [("a", DOUBLE)], 5, [5.0]),
    (13, [("a", INT), ("b", INT), ("c", INT)], 5, [5, 25, 125]),
    (14, [("a", FLOAT)], 5, [5.0]),
    (15, [("a", FLOAT), ("b", INT)], 5, [5.0, 25]),
    (16, [("a", FLOAT), ("b", FLOAT)], 5, [5.0, -5.0]),
    (17, [("a", INT), ("b", FLOAT)], 5, [5, 25.0]),
]


@pytest.mark.parametrize(("n", "fields", "given", "expected"), STRUCTS)
def test_struct_result(n, fields, given, expected) -> None:
    ct = struct(*fields)
    result = own(n, ct, INT)(given)
    assert [getattr(result, name) for name, _ in fields] == expected
    assert repr(result) == f"<cdata 'struct s' owning {B.sizeof(ct)} bytes>"
    assert own(n, ct, INT)(given) is not result


def test_large_struct_arguments() -> None:
    ten = struct(*[(f"f{i}", INT) for i in range(10)])
    assert own(21, INT, ten)([1] * 10) == 2**10 - 1
    array = struct(("a", B.new_array_type(INT_P, 10)))
    result = own(22, array, array, array)([list(range(10))], [[1] * 10])
    assert list(result.a) == [i - 1 for i in range(10)]


REFUSED = [
    (lambda: own(1, LONG, INT, LONG)(1), "'long(*)(int, long)' expects 2 arguments, got 1"),
    (lambda: own(1, LONG, INT, LONG)(1, 2, 3), "'long(*)(int, long)' expects 2 arguments, got 3"),
    (lambda: own(1, LONG, INT, LONG)(1, 2, c=3), "a cdata function cannot be called with keyword arguments"),
    (lambda: own(1, LONG, INT, LONG)(1.0, 2), "an integer is required"),
    (lambda: own(6, INT_P, INT_P)(5), "initializer for ctype 'int *' must be a cdata pointer, not int"),
    (
        lambda: own(6, INT_P, INT_P)(None),
        "initializer for ctype 'int *' must be a cdata pointer, not NoneType",
    ),
    (
        lambda: own(6, INT_P, INT_P)(b"abc"),
        "initializer for ctype 'int *' must be a cdata pointer, not bytes",
    ),
    (lambda: own(6, INT_P, INT_P)(["x"]), "an integer is required"),
    (lambda: own(6, INT_P, INT_P)(iter([1])), "must be a cdata pointer, not list_iterator"),
    (lambda: own(23, INT, CHAR_P)(bytearray(b"x")), "must be a cdata pointer, not bytearray"),
    (lambda: own(23, INT, CHAR_P)(0), "initializer for ctype 'char *' must be a cdata pointer, not int"),
    (lambda: own(9, INT, INT, ellipsis=True)(), "'int(*)(int, ...)' expects at least 1 arguments, got 0"),
    (
        lambda: own(9, INT, INT, ellipsis=True)(1, 5),
        "argument 2 passed in the variadic part needs to be a cdata object (got int)",
    ),
    (lambda: B.newp(INT_P)(), "cdata 'int *' is not callable"),
]


@pytest.mark.parametrize(("call", "text"), REFUSED, ids=[r[1] for r in REFUSED])
def test_refused(call, text) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    assert text in str(caught.value)


def test_bool_array_argument_is_checked() -> None:
    with pytest.raises(ValueError, match="an array of _Bool can only contain"):
        own(23, INT, ptr(prim("_Bool")))(b"\x02")


@pytest.mark.parametrize("length", [1, 100, 511, 512, 513, 640, 641, 5000, 100_000])
def test_temporary_arrays_of_any_length(length) -> None:
    assert own(6, INT_P, INT_P)([length, *range(length)])[0] == length - 1000
    assert own(23, INT, CHAR_P)(b"a" * length) == 97000
    with pytest.raises(TypeError, match="an integer is required"):
        own(6, INT_P, INT_P)([0] * length + ["x"])


def test_a_list_argument_is_a_copy() -> None:
    items = [5000]
    own(6, INT_P, INT_P)(items)
    assert items == [5000]


def test_an_empty_list_is_a_valid_pointer() -> None:
    seen = []
    cb = B.callback(fn(VOID, INT_P), lambda p: seen.append(bool(p)))
    cb([])
    assert seen == [True]


def test_variadic_arguments() -> None:
    total = own(9, INT, INT, ellipsis=True)
    assert total(0) == 0
    assert total(3, B.cast(INT, 1), B.cast(SHORT, 20), B.cast(prim("signed char"), -3)) == 18
    assert total(2, B.cast(prim("_Bool"), 1), B.cast(UCHAR, 200)) == 201
    assert total(40, *[B.cast(INT, i + 1) for i in range(40)]) == sum(range(41))


def test_variadic_calls_that_look_the_same_and_do_not() -> None:
    out = B.newp(B.new_array_type(CHAR_P, 100))
    snprintf = B.load_library(None).load_function(
        fn(INT, CHAR_P, prim("size_t"), CHAR_P, ellipsis=True), "snprintf"
    )

    def text(form: bytes, *values: object) -> bytes | str:
        snprintf(out, 100, form, *values)
        return B.string(out)

    names = ("signed char", "short", "int", "unsigned char", "unsigned short")
    for _ in range(3):
        for name in names:
            assert text(b"%d", B.cast(prim(name), 100)) == b"100"
        for name in names[:3]:
            assert text(b"%d %d", B.cast(prim(name), -3), B.cast(INT, 4)) == b"-3 4"
        assert text(b"%.1f %d", B.cast(prim("float"), 0.5), B.cast(UCHAR, 255)) == b"0.5 255"
        assert text(b"%d %.1f", B.cast(UCHAR, 255), B.cast(prim("float"), 0.5)) == b"255 0.5"
        assert text(b"%lld", B.cast(LLONG, -(2**62))) == b"%d" % -(2**62)
        assert text(b"%d", B.cast(CHAR, b"\x7f")) == b"127"
        assert text(b"none") == b"none"
    # More shapes than are remembered.
    for n in range(24):
        for value in (1, 2):
            values = [B.cast(LLONG if n >> i & 1 else INT, value) for i in range(5)]
            form = b" ".join(b"%lld" if n >> i & 1 else b"%d" for i in range(5))
            assert text(form, *values) == b" ".join([b"%d" % value] * 5)
    with pytest.raises(TypeError, match="argument 4 passed in the variadic part needs to be a cdata object"):
        text(b"%d", 5)
    with pytest.raises(TypeError, match="expects at least 3 arguments, got 2"):
        snprintf(out, 100)


def test_formatted_output() -> None:
    snprintf = B.load_library(None).load_function(
        fn(INT, CHAR_P, prim("size_t"), CHAR_P, ellipsis=True), "snprintf"
    )
    out = B.newp(B.new_array_type(CHAR_P, 100))
    text = B.newp(B.new_array_type(CHAR_P, None), b"text")
    n = snprintf(
        out,
        100,
        b"%d|%s|%.2f|%c|%lld|%s",
        B.cast(INT, -5),
        text,
        B.cast(DOUBLE, 2.5),
        B.cast(CHAR, b"!"),
        B.cast(LLONG, 2**40),
        text + 2,
    )
    assert B.string(out) == b"-5|text|2.50|!|1099511627776|xt"
    assert n == len(B.string(out))


def test_errno_before_and_after() -> None:
    add_15 = own(5, VOID)
    B.set_errno(100)
    add_15()
    add_15()
    assert B.get_errno() == 130
    assert B.get_errno() == 130
    B.set_errno(0)


def test_the_gil_is_released() -> None:
    poll = B.load_library(None).load_function(fn(INT, VOID_P, prim("unsigned long"), INT), "poll")

    def wait(file: int) -> int:
        return poll(B.newp(B.new_array_type(CHAR_P, 8), pollfd(file)), 1, 30_000)

    assert runs_meanwhile(wait)


def test_function_pointers_in_memory() -> None:
    table = B.newp(B.new_array_type(ptr(fn(LONG, INT, LONG)), 2))
    table[0] = own(1, LONG, INT, LONG)
    assert table[0](2, 3) == 5
    with pytest.raises(RuntimeError, match="cannot call null pointer pointer from cdata 'long"):
        table[1](2, 3)
