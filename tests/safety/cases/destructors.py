"""ffi.gc(): destructors that fail, release or resurrect what they are called for."""

from __future__ import annotations

import gc
import sys

from harness import raises, returns, survives
from prelude import (
    CHARS,
    DOUBLE,
    INT,
    INT_P,
    INTS,
    VOID_P,
    B,
    point,
    pointer,
    var_sized,
)


@returns([1])
def destructor_runs_once():
    count = []
    g = B.gcp(B.newp(INT_P), lambda x: count.append(1))
    B.release(g)
    B.release(g)
    with g:
        pass
    del g
    gc.collect()
    return count


@returns([1])
def destructor_that_releases_its_own_object():
    count = []
    box = []

    def destroy(x):
        count.append(1)
        B.release(box[0])

    box.append(B.gcp(B.newp(INT_P), destroy))
    B.release(box[0])
    return count


@returns((1, 42), stock="reads freed memory")
def destructor_that_resurrects_its_object():
    saved = []
    count = []

    class Cycle:
        pass

    c = Cycle()

    def destroy(x, c=c):
        count.append(1)
        saved.append(c.g)

    c.g = B.gcp(B.newp(INT_P, 42), destroy)
    c.me = c
    del c, destroy
    gc.collect()
    try:
        value = saved[0][0]
    except RuntimeError:
        value = 42
    saved.clear()
    gc.collect()
    return len(count), value


@returns(42)
def gc_object_read_after_release():
    # Keeping the memory and refusing to read it are both right.
    g = B.gcp(B.newp(INT_P, 42), lambda x: None)
    B.release(g)
    try:
        return g[0]
    except RuntimeError:
        return 42


@survives(stderr="ZeroDivisionError")
def destructor_that_raises():
    g = B.gcp(B.newp(INT_P), lambda x: 1 // 0)
    del g


@survives(stderr="Exception ignored from callback for ffi.gc")
def destructor_that_is_no_function():
    g = B.gcp(B.newp(INT_P), 5)
    del g
    gc.collect()


@survives()
def destructor_while_an_exception_is_raised():
    def fail(n):
        g = B.gcp(B.newp(INT_P), lambda x: [int("1") for _ in range(5)])
        return g, 1 // n

    try:
        fail(0)
    except ZeroDivisionError as problem:
        return str(problem)


@raises(TypeError, "Can remove destructor only on a object previously returned by ffi.gc()")
def destructor_removed_from_another_object():
    B.gcp(B.newp(INT_P), None)


@returns([])
def destructor_removed():
    count = []
    g = B.gcp(B.newp(INT_P), lambda x: count.append(1))
    B.gcp(g, None)
    B.gcp(g, destructor=None, size=5)
    B.release(g)
    del g
    gc.collect()
    return count


@raises(TypeError)
def destructor_of_an_int():
    B.gcp(5, lambda x: None)


@raises(OverflowError)
def gc_size_huge():
    B.gcp(B.newp(INT_P), lambda x: None, 2**100)


@returns(5, stock="a length that was never written")
def gc_of_an_open_array():
    return len(B.gcp(B.newp(INTS, 5), lambda x: None))


@returns([1, 2, 3], stock="a length that was never written")
def gc_of_a_slice():
    a = B.newp(INTS, [0, 1, 2, 3, 4])
    return list(B.gcp(a[1:4], lambda x: None))


@raises(IndexError, "(expected 5 < 5)", stock="a length that was never written")
def gc_of_an_open_array_is_still_checked():
    return B.gcp(B.newp(INTS, 5), lambda x: None)[5]


@survives()
def gc_of_every_kind():
    fn = B.new_function_type((), INT)
    things = [
        B.cast(INT, 3),
        B.cast(DOUBLE, 3),
        B.newp(pointer(point()))[0],
        B.newp_handle(VOID_P, 5),
        B.callback(fn, lambda: 5),
        B.from_buffer(CHARS, b"abc"),
        B.newp(pointer(var_sized()), [1, [2, 3]]),
        B.newp(pointer(var_sized()), [1, [2, 3]])[0],
        B.gcp(B.newp(INT_P), lambda x: None),
        B.cast(VOID_P, 0),
    ]
    seen = []
    for thing in things:
        try:
            g = B.gcp(thing, lambda x: None)
            seen.append((repr(g), hash(g), g == thing, B.sizeof(g)))
            B.release(g)
            seen.append(repr(g))
        except TypeError as problem:
            seen.append(str(problem))
    return len(seen)


@survives()
def destructor_at_exit():
    g = B.gcp(B.newp(INT_P), lambda x: sys.stdout.write(""))
    sys.kept = [g]
    g_cycle = [B.gcp(B.newp(INT_P), lambda x: B.newp(INT_P))]
    g_cycle.append(g_cycle)
