"""Checks of the active backend on this machine's C library: ``python -m ferrocffi check``.

Each check is small, asserts what it sees, and needs the backend alone. They run in a process of their own that
reports after each one, so that a crash has a name: ``python -m ferrocffi.selftest`` prints one JSON line per check.
"""

from __future__ import annotations

import contextlib
import errno
import json
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

THREADS = 8
ROUNDS = 2000

DECLARATIONS = """
    typedef struct { int quot; int rem; } div_t;
    typedef struct { char tag; double number; short small; struct { char a; int b; } inner; int array[3]; } plain;
    typedef struct { signed char c; double d; short s; unsigned bits : 5; int array[3]; } mixed;
    typedef union { float f; unsigned int u; } punned;
    enum colour { RED, GREEN = 5, BLUE };
    int abs(int);
    double atof(const char *);
    size_t strlen(const char *);
    div_t div(int, int);
    int snprintf(char *, size_t, const char *, ...);
    void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
    void *bsearch(const void *, const void *, size_t, size_t, int (*)(const void *, const void *));
    long strtol(const char *, char **, int);
    void *malloc(size_t);
    void free(void *);
"""


class Unmet(Exception):
    """Something is not as it should be; the text says what."""


class Skipped(Exception):
    """There is nothing here to check it with; the text says why."""


@dataclass(frozen=True)
class Result:
    """The outcome of one check."""

    group: str
    name: str
    ok: bool
    """Was nothing found wrong? Of what was skipped, too, nothing was."""
    detail: str
    """What was seen; the error if it failed; the reason if it was skipped."""
    milliseconds: float
    skipped: bool = False
    """Could it not be tried on this Python?"""


def expect(what: str, got: object, wanted: object) -> None:
    """Raises `Unmet` unless they are equal, and of the same type."""
    if got != wanted or type(got) is not type(wanted):
        raise Unmet(f"{what}: got {got!r}, expected {wanted!r}")


def refuse(what: str, error: type[BaseException], function: Callable[[], object]) -> str:
    """Raises `Unmet` unless the function raises that exception; gives its text."""
    try:
        value = function()
    except error as raised:
        return str(raised)
    raise Unmet(f"{what}: no {error.__name__}, but {value!r}")


def _declared() -> Any:
    """An FFI with the declarations: made by the front end, or from tables where there is none."""
    try:
        import cffi
    except ModuleNotFoundError as missing:
        if missing.name != "cffi":
            raise
        from ferrocffi.tables import ffi

        return ffi
    made = cffi.FFI()
    made.cdef(DECLARATIONS)
    return made


class Bench:
    """An FFI with the declarations, and the C library open."""

    def __init__(self) -> None:
        self.ffi: Any = _declared()
        self.lib: Any = self.ffi.dlopen("ucrtbase" if sys.platform == "win32" else None)

    def comparer(self) -> Any:
        """A callback that compares two ints."""
        pointer = self.ffi.typeof("int *")

        @self.ffi.callback("int(*)(const void *, const void *)")
        def compare(left: Any, right: Any) -> int:
            x, y = self.ffi.cast(pointer, left)[0], self.ffi.cast(pointer, right)[0]
            return int(x > y) - int(x < y)

        return compare


def integers(bench: Bench) -> str:
    """abs(), and what does not fit."""
    expect("abs(-42)", bench.lib.abs(-42), 42)
    refuse("abs(2**40)", OverflowError, lambda: bench.lib.abs(2**40))
    refuse("abs('x')", TypeError, lambda: bench.lib.abs("x"))
    return "abs(-42) = 42; too large and wrong ones refused"


def floats(bench: Bench) -> str:
    """atof()."""
    expect("atof(b'-2.5e3')", bench.lib.atof(b"-2.5e3"), -2500.0)
    expect("cast", float(bench.ffi.cast("float", math.pi)), 3.1415927410125732)
    return "atof('-2.5e3') = -2500.0"


def strings(bench: Bench) -> str:
    """strlen() on bytes and on C memory."""
    expect("strlen", bench.lib.strlen(b"hello"), 5)
    text = bench.ffi.new("char[]", b"C string")
    expect("strlen", bench.lib.strlen(text), 8)
    expect("string", bench.ffi.string(text), b"C string")
    return "strlen('C string') = 8"


