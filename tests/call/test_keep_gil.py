"""Functions whose calls keep the GIL: same results, and callbacks in them that find it held."""

from __future__ import annotations

import gc
import sys
import sysconfig
import threading
import time
from typing import Any

import _cffi_backend as B
import cffi
import pytest
from ferrocffi import keep_gil

from tests.call.meanwhile import pollfd, runs_meanwhile

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
ffi = cffi.FFI()
ffi.cdef(
    """
    typedef struct { int quot; int rem; } div_t;
    int abs(int);
    size_t strlen(const char *);
    double strtod(const char *, char **);
    div_t div(int, int);
    int snprintf(char *, size_t, const char *, ...);
    void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
    int poll(void *, unsigned long, int);
    """
)
libc = ffi.dlopen(None)


def test_same_results_errors_and_type() -> None:
    quick = keep_gil(libc.abs)
    assert quick is not libc.abs
    assert quick == libc.abs
    assert type(quick) is type(libc.abs)
    assert ffi.typeof(quick) is ffi.typeof(libc.abs)
    assert repr(quick) == repr(libc.abs)
    assert quick(-3) == 3
    for arguments in ((), (1, 2), ("x",), (2**40,)):
        messages = []
        for function in (quick, libc.abs):
            with pytest.raises((TypeError, OverflowError)) as caught:
                function(*arguments)
            messages.append((caught.type, str(caught.value)))
        assert messages[0] == messages[1]
    with pytest.raises(TypeError):
        quick(x=1)


def test_all_ways_of_calling() -> None:
    assert keep_gil(libc.strlen)(b"four") == 4
    assert keep_gil(libc.strtod)(b"1.5", ffi.NULL) == 1.5
    result = keep_gil(libc.div)(17, 5)
    assert (result.quot, result.rem) == (3, 2)
    out = ffi.new("char[20]")
    snprintf = keep_gil(libc.snprintf)
    for value in (7, -5):
        assert snprintf(out, 20, b"%d %.1f", ffi.cast("int", value), ffi.cast("double", 2.5)) == len(
            ffi.string(out)
        )
        assert ffi.string(out) == b"%d 2.5" % value


def test_errno_goes_there_and_back() -> None:
    B.set_errno(0)
    assert keep_gil(libc.strtod)(b"1e999", ffi.NULL) == float("inf")
    assert B.get_errno() != 0
    B.set_errno(0)


def test_function_pointers_in_memory() -> None:
    cell = ffi.new("int (*[1])(int)", [libc.abs])
    assert keep_gil(cell[0])(-5) == 5
    # What is stored is the address only.
    cell[0] = keep_gil(libc.abs)
    assert cell[0](-6) == 6
    with pytest.raises(RuntimeError, match="cannot call null pointer"):
        keep_gil(ffi.cast("int (*)(int)", 0))(1)


def test_refused() -> None:
    callback = ffi.callback("int(int)", lambda x: x)
    wrong: Any
    for wrong in (callback, ffi.new("int *"), ffi.cast("int", 5), len, None, 5, ffi.gc(libc.abs, id)):
        with pytest.raises(
            TypeError, match=r"^keep_gil\(\) takes a function of a library or a function pointer"
        ):
            keep_gil(wrong)


def test_the_gil_is_kept() -> None:
    if FREE_THREADED:
        pytest.skip("this build has no GIL")

    def waits(poll, milliseconds):
        return lambda file: poll(ffi.new("char[]", pollfd(file)), 1, milliseconds)

    assert runs_meanwhile(waits(libc.poll, 30_000))
    assert not runs_meanwhile(waits(keep_gil(libc.poll), 400))


def test_callbacks_inside() -> None:
    """They come while the GIL is held, and Python code in them may let it go and call C again."""
    seen = []

    @ffi.callback("int(const void *, const void *)")
    def compare(a, b):
        gc.collect(0)
        time.sleep(0)
        a, b = ffi.cast("int *", a)[0], ffi.cast("int *", b)[0]
        seen.append((a, b))
        return libc.abs(a) - keep_gil(libc.abs)(b)

    for sort in (keep_gil(libc.qsort), libc.qsort, keep_gil(libc.qsort)):
        numbers = ffi.new("int[]", [5, -2, 9, 1])
        sort(numbers, 4, ffi.sizeof("int"), compare)
        assert list(numbers) == [1, -2, 5, 9]
    assert len(seen) >= 9


def test_a_callback_that_fails_inside(monkeypatch) -> None:
    reports = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: reports.append(report.exc_type))
    compare = ffi.callback("int(const void *, const void *)", lambda a, b: 1 // 0)
    keep_gil(libc.qsort)(ffi.new("int[2]"), 2, 4, compare)
    assert reports == [ZeroDivisionError]


def test_nested_calls_of_both_kinds() -> None:
    sort, quick = libc.qsort, keep_gil(libc.qsort)
    depths = []

    def make(depth: int):
        @ffi.callback("int(const void *, const void *)")
        def compare(a, b):
            depths.append(depth)
            if depth:
                (quick if depth % 2 else sort)(ffi.new("int[2]"), 2, 4, make(depth - 1))
                time.sleep(0)
            return 0

        return compare

    for outer in (quick, sort):
        del depths[:]
        outer(ffi.new("int[2]"), 2, 4, make(20))
        assert depths == list(range(20, -1, -1))


def test_from_many_threads() -> None:
    quick = keep_gil(libc.qsort)
    failures = []

    def work() -> None:
        compare = ffi.callback(
            "int(const void *, const void *)", lambda a, b: ffi.cast("int *", a)[0] - ffi.cast("int *", b)[0]
        )
        for _ in range(200):
            numbers = ffi.new("int[]", [3, 1, 2])
            quick(numbers, 3, 4, compare)
            if list(numbers) != [1, 2, 3]:
                failures.append(list(numbers))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
