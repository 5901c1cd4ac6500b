"""Operations with objects whose destructors run Python code."""

from __future__ import annotations

import functools
import gc
import itertools
import weakref

from tests.exit.operations.objects import Dying, Number, Text, raising, refused
from tests.exit.operations.table import World, inside, operation


@operation
def gc_released(w: World):
    def use() -> None:
        w.ffi.release(w.ffi.gc(w.ffi.new("int *"), inside))

    yield use


@operation
def gc_dropped(w: World):
    def use() -> None:
        w.ffi.gc(w.ffi.new("int *"), inside)
        w.ffi.gc(w.ffi.new("int *"), inside, 100)

    yield use


MOST_WAITING = 20
"""How many objects may wait for the garbage collector. While it runs in one thread, `gc.collect()` returns at once in the
others: without a bound they make new garbage faster than the first thread can call destructors, and it never ends."""


@operation
def gc_collected(w: World):
    waiting: set[int] = set()

    def end(number: int, _circle: list[object], _p: object) -> None:
        waiting.discard(number)
        inside()

    numbers = itertools.count()

    def use() -> None:
        if len(waiting) >= MOST_WAITING:
            inside()
            return
        number = next(numbers)
        waiting.add(number)
        circle: list[object] = []
        circle.append(w.ffi.gc(w.ffi.new("int *"), functools.partial(end, number, circle)))
        del circle
        gc.collect()

    yield use


@operation
def gc_raising(w: World):
    def use() -> None:
        w.ffi.gc(w.ffi.new("int *"), raising)

    yield use


@operation
def gc_repr(w: World):
    p = w.ffi.gc(w.ffi.new("int *"), Dying)
    owner = w.ffi.gc(w.ffi.new("int *"), CallableNumber())
    yield lambda: (repr(owner), repr(p))


class CallableNumber(Number):
    """A number that can be called."""

    def __call__(self, *_: object) -> int:
        """Lets other threads run."""
        return inside()


@operation
def allocator(w: World):
    keep: dict[int, object] = {}

    def alloc(size: int) -> object:
        inside()
        block = w.ffi.new("char[]", size)
        keep[int(w.ffi.cast("intptr_t", block))] = block
        return block

    def free(block: object) -> None:
        inside()
        keep.pop(int(w.ffi.cast("intptr_t", block)), None)

    new = w.ffi.new_allocator(alloc, free)
    yield lambda: new("int[]", [1, Number(), 3])


@operation
def handle(w: World):
    def use() -> None:
        h = w.ffi.new_handle(Number())
        repr(h)
        inside(w.ffi.from_handle(h) == 1)
        w.ffi.new_handle(Dying())

    yield use


@operation
def weakly_referenced(w: World):
    def use() -> None:
        p = w.ffi.new("int *")
        q = w.ffi.new_handle(1)
        f = w.ffi.callback("int_fn", abs)
        kept = [weakref.ref(o, inside) for o in (p, q, f)]
        del p, q, f
        assert kept

    yield use


@operation
def del_in_struct(w: World):
    class Attributes(dict):  # type: ignore[type-arg]
        def __del__(self) -> None:
            inside()

    def use() -> None:
        p = w.ffi.new("int *")
        w.ffi.gc(p, Attributes(a=p).get)

    yield use


@operation
def init_once(w: World):
    ffi = w.ffi
    count = iter(range(10**9))

    def use() -> None:
        ffi.init_once(inside, next(count))
        ffi.init_once(inside, Number())
        refused(ffi.init_once, raising, Text(f"tag{next(count)}"))

    yield use