def variadic(bench: Bench) -> str:
    """snprintf()."""
    ffi = bench.ffi
    out = ffi.new("char[]", 40)
    arguments = ffi.cast("int", -7), ffi.cast("double", 0.5), ffi.new("char[]", b"text")
    expect("length", bench.lib.snprintf(out, len(out), b"%d %.2f %s", *arguments), 12)
    expect("snprintf", ffi.string(out), b"-7 0.50 text")
    return "snprintf: '-7 0.50 text'"


def layout(bench: Bench) -> str:
    """Compares offsets with those that ctypes computes for the struct."""
    try:
        import ctypes
    except ImportError as missing:
        raise Skipped(
            f"offsets are compared with those of ctypes, which this Python lacks: {missing}"
        ) from None

    class Inner(ctypes.Structure):
        _fields_ = (("a", ctypes.c_char), ("b", ctypes.c_int))

    class Plain(ctypes.Structure):
        _fields_ = (
            ("tag", ctypes.c_char),
            ("number", ctypes.c_double),
            ("small", ctypes.c_short),
            ("inner", Inner),
            ("array", ctypes.c_int * 3),
        )

    ffi = bench.ffi
    expect("sizeof", ffi.sizeof("plain"), ctypes.sizeof(Plain))
    for name, *_ in Plain._fields_:
        expect(f"offsetof({name})", ffi.offsetof("plain", name), getattr(Plain, name).offset)
    return f"{ffi.sizeof('plain')} bytes, offsets as ctypes has them"


def fields(bench: Bench) -> str:
    """Reading and writing; bit fields, arrays, unions, enums."""
    ffi = bench.ffi
    p = ffi.new("mixed *", {"c": -3, "d": 2.5, "array": [1, 2, 3]})
    p.bits = 31
    expect("fields", (p.c, p.d, p.s, p.bits, list(p.array)), (-3, 2.5, 0, 31, [1, 2, 3]))
    refuse("32 in 5 bits", OverflowError, lambda: setattr(p, "bits", 32))
    u = ffi.new("punned *", {"f": 1.0})
    expect("1.0 as bits", u.u, 0x3F800000)
    expect("enum", ffi.string(ffi.cast("enum colour", 6)), "BLUE")
    return "numbers, bit fields, arrays, unions, enums"


def by_value(bench: Bench) -> str:
    """div() returns a struct."""
    result = bench.lib.div(-17, 5)
    expect("div(-17, 5)", (result.quot, result.rem), (-3, -2))
    return "div(-17, 5) = {-3, -2}"


def from_c(bench: Bench) -> str:
    """qsort() and bsearch() with a Python comparison."""
    ffi, lib, compare = bench.ffi, bench.lib, bench.comparer()
    values = [(i * 37) % 101 for i in range(101)]
    array = ffi.new("int[]", values)
    lib.qsort(array, len(array), ffi.sizeof("int"), compare)
    expect("qsort", list(array), sorted(values))
    found = lib.bsearch(ffi.new("int *", 50), array, len(array), ffi.sizeof("int"), compare)
    expect("bsearch", ffi.cast("int *", found) - array, 50)
    return "qsort and bsearch of 101 ints"


def raising(bench: Bench) -> str:
    """An exception in a callback gives the error value."""
    seen = []

    def fail(n: int) -> int:
        raise ValueError(n)

    callback = bench.ffi.callback(
        "int(int)", fail, error=-1, onerror=lambda kind, value, trace: seen.append(kind)
    )
    expect("result", callback(3), -1)
    expect("onerror", seen, [ValueError])
    return "error value and onerror"


def saved_errno(bench: Bench) -> str:
    """errno of a call, kept over what Python does in between."""
    ffi = bench.ffi
    ffi.errno = 0
    bench.lib.strtol(b"9" * 40, ffi.NULL, 10)
    with contextlib.suppress(OSError):
        open("", "rb").close()
    expect("errno", ffi.errno, errno.ERANGE)
    return f"strtol: errno = {errno.errorcode[ffi.errno]}"


def errno_of_threads(bench: Bench) -> str:
    """Each thread has its own."""
    ffi = bench.ffi
    ffi.errno = 17
    seen: list[int] = []

    def other() -> None:
        seen.append(ffi.errno)
        ffi.errno = 4

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    expect("in a new thread, and here", (seen, ffi.errno), ([0], 17))
    return "one for each thread"


