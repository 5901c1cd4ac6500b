"""Structs, arrays and slices in memory of another object, whose end comes first."""

from __future__ import annotations

import gc
import weakref

from harness import WRONG, raises, returns
from prelude import CHAR, CHARS, INT, INTS, B, array, point, pointer, struct


def outer():
    """Returns a struct with a struct and an array inside."""
    return struct("outer", ("first", point()), ("numbers", array(INT, 3)))


def scribble():
    """Uses memory that has just been freed."""
    gc.collect()
    return [bytearray(b"\xff" * n) for n in range(16, 128) for _ in range(50)]


@returns((1, 2), stock=WRONG)
def field_of_a_dead_owner():
    first = B.newp(pointer(outer()), [[1, 2]]).first
    keep = scribble()
    return (first.x, first.y) if keep else None


@returns([1, 2], stock=WRONG)
def slice_of_a_dead_array():
    part = B.newp(INTS, [1, 2, 3])[0:2]
    keep = scribble()
    return list(part) if keep else None


@returns([3, 4, 5], stock=WRONG)
def array_field_of_a_dead_owner():
    numbers = B.newp(pointer(outer()), [[1, 2], [3, 4, 5]]).numbers
    keep = scribble()
    return list(numbers) if keep else None


@returns(4, stock=WRONG)
def item_of_a_dead_array_of_structs():
    item = B.newp(array(point(), 3), [[1, 2], [3, 4]])[1]
    keep = scribble()
    return item.y if keep else None


def freeable(seen):
    """Memory with a destructor that overwrites it."""

    def free(p):
        B.memmove(p, b"\xff" * 8, 8)
        seen.append("freed")

    return B.gcp(B.newp(array(CHAR, 8), b"contents"), free)


@returns((b"contents", [], ["freed"]), stock=WRONG)
def release_while_a_buffer_lives():
    seen: list[str] = []
    p = freeable(seen)
    view = memoryview(B.buffer(p))
    B.release(p)
    content, before = bytes(view), list(seen)
    del view
    return content, before, seen


class Releases:
    """A value whose conversion releases the memory that it is stored to."""

    def __init__(self, p, value):
        self.p, self.value = p, value

    def __int__(self):
        B.release(self.p)
        return self.value

    __index__ = __int__

    def __float__(self):
        B.release(self.p)
        return float(self.value)

    def __iter__(self):
        B.release(self.p)
        return iter([self.value, self.value])


def stores():
    """Each way to store, and the value that it stores."""
    place = struct("place", ("x", INT), ("y", B.new_primitive_type("double")), ("z", INT, 5))

    def numbers():
        return B.newp(array(INT, 4))

    return [
        (numbers, lambda p: p.__setitem__(1, Releases(p, 5))),
        (numbers, lambda p: p.__setitem__(slice(0, 2), Releases(p, 5))),
        (numbers, lambda p: p.__setitem__(slice(0, 2), [1, Releases(p, 5)])),
        (lambda: B.newp(array(place, 2)), lambda p: p.__setitem__(1, [1, Releases(p, 5)])),
        (lambda: B.newp(array(place, 2)), lambda p: p.__setitem__(1, {"z": Releases(p, 5)})),
        (lambda: B.newp(pointer(place)), lambda p: setattr(p, "x", Releases(p, 5))),
        (lambda: B.newp(pointer(place)), lambda p: setattr(p, "y", Releases(p, 5))),
        (lambda: B.newp(pointer(place)), lambda p: setattr(p, "z", Releases(p, 5))),
        (lambda: B.newp(pointer(place)), lambda p: setattr(p[0], "x", Releases(p, 5))),
        (lambda: B.newp(pointer(place)), lambda p: p.__setitem__(0, [1, Releases(p, 5)])),
    ]


@returns([True] * 10, stock=WRONG)
def release_while_a_value_is_stored():
    """The destructor runs once, and sees memory with the new value in it."""
    stored = []
    for make, store in stores():
        seen: list[bytes] = []
        p = B.gcp(make(), lambda p, seen=seen: seen.append(bytes(B.buffer(p))))
        store(p)
        del p
        stored.append(len(seen) == 1 and any(seen[0]))
    return stored


@returns((b"contents", [], ["freed"]), stock=WRONG)
def release_while_a_slice_lives():
    seen: list[str] = []
    p = freeable(seen)
    part = p[0:8]
    B.release(p)
    content, before = B.unpack(part, 8), list(seen)
    del part
    return content, before, seen


@returns((b"c", [], ["freed"]), stock=WRONG)
def release_while_an_iterator_lives():
    seen: list[str] = []
    p = freeable(seen)
    iterator = iter(p)
    B.release(p)
    content, before = next(iterator), list(seen)
    del iterator
    return content, before, seen


@raises(RuntimeError, "is gone", stock=WRONG)
def slice_of_a_released_buffer():
    data = bytearray(64 * 1024 * 1024)
    p = B.from_buffer(CHARS, data)
    part = p[1000:2000]
    B.release(p)
    data.clear()
    return part[0]


@raises(BufferError, "", stock=WRONG)
def memoryview_of_a_released_buffer():
    data = bytearray(100)
    p = B.from_buffer(CHARS, data)
    view = memoryview(B.buffer(p))
    B.release(p)
    data.clear()
    return view


@raises(TypeError, "cannot modify read-only memory", stock=WRONG)
def write_to_a_slice_of_bytes():
    B.from_buffer(CHARS, b"constant")[0:4][1] = b"X"


@returns(True, stock=WRONG)
def cycle_through_an_allocator():
    class Box:
        """Something to be watched."""

    box = Box()
    ffi = B.FFI()
    new = ffi.new_allocator(lambda n: B.newp(CHARS, n), lambda p, box=box: None)
    box.pointer = new(B.new_pointer_type(point()))  # type: ignore[attr-defined]
    gone = weakref.ref(box)
    del box, new
    gc.collect()
    return gone() is None
