"""Functions whose arguments are integers and pointers in registers, each combination called in the shortest way there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cffi
import pytest

FFI = cffi.FFI()
FFI.cdef("""
    int abs(int);
    int memcmp(const void *, const void *, size_t);
    int strncmp(const char *, const char *, size_t);
    size_t strnlen(const char *, size_t);
    size_t strlen(const char *);
    void *memchr(const void *, int, size_t);
    void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
    int isalpha(int);
    int toupper(int);
""")
LIB = FFI.dlopen(None)


@FFI.callback("int(const void *, const void *)")
def compare(a: Any, b: Any) -> int:
    x, y = FFI.cast("int *", a)[0], FFI.cast("int *", b)[0]
    return int((x > y) - (x < y))


def as_type(function: str, ctype: str) -> Callable[..., Any]:
    cast: Callable[..., Any] = FFI.cast(ctype, FFI.addressof(LIB, function))
    return cast


def test_each_kind_of_pointer_is_passed() -> None:
    text, numbers = FFI.new("char[]", b"hello"), FFI.new("unsigned char[3]", [104, 101, 0])
    for value in (b"hello", text, FFI.cast("char *", text), FFI.cast("void *", text)):
        assert LIB.strnlen(value, 4) == 4
        assert LIB.strlen(value) == 5
        assert LIB.strncmp(value, b"help", 3) == 0
        assert LIB.memcmp(value, numbers, 2) == 0
    assert LIB.memchr(text, ord("l"), 5) == FFI.cast("void *", text + 2)
    assert LIB.memchr(text, ord("x"), 5) == FFI.NULL
    items = FFI.new("int[]", [3, 1, 2])
    for _ in range(3):
        LIB.qsort(items, 3, FFI.sizeof("int"), compare)
        assert list(items) == [1, 2, 3]


def test_bytes_go_to_pointers_to_bytes_only() -> None:
    unsigned = as_type("strnlen", "size_t(*)(unsigned char *, size_t)")
    truths = as_type("strnlen", "size_t(*)(_Bool *, size_t)")
    ints = as_type("strnlen", "size_t(*)(int *, size_t)")
    one = as_type("strlen", "size_t(*)(_Bool *)")
    for _ in range(2):
        assert unsigned(b"ab\xff", 9) == 3
        assert truths(b"\x01\x01\x00", 9) == 2
        assert one(b"\x01\x00") == 1
        with pytest.raises(ValueError, match="an array of _Bool can only contain"):
            truths(b"\x02", 1)
        with pytest.raises(ValueError, match="an array of _Bool can only contain"):
            one(b"\x02")
        with pytest.raises(TypeError, match=r"must be a (cdata pointer|list or tuple)"):
            ints(b"abcd", 4)


WRONG: list[tuple[tuple[Any, ...], type[Exception]]] = [
    ((), TypeError),
    ((b"a",), TypeError),
    ((b"a", b"b"), TypeError),
    ((b"a", b"b", 1, 1), TypeError),
    (("a", b"b", 1), TypeError),
    ((b"a", b"b", "1"), TypeError),
    ((b"a", b"b", 1.0), TypeError),
    ((b"a", b"b", -1), OverflowError),
    ((b"a", b"b", 2**64), OverflowError),
    ((b"a", 5, 1), TypeError),
    ((b"a", None, 1), TypeError),
    ((compare, b"b", 1), TypeError),
]


@pytest.mark.parametrize(("args", "error"), WRONG)
def test_what_does_not_fit_is_refused(args: tuple[Any, ...], error: type[Exception]) -> None:
    for _ in range(2):
        with pytest.raises(error):
            LIB.strncmp(*args)
        assert LIB.strncmp(b"a", b"b", 1) < 0
    with pytest.raises(TypeError):
        LIB.strncmp(b"a", b"b", n=1)
    null = FFI.cast("int(*)(const char *, const char *, size_t)", 0)
    with pytest.raises(RuntimeError):
        null(b"a", b"b", 1)


def test_long_ints_and_objects_that_are_like_ints_are_converted() -> None:
    class Like:
        def __int__(self) -> int:
            return 3

        __index__ = __int__

    assert LIB.strnlen(b"hello", 2**62) == 5
    assert LIB.strnlen(b"hello", 2**63) == 5
    assert LIB.strnlen(b"hello", Like()) == 3
    assert LIB.strnlen(b"hello", True) == 1
    assert LIB.strnlen(b"hello", FFI.cast("short", 2)) == 2


def test_errno_is_what_the_program_has_set() -> None:
    FFI.errno = 33
    for call in (
        lambda: LIB.abs(-5),
        lambda: LIB.isalpha(65),
        lambda: LIB.strnlen(b"a", 1),
        lambda: LIB.toupper(97),
    ):
        for _ in range(3):
            call()
            assert FFI.errno == 33
