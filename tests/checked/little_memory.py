"""A program for `test_little_memory.py`: checked mode with little memory left.

`python little_memory.py` does each operation again and again, in a child process for each of many limits, until there is no
memory or until the operation has been done often enough. It prints the name, the limit and the outcome: `done`,
`MemoryError`, `error` for another exception, or `died` with the status.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from collections.abc import Callable
from typing import Any

import cffi
from ferrocffi.checked import regions

LIMITS = [0, 1 << 12, 1 << 14, 1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 20, 3 << 20, 1 << 23]
OFTEN = 3000

ffi = cffi.FFI()
ffi.cdef("""
    struct pair { int x, y; };
    size_t strlen(const char *);
    void *malloc(size_t);
    void free(void *);
    void *memset(void *, int, size_t);
    void qsort(int *, size_t, size_t, int (*)(const void *, const void *));
    typedef struct { int quot; int rem; } div_t;
    div_t div(int, int);
""")
lib = ffi.dlopen(None)
kept: list[Any] = []
data = bytearray(64)
large = b"x" * (1 << 20)
allocator = ffi.new_allocator(lambda size: ffi.new("char[]", size))
# Each function is looked at once before the limit.
ffi.new("int[4]"), ffi.new("char[]", b"x"), ffi.new("struct pair *", [1, 2]), lib.strlen(b"a"), lib.div(7, 2)
lib.free(lib.malloc(8))
lib.memset(ffi.new("char[4]"), 0, 4)
compare = ffi.callback("int(*)(const void *, const void *)", lambda a, b: 0)
lib.qsort([2, 1], 2, 4, compare)
dead = ffi.cast("int *", ffi.new("int[4]"))
short = ffi.new("int[4]")


def refused(access: Callable[[], Any]) -> None:
    try:
        access()
    except RuntimeError:
        return
    raise AssertionError("nothing was raised")


NEW = compile("ffi.new('int *')", "new.py", "eval")
IN_FILES = [NEW.replace(co_filename=f"file{number}.py") for number in range(2000)]
"""Made while there is memory, since CPython 3.13 can raise SystemError from `replace()` without it."""


def new_file() -> None:
    kept.append(eval(IN_FILES[len(kept) % len(IN_FILES)]))


OPERATIONS: dict[str, Callable[[], Any]] = {
    "new, small": lambda: kept.append(ffi.new("int[4]")),
    "new, a text": lambda: kept.append(ffi.new("char[]", b"text" * 20)),
    "new, a struct": lambda: kept.append(ffi.new("struct pair *", [1, 2])),
    "new, large": lambda: kept.append(ffi.new("char[]", 1 << 16)),
    "new, very large": lambda: kept.append(ffi.new("char[]", 1 << 22)),
    "new and freed": lambda: ffi.new("int[100]"),
    "new and freed, large": lambda: ffi.new("char[]", 1 << 16),
    "new and released": lambda: ffi.release(ffi.new("int[100]")),
    "new, in another file": new_file,
    "from_buffer": lambda: kept.append(ffi.from_buffer(data)),
    "from_buffer, of bytes": lambda: kept.append(ffi.from_buffer(bytes(100))),
    "from_buffer and released": lambda: ffi.release(ffi.from_buffer(bytearray(50))),
    "gc": lambda: kept.append(ffi.gc(ffi.cast("int *", 0x10000 + 64 * len(kept)), lambda p: None, 16)),
    "allocator": lambda: kept.append(allocator("int[3]")),
    "handles": lambda: kept.append(ffi.new_handle(kept)),
    "callbacks": lambda: kept.append(ffi.callback("int(int)", abs)),
    "callbacks and freed": lambda: ffi.callback("int(int)", abs),
    "malloc": lambda: kept.append(lib.malloc(40)),
    "malloc and free": lambda: lib.free(lib.malloc(4000)),
    "call with bytes": lambda: (kept.append(b"%100d" % len(kept)), lib.strlen(kept[-1])),
    "call with many bytes": lambda: (kept.append(bytes(5000)), lib.strlen(large)),
    "call with a list": lambda: (kept.append(bytes(500)), lib.qsort([3, 2, 1] * 30, 90, 4, compare)),
    "struct results": lambda: kept.append(lib.div(7, 2)),
    "freed memory is read": lambda: (kept.append(bytes(500)), refused(lambda: dead[0])),
    "an item too far": lambda: (kept.append(bytes(500)), refused(lambda: (short + 4)[0])),
    "a wild address": lambda: (kept.append(bytes(5000)), refused(lambda: ffi.cast("int *", 0x70001000)[0])),
    "C writes too far": lambda: (kept.append(bytes(500)), refused(lambda: lib.memset(short, 1, 17))),
    "a free that is wrong": lambda: (kept.append(bytes(500)), refused(lambda: lib.free(short))),
    "the list of all": lambda: (kept.append(bytes(500)), regions()),
}


def outcome(operation: Callable[[], Any], limit: int) -> str:
    child = os.fork()
    if not child:
        sys.unraisablehook = lambda unraisable: None
        with open("/proc/self/statm") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + limit, now + limit))
        code = 10
        try:
            for _ in range(OFTEN):
                operation()
        except MemoryError:
            code = 11
        except BaseException as error:
            code = 12
            with contextlib.suppress(MemoryError):
                os.write(2, f"{error!r}\n".encode())
        os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {10: "done", 11: "MemoryError", 12: "error"}.get(status, f"died {status}")


def main() -> None:
    for name, operation in OPERATIONS.items():
        for limit in LIMITS:
            print(f"{name} | {limit} | {outcome(operation, limit)}", flush=True)


main()
