"""The usual operations, each measured on the backend of this process: what ``ferrocffi bench`` runs without a clone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import timeit
from collections.abc import Callable, Iterator
from typing import Any

from ferrocffi.benchmark import NoSource, Outcome, Step
from ferrocffi.status import SWITCH

_DECLARATIONS = """
    typedef struct { int quot; int rem; } div_t;
    typedef struct { int x, y; double weight; } point;
    int abs(int);
    div_t div(int, int);
    size_t strlen(const char *);
    double strtod(const char *, char **);
    void *memchr(const void *, int, size_t);
    int snprintf(char *, size_t, const char *, ...);
    void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
"""
_NAMES = (
    *("calls: abs(-3)", "calls: strlen(b'...')", "calls: strtod() of a text", "calls: memchr() of bytes"),
    *("calls: a struct by value", "calls: snprintf() with two more arguments"),
    *("callbacks: one call into Python", "callbacks: qsort() of 100 integers"),
    *("memory: new('int *')", "memory: new('point *') from a dict", "memory: new('int[]') of 100 integers"),
    *("data: read a field", "data: write a field", "data: read an item", "data: list() of 100 integers"),
    *("data: string() of a text", "data: cast()", "types: typeof()", "types: cdef() of nine declarations"),
)
_TURNS = 3
_ROUNDS, _SECONDS = 4, 0.01
"""How often a process measures an operation, and how long each time takes."""


def _operations() -> list[tuple[str, Callable[[], Any]]]:
    import cffi

    ffi = cffi.FFI()
    ffi.cdef(_DECLARATIONS)
    lib = ffi.dlopen("ucrtbase" if sys.platform == "win32" else None)
    text, buffer = ffi.new("char[]", b"some text"), ffi.new("char[64]")
    point, numbers = ffi.new("point *"), ffi.new("int[]", list(range(100)))
    seven = ffi.cast("int", 7)
    callback = ffi.callback("int(int)", lambda number: number)
    int_pointer = ffi.typeof("int *")

    @ffi.callback("int(const void *, const void *)")
    def compare(left: Any, right: Any) -> int:
        return int(ffi.cast(int_pointer, left)[0] - ffi.cast(int_pointer, right)[0])

    def write() -> None:
        point.x = 3

    abs_, div, strlen, strtod, memchr = lib.abs, lib.div, lib.strlen, lib.strtod, lib.memchr
    values, null = list(range(100)), ffi.NULL
    functions: tuple[Callable[[], Any], ...] = (
        lambda: abs_(-3),
        lambda: strlen(b"some text"),
        lambda: strtod(b"2.5", null),
        lambda: memchr(b"some text", 116, 9),
        lambda: div(17, 5),
        lambda: lib.snprintf(buffer, 64, b"%d %s", seven, text),
        lambda: callback(5),
        lambda: lib.qsort(numbers, 100, 4, compare),
        lambda: ffi.new("int *"),
        lambda: ffi.new("point *", {"x": 1, "y": 2}),
        lambda: ffi.new("int[]", values),
        lambda: point.x,
        write,
        lambda: numbers[7],
        lambda: list(numbers),
        lambda: ffi.string(text),
        lambda: ffi.cast("unsigned char", 300),
        lambda: ffi.typeof("point *"),
        lambda: cffi.FFI().cdef(_DECLARATIONS),
    )
    return list(zip(_NAMES, functions, strict=True))


def measure() -> Iterator[tuple[str, float]]:
    """Yields each operation with its nanoseconds, the best of some rounds."""
    for name, function in _operations():
        timer = timeit.Timer(function)
        count, taken = 1, 0.0
        while taken < _SECONDS / 4:
            count *= 2
            taken = timer.timeit(count)
        count = max(1, int(count * _SECONDS / taken))
        yield name, min(timer.repeat(_ROUNDS, count)) / count * 1e9


def _of_process(backend: str) -> Iterator[tuple[str, float]]:
    """Yields what a process on this backend measures."""
    env = {key: value for key, value in os.environ.items() if key != SWITCH}
    if backend == "stock":
        env[SWITCH] = "stock"
    command = [sys.executable, "-c", "from ferrocffi.operations import main; main()"]
    pipes: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }
    with subprocess.Popen(command, env=env, text=True, **pipes) as process:
        assert process.stdout is not None and process.stderr is not None
        for line in process.stdout:
            name, nanoseconds = json.loads(line)
            yield name, nanoseconds
        said = process.stderr.read().strip().splitlines()
    if process.returncode:
        raise NoSource(
            f"the operations cannot run on the backend {backend}: {said[-1] if said else 'it died'}"
        )


def run(outcome: Outcome) -> Iterator[Step]:
    """Yields the steps as they come: progress first, then each operation with its ratio."""
    best: dict[str, dict[str, float]] = {"stock": {}, "ferrocffi": {}}
    for turn in range(_TURNS):
        for backend, known in best.items():
            yield Step(0, 0, None, f"turn {turn + 1} of {_TURNS}: {backend}")
            for name, nanoseconds in _of_process(backend):
                known[name] = min(nanoseconds, known.get(name, nanoseconds))
    product = 1.0
    for number, name in enumerate(_NAMES, 1):
        stock, ours = best["stock"][name], best["ferrocffi"][name]
        product *= stock / ours
        text = f"{name}  (stock {stock:.0f}, ours {ours:.0f} ns)"
        yield Step(number, len(_NAMES), round(stock / ours, 2), text)
    outcome.verdicts.append(f"geometric mean of {len(_NAMES)} operations: {product ** (1 / len(_NAMES)):.2f}")


def main() -> None:
    """Prints each operation and its nanoseconds as a line of JSON."""
    for name, nanoseconds in measure():
        print(json.dumps([name, nanoseconds]), flush=True)
