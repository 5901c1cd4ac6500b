"""Time the common operations on one backend; run by ``run_all.py`` in a process of its own.

``python _timing.py installed`` takes the backend that ``import _cffi_backend`` finds,
``python _timing.py stock`` the extension file that the ``cffi`` package ships.
Prints one JSON object: the backend's file, and nanoseconds for each operation.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import sys
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Seconds that one timing should take, and how many are made to keep the best.
TARGET_SECONDS = 0.01
ROUNDS = 5

DECLARATIONS = """
    typedef struct { int x; int y; double z; } point;
    typedef struct { int quot; int rem; } div_t;
    int abs(int);
    div_t div(int, int);
    size_t strlen(const char *);
    int snprintf(char *, size_t, const char *format, ...);
    void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
"""


def stock_extension() -> Path | None:
    """The extension file beside the ``cffi`` package, hidden or not by another backend."""
    spec = importlib.util.find_spec("cffi")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent.parent
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        candidate = folder / f"_cffi_backend{suffix}"
        if candidate.is_file():
            return candidate
    return None


def use_stock() -> None:
    """Makes `import _cffi_backend` give the stock extension in this process."""
    path = stock_extension()
    if path is None:
        sys.exit("the cffi package ships no _cffi_backend extension file here")
    loader = importlib.machinery.ExtensionFileLoader("_cffi_backend", str(path))
    spec = importlib.util.spec_from_file_location("_cffi_backend", path, loader=loader)
    if spec is None:
        sys.exit(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules["_cffi_backend"] = module
    loader.exec_module(module)


Operation = tuple[str, Callable[[], Any], Any]


def operations(ffi: Any, libc: Any, libm: Any) -> list[Operation]:
    """What is timed: a name, the operation, and the result it has to give."""
    int_ptr = ffi.typeof("int *")
    p = ffi.new("point *", {"x": 7, "y": 2, "z": 3.0})
    a = ffi.new("int[]", list(range(1000)))
    shuffled = [(i * 37) % 101 for i in range(101)]
    to_sort = ffi.new("int[101]")
    text = ffi.new("char[]", b"hello")
    out = ffi.new("char[]", 32)
    data = bytearray(b"0123456789")
    number = ffi.cast("int", 42)
    fabs, absolute, strlen, div = libm.fabs, libc.abs, libc.strlen, libc.div
    snprintf, qsort = libc.snprintf, libc.qsort
    items = list(range(10))
    cast, int_size = ffi.cast, ffi.sizeof("int")

    @ffi.callback("int(const void *, const void *)")
    def compare(left: Any, right: Any) -> int:
        x, y = cast(int_ptr, left)[0], cast(int_ptr, right)[0]
        return int(x - y)

    @ffi.callback("int(int)")
    def increment(n: int) -> int:
        return n + 1

    def write_field() -> int:
        p.y = 9
        return int(p.y)

    def write_item() -> int:
        a[5] = 5
        return int(a[5])

    def sort() -> int:
        to_sort[0:101] = shuffled
        qsort(to_sort, 101, int_size, compare)
        return int(to_sort[100])

    def struct_by_value() -> int:
        return int(div(17, 5).rem)

    def move() -> int:
        ffi.memmove(data, text, 6)
        return data[4]

    return [
        ("abs(-3)", lambda: absolute(-3), 3),
        ("fabs(-2.5)", lambda: fabs(-2.5), 2.5),
        ("strlen(b'hello')", lambda: strlen(b"hello"), 5),
        ("div(17, 5), struct result", struct_by_value, 2),
        ("snprintf, variadic", lambda: snprintf(out, 32, b"%d", number), 2),
        ("callback there and back", lambda: increment(41), 42),
        ("qsort of 101, callback", sort, 100),
        ("new('int *', 5)[0]", lambda: ffi.new(int_ptr, 5)[0], 5),
        ("new('int[]', list of 10)", lambda: len(ffi.new("int[]", items)), 10),
        ("cast('int', 5)", lambda: int(ffi.cast("int", 5)), 5),
        ("p.x", lambda: p.x, 7),
        ("p.y = 9; p.y", write_field, 9),
        ("a[5]", lambda: a[5], 5),
        ("a[5] = 5; a[5]", write_item, 5),
        ("len(a[0:10])", lambda: len(a[0:10]), 10),
        ("list(int[1000])", lambda: len(list(a)), 1000),
        ("unpack(int[1000])", lambda: len(ffi.unpack(a, 1000)), 1000),
        ("string(char[])", lambda: ffi.string(text), b"hello"),
        ("buffer(char[])", lambda: len(ffi.buffer(text)), 6),
        ("from_buffer(bytearray)", lambda: len(ffi.from_buffer(data)), 10),
        ("memmove of 6 bytes", move, 111),
        ("addressof(p[0])", lambda: ffi.addressof(p[0]) == p, True),
    ]


def confirm(name: str, operation: Callable[[], Any], expected: Any) -> None:
    """Stops with a message when an operation does not give its result."""
    got = operation()
    if got != expected:
        sys.exit(f"{name} gave {got!r} instead of {expected!r}")


def nanoseconds(operation: Callable[[], Any]) -> float:
    """The best time of one call, of several rounds."""
    timer = timeit.Timer(operation)
    number = 1
    while True:
        seconds = timer.timeit(number)
        if seconds >= TARGET_SECONDS / 4:
            break
        number *= 4
    number = max(1, int(number * TARGET_SECONDS / seconds))
    return min(timer.repeat(ROUNDS, number)) / number * 1e9


def main(which: str) -> None:
    if which == "stock":
        use_stock()
    import cffi
    from _support import open_library

    ffi = cffi.FFI()
    ffi.cdef(DECLARATIONS)
    libc = ffi.dlopen(None)
    math_ffi = cffi.FFI()
    math_ffi.cdef("double fabs(double);")
    libm = open_library(math_ffi, "m", ["libm.so.6", "libm.dylib"], "libc6")
    times = {}
    for name, operation, expected in operations(ffi, libc, libm):
        confirm(name, operation, expected)
        times[name] = nanoseconds(operation)
        confirm(name, operation, expected)
    backend = sys.modules["_cffi_backend"]
    print(json.dumps({"backend": backend.__file__, "times": times}))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "installed")
