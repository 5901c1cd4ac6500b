"""Texts and type strings from many threads, from destructors, and in subinterpreters; what remains afterwards."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable

import pytest
from _cffi_backend import FFI

from tests.interpreters.isolated import AVAILABLE, interpreter
from tests.memory import heap

THREADS = 8


def together(work: Callable[[int], None]) -> None:
    """Runs work(0), work(1), … at the same time, and raises what one of them raises."""
    barrier = threading.Barrier(THREADS)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            barrier.wait()
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_one_ctype_for_all_threads() -> None:
    for _ in range(10):
        ffi = FFI()
        ffi.cdef(
            "".join(
                f"struct s{i} {{ int a; struct s{(i + 1) % 50} *next; struct t{i} {{ char c; }} inner; }};"
                for i in range(50)
            )
        )
        found: list[list[object]] = [[] for _ in range(THREADS)]

        def work(number: int, ffi: FFI = ffi, found: list[list[object]] = found) -> None:
            for i in range(50):
                ct = ffi.typeof(f"struct s{i}")
                assert ffi.sizeof(ct) == 24
                assert [name for name, _ in ct.fields or ()] == ["a", "next", "inner"]
                found[number].append(ct)

        together(work)
        assert all(a is b for other in found[1:] for a, b in zip(found[0], other, strict=True))


def test_texts_and_type_strings_at_once() -> None:
    ffi = FFI()
    ffi.cdef("struct opaque; int abs(int);")
    opaque = ffi.typeof("struct opaque *")
    lib = ffi.dlopen(None)

    def work(number: int) -> None:
        for i in range(100):
            ffi.cdef(f"typedef struct {{ int x[{i + 1}]; }} t{number}_{i}; enum {{ E{number}_{i} = {i} }};")
            assert ffi.sizeof(f"t{number}_{i}") == 4 * (i + 1)
            assert ffi.new(f"t{number}_{i} *").x[i] == 0
            assert ffi.typeof("struct opaque *") is opaque
            assert lib.abs(-i) == i == getattr(lib, f"E{number}_{i}")
            with pytest.raises(ffi.error):
                ffi.cdef("int x y;")
            if number == 0 and i == 50:
                ffi.cdef("struct opaque { long a, b; };")
        if number == 0:
            assert ffi.sizeof(opaque.item) == 16

    together(work)
    assert ffi.sizeof("struct opaque") == 16


def test_objects_that_include_each_other_from_two_sides() -> None:
    for _ in range(20):
        all_of_them = [FFI() for _ in range(THREADS)]
        for i, ffi in enumerate(all_of_them):
            ffi.cdef(f"typedef struct {{ int a; }} t{i};")

        def work(number: int, all_of_them: list[FFI] = all_of_them) -> None:
            for i, other in enumerate(all_of_them):
                if i != number:
                    all_of_them[number].include(other)

        together(work)
        for ffi in all_of_them:
            for i, other in enumerate(all_of_them):
                assert ffi.typeof(f"t{i}") is other.typeof(f"t{i}")


def test_a_destructor_can_use_the_object() -> None:
    """No lock is held while Python code runs: the garbage collector may run at any allocation."""
    ffi = FFI()
    ffi.cdef("typedef int t;")
    done = []

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            number = len(done)
            ffi.cdef(f"typedef struct {{ int a; }} from_destructor{number};")
            done.append(ffi.sizeof(f"from_destructor{number}"))

    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for i in range(200):
            Cycle()
            ffi.typeof(f"t (*)(t[{i + 1}], struct u{i} {{ int a; }})")
    finally:
        gc.set_threshold(*threshold)
    gc.collect()
    assert set(done) == {4}
    assert len(done) == 200


def test_objects_are_freed_with_all_that_they_made() -> None:
    ffi = FFI()
    ffi.cdef("struct a { struct b *p; }; struct b { struct a x; }; struct never { int i; };")
    other = FFI()
    other.include(ffi)
    ctypes = [weakref.ref(ffi.typeof(text)) for text in ("struct a", "struct b", "struct never *")]
    lib = other.dlopen(None)
    del ffi, other, lib
    gc.collect()
    assert [ref() for ref in ctypes] == [None, None, None]


def test_a_ctype_can_outlive_its_object() -> None:
    ffi = FFI()
    ffi.cdef("struct a { struct b { int i; } *p; };")
    pointer = ffi.typeof("struct a *")
    del ffi
    gc.collect()
    assert [name for name, _ in dict(pointer.item.fields or ())["p"].type.item.fields or ()] == ["i"]


def test_nothing_is_left() -> None:
    def use() -> None:
        ffi = FFI()
        ffi.cdef(
            "typedef struct s { int a; struct s *next; } t; int abs(int); enum e { A, B };\n#define N 5\n"
        )
        second = FFI()
        second.include(ffi)
        second.cdef("struct u { t x[N]; };")
        second.new("struct u *").x[1].a = second.integer_const("B")
        lib = ffi.dlopen(None)
        assert lib.abs(-1) == 1
        for text in ("int x y;", "struct s { int b; };", "typedef char t;"):
            with pytest.raises(ffi.error):
                second.cdef(text)
        ffi.cdef("int abs(int);", override=True)
        ffi.dlclose(lib)

    for _ in range(50):
        use()
    gc.collect()
    before = heap()
    for _ in range(500):
        use()
    gc.collect()
    assert heap() - before < 200_000


@pytest.mark.skipif(not AVAILABLE, reason="no isolated subinterpreters before CPython 3.12")
def test_subinterpreters() -> None:
    code = """
from _cffi_backend import FFI
base, ffi = FFI(), FFI()
base.cdef("typedef struct { int x; } point; int abs(int);")
ffi.include(base)
ffi.cdef("struct s { point a, b; }; int abs(int);")
assert ffi.sizeof("struct s") == 8 and ffi.dlopen(None).abs(-7) == 7
assert ffi.callback("int(point *)", lambda p: p.x)(ffi.new("point *", [3])) == 3
"""
    for _ in range(5):
        with interpreter() as one:
            one.run(code)
