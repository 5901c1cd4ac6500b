"""Exceptions that are made from parts of earlier ones are like those that the interpreter makes."""

from __future__ import annotations

import gc
import math
import operator
import struct
import sys
import weakref
from collections.abc import Callable
from typing import Any

import cffi
import pytest

FFI = cffi.FFI()
FFI.cdef("struct pair { int a, b; }; int abs(int); double fabs(double); int printf(const char *, ...);")
LIB = FFI.dlopen(None)


class Named:
    """An object that is no number."""


Named.__name__ = "n" * 300

OTHERS: list[Any] = ["text", b"bytes", None, [1], (1,), {}, object(), len, int, Named(), Ellipsis]


def raised(act: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:
        act()
    return caught.value


def shown(error: Exception) -> tuple[type, tuple[Any, ...]]:
    return type(error), error.args


@pytest.mark.parametrize("value", OTHERS, ids=repr)
def test_texts_about_numbers_are_those_of_the_interpreter(value: Any) -> None:
    array = FFI.new("int[3]")
    of_interpreter = raised(lambda: operator.index(value))
    assert shown(raised(lambda: array[value])) == shown(of_interpreter)
    assert shown(raised(lambda: array + value)) == shown(of_interpreter)
    of_interpreter = raised(lambda: math.sqrt(value))
    for _ in range(3):
        assert shown(raised(lambda: LIB.fabs(value))) == shown(of_interpreter)
        assert shown(raised(lambda: FFI.new("double[1]", [value]))) == shown(of_interpreter)


FAILING: dict[str, Callable[[], object]] = {
    "a fixed text": lambda: LIB.abs("text"),
    "an item": lambda: FFI.new("int[3]", [1, "text", 2]),
    "a formatted text": lambda: LIB.abs(2**31),
    "of the interpreter": lambda: LIB.fabs("text"),
    "without a note": lambda: FFI.typeof("int").fields,
    "two notes": lambda: LIB.printf(b"%d", 5),
    "a key": lambda: FFI.new("struct pair *", {"z": 1}),
}


@pytest.mark.parametrize("act", FAILING.values(), ids=FAILING)
def test_each_exception_is_an_object_of_its_own(act: Callable[[], object]) -> None:
    first, second = raised(act), raised(act)
    assert first is not second
    assert shown(first) == shown(second)
    assert type(first.args) is tuple
    assert str(first) == str(type(first)(*first.args))
    first.args = ("changed",)
    first.mark = Named()  # type: ignore[attr-defined]
    gone = weakref.ref(first.mark)  # type: ignore[attr-defined]
    assert not hasattr(raised(act), "mark")
    assert shown(raised(act)) == shown(second)
    del first
    gc.collect()
    assert gone() is None
    notes = [getattr(raised(act), "__notes__", []) for _ in range(3)]
    assert notes[0] == notes[1] == notes[2] == getattr(second, "__notes__", [])
    notes[0] += ["more"]
    assert getattr(raised(act), "__notes__", []) == getattr(second, "__notes__", [])


@pytest.mark.parametrize("act", FAILING.values(), ids=FAILING)
def test_the_context_is_the_exception_that_is_handled(act: Callable[[], object]) -> None:
    def inner() -> Exception:
        try:
            act()
        except Exception as error:
            return error
        raise AssertionError

    for _ in range(3):
        assert inner().__context__ is None
        handled = struct.error("first")
        try:
            raise handled
        except struct.error:
            error = inner()
        assert error.__context__ is handled
        assert error.__cause__ is None
        assert error.__traceback__ is not None


def test_attributes_that_are_missing_are_named() -> None:
    for name in ("fields", "item", "length", "args", "result"):
        for _ in range(2):
            error = raised(lambda: getattr(FFI.typeof("int"), name))  # noqa: B023
            assert shown(error) == (AttributeError, (name,))
            assert not hasattr(FFI.typeof("int"), name)
            assert getattr(FFI.typeof("int"), name, 7) == 7


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exceptions have no notes")
def test_the_second_note_follows_the_value() -> None:
    for value, word in [(5, "ffi.cast(T, x)"), (1.5, "double"), ("x", "encode"), (5, "ffi.cast(T, x)")]:
        notes = raised(lambda: LIB.printf(b"%d", value)).__notes__  # type: ignore[attr-defined]  # noqa: B023
        assert notes[0] == "in a call of printf"
        assert word in notes[1]
        assert len(notes) == 2