def ownership(bench: Bench) -> str:
    """Destructors and release()."""
    ffi = bench.ffi
    freed: list[int] = []

    def free(block: Any) -> None:
        freed.append(int(ffi.cast("intptr_t", block)))
        bench.lib.free(block)

    block = ffi.gc(bench.lib.malloc(64), free)
    address = int(ffi.cast("intptr_t", block))
    ffi.memmove(block, b"x" * 64, 64)
    expect("memory", bytes(ffi.buffer(block, 64)), b"x" * 64)
    ffi.release(block)
    ffi.release(block)
    expect("freed", freed, [address])
    data = bytearray(8)
    with ffi.from_buffer("int[]", data) as view:
        view[1] = -1
        refuse("resize", BufferError, lambda: data.append(0))
    expect("bytes", bytes(data), b"\0\0\0\0\xff\xff\xff\xff")
    handle = ffi.new_handle(freed)
    expect("handle", ffi.from_handle(ffi.cast("void *", handle)) is freed, True)
    return "gc, release, from_buffer, handles"


def bounds(bench: Bench) -> str:
    """What can be known is checked."""
    ffi = bench.ffi
    array = ffi.new("int[4]")
    refuse("index 4 of 4", IndexError, lambda: array[4])
    refuse("five items in four", IndexError, lambda: ffi.new("int[4]", [0] * 5))
    return "index and initializers of arrays"


def null(bench: Bench) -> str:
    """NULL raises: the stock backend dies for some of these, so that they run on this project's only."""
    ffi = bench.ffi
    p = ffi.cast("mixed *", 0)
    refuse("field of NULL", RuntimeError, lambda: p.d)
    refuse("copy from NULL", RuntimeError, lambda: ffi.memmove(bytearray(4), ffi.NULL, 4))
    refuse("a wrong handle", RuntimeError, lambda: ffi.from_handle(ffi.cast("void *", 12345678)))
    refuse("copy beyond the end", ValueError, lambda: ffi.memmove(ffi.new("char[4]"), b"12345678", 8))
    return "field, copy, handle, length: exceptions, no crash"


def parallel(bench: Bench) -> str:
    """Calls and callbacks in many threads at once."""
    ffi, lib = bench.ffi, bench.lib
    wrong: list[str] = []

    def work(seed: int) -> None:
        try:
            compare = bench.comparer()
            for i in range(ROUNDS):
                expect("abs", lib.abs(-(seed * ROUNDS + i)), seed * ROUNDS + i)
                expect("type", ffi.typeof(f"int[{1 + i % 50}]").length, 1 + i % 50)
                if i % 100 == 0:
                    array = ffi.new("int[]", [(n * seed) % 7 for n in range(20)])
                    lib.qsort(array, 20, ffi.sizeof("int"), compare)
                    expect("qsort", list(array), sorted(array))
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=work, args=(n + 1,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect("errors", wrong, [])
    return f"{THREADS} threads, {THREADS * ROUNDS} calls, types and sorts"


Check = Callable[[Bench], str]
CHECKS: list[tuple[str, str, Check]] = [
    ("calls", "integers", integers),
    ("calls", "floats", floats),
    ("calls", "strings", strings),
    ("calls", "variadic", variadic),
    ("structs", "layout", layout),
    ("structs", "fields", fields),
    ("structs", "by value", by_value),
    ("callbacks", "from C", from_c),
    ("callbacks", "exceptions", raising),
    ("errno", "saved", saved_errno),
    ("errno", "per thread", errno_of_threads),
    ("memory", "ownership", ownership),
    ("memory", "bounds", bounds),
    ("memory", "NULL", null),
    ("threads", "parallel", parallel),
]
"""Group, name, function: in the order in which they run."""

ONLY_OURS = frozenset({null})
"""Checks that the stock backend does not survive."""


def run(*, ours: bool) -> Iterator[Result]:
    """Runs the checks one after the other; an exception is a failure like any other."""
    bench = None
    for group, name, function in CHECKS:
        if function in ONLY_OURS and not ours:
            continue
        started = time.perf_counter()
        ok, skipped = True, False
        try:
            bench = bench or Bench()
            detail = function(bench)
        except Skipped as reason:
            skipped, detail = True, str(reason)
        except Unmet as unmet:
            ok, detail = False, str(unmet)
        except Exception as error:
            ok, detail = False, f"{type(error).__name__}: {error}"
        yield Result(group, name, ok, detail, round((time.perf_counter() - started) * 1000, 3), skipped)


def main(*, ours: bool | None = None) -> int:
    """One JSON line for each check; `ours` says whether it is this project's backend, if that is known."""
    from ferrocffi.status import collect

    good = True
    for result in run(ours=collect().active if ours is None else ours):
        good = good and result.ok
        print(json.dumps(asdict(result)), flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
