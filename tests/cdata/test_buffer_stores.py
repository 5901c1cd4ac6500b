"""Slices that are filled from buffers: the same as if the items had been stored one by one."""

from __future__ import annotations

import array
import ctypes

import _cffi_backend as B
import pytest

NAMES = [
    "char",
    "signed char",
    "unsigned char",
    "short",
    "unsigned short",
    "int",
    "unsigned int",
    "long",
    "unsigned long",
    "long long",
    "unsigned long long",
    "float",
    "double",
    "_Bool",
    "size_t",
    "ssize_t",
    "wchar_t",
    "char16_t",
]


class Doubling(array.array):  # type: ignore[type-arg]
    """An array whose iterator gives something else than its buffer."""

    def __iter__(self):
        return iter([2 * x for x in super().__iter__()])


class Named(bytearray):
    """Another one, which looks like a built-in class."""

    def __iter__(self):
        return iter([7] * len(self))


Named.__name__ = Named.__qualname__ = "array.array"


def sources():
    for letter in "bBhHiIlLqQ":
        yield letter, array.array(letter, [1, 0, 100])
        yield f"{letter} large", array.array(letter, [1, 0, 2 ** (8 * array.array(letter).itemsize - 1) - 1])
    for letter in "fd":
        yield letter, array.array(letter, [1.5, float("inf"), -0.0])
    yield "bytes", b"\x00\x01\xff"
    yield "bytearray", bytearray(b"\x00\x01\x02")
    yield "memoryview", memoryview(b"\x05\x01\x00")
    for letter in "cbB?hHiIlLqQnNfd":
        yield f"memoryview {letter}", memoryview(bytes(range(24))).cast("B").cast(letter)[:3]
    yield "steps", memoryview(array.array("i", [1, 2, 3, 4, 5, 6]))[::2]
    yield "backwards", memoryview(array.array("i", [1, 2, 3]))[::-1]
    yield "two dimensions", memoryview(bytes(9)).cast("B", (3, 3))
    yield "none", memoryview(b"\x01").cast("B", ())
    yield "ctypes", (ctypes.c_int * 3)(1, 2, 3)
    yield "little endian", memoryview((ctypes.c_int * 3)(1, 2, 3))
    yield "subclass", Doubling("i", [1, 2, 3])
    yield "named", Named(b"abc")
    yield "short", array.array("i", [1, 2])
    yield "long", array.array("i", [1, 2, 3, 4])
    yield "empty", array.array("i")
    released = memoryview(b"abc")
    released.release()
    yield "released", released


def outcome(store, target):
    """Returns the bytes after a store, and what it raised. Messages differ between versions of the interpreter."""
    try:
        store()
        raised = None
    except Exception as error:
        raised = type(error)
    return raised, bytes(B.buffer(target))


@pytest.mark.parametrize("name", NAMES)
def test_as_if_one_by_one(name) -> None:
    of_three = B.new_array_type(B.new_pointer_type(B.new_primitive_type(name)), 3)
    for what, source in sources():
        at_once, one_by_one = B.newp(of_three), B.newp(of_three)

        def store(target, value):
            target[0:3] = value

        plain_bytes = name == "char" and isinstance(source, (bytes, bytearray))
        by_iterator = source if plain_bytes else (iterated(source))
        expected = outcome(lambda to=one_by_one, value=by_iterator: store(to, value), one_by_one)
        assert outcome(lambda to=at_once, value=source: store(to, value), at_once) == expected, what


def iterated(source):
    """The items without their buffer; iteration raises what the source raises."""
    yield from source


def test_overlapping_items_are_read_as_they_are_stored() -> None:
    numbers = B.newp(B.new_array_type(B.new_pointer_type(B.new_primitive_type("int")), 5), [1, 2, 3, 4, 5])
    numbers[1:5] = memoryview(B.buffer(numbers)).cast("i")[0:4]
    assert list(numbers) == [1, 1, 1, 1, 1]


def test_into_the_memory_of_another_buffer() -> None:
    ints = B.new_array_type(B.new_pointer_type(B.new_primitive_type("int")), None)
    target = B.from_buffer(ints, bytearray(12))
    target[0:3] = array.array("i", [1, 2, 3])
    assert list(target) == [1, 2, 3]


def test_numpy_like_exporters() -> None:
    numpy = pytest.importorskip("numpy")
    target = B.newp(B.new_array_type(B.new_pointer_type(B.new_primitive_type("double")), 4))
    target[0:4] = numpy.arange(4.0)
    assert list(target) == [0.0, 1.0, 2.0, 3.0]
    target[0:4] = numpy.arange(8.0)[::2]
    assert list(target) == [0.0, 2.0, 4.0, 6.0]
