"""Everything at once, from many threads: ``python -m tests.threads.stress [seconds] [threads]``.

Each thread does random operations on types, data and functions that all of them share, and checks every result.
Types are made anew all the time, so that threads meet while the same type is made, completed, looked up and freed.
"""

from __future__ import annotations

import contextlib
import gc
import random
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import _cffi_backend as B
import cffi

INT, LONG, CHAR, DOUBLE = (B.new_primitive_type(n) for n in ("int", "long", "char", "double"))
VOID_P = B.new_pointer_type(B.new_void_type())
INT_P, CHAR_P = B.new_pointer_type(INT), B.new_pointer_type(CHAR)
UNARY = B.new_function_type((INT,), INT)
ADD = B.cast(B.new_function_type((INT, LONG), LONG), B._testfunc(1))
C = B.load_library(None)
STRLEN = C.load_function(B.new_function_type((CHAR_P,), LONG), "strlen")
QSORT = C.load_function(
    B.new_function_type((VOID_P, LONG, LONG, B.new_function_type((VOID_P, VOID_P), INT)), B.new_void_type()),
    "qsort",
)
COMPARE = B.callback(
    B.new_function_type((VOID_P, VOID_P), INT), lambda a, b: B.cast(INT_P, a)[0] - B.cast(INT_P, b)[0]
)
TWICE = B.callback(UNARY, lambda n: 2 * n)

SHARED_FFI = cffi.FFI()
SHARED_FFI.cdef("struct node { struct node *next; int value; char name[8]; unsigned bits : 5; };")
SHARED_NODE = SHARED_FFI.new("struct node *", {"value": 7})

# A fresh `FFI` of an out-of-line module, whose types are built when they are first used.
_ffi = cffi.FFI()
_ffi.cdef(
    "struct inner { int a, b; }; struct outer { struct inner one; struct inner *two; struct outer *next;"
    " int (*f)(struct outer *); int many[5]; }; enum color { RED, GREEN = 5 }; typedef struct outer outer_t;"
    "size_t strlen(const char *);"
)
_ffi.set_source("_stress_module", None)
_SOURCE: list[str] = []


def fresh_ffi() -> Any:
    """Returns a new `FFI` object of the out-of-line kind."""
    scope: dict[str, Any] = {}
    exec(_SOURCE[0], scope)
    return scope["ffi"]


class Round:
    """What the threads share for a while, until another round takes its place."""

    def __init__(self) -> None:
        self.struct = B.new_struct_type("struct round")
        self.ffi = fresh_ffi()
        self.box: list[Any] = [B.newp(INT_P, 5), None, None]


def numbered_types(r: random.Random, _: Round) -> None:
    n = r.randrange(1, 40)
    array = B.new_array_type(INT_P, n)
    assert array is B.new_array_type(INT_P, n) and array.length == n and array.cname == f"int[{n}]"
    data = B.newp(array, list(range(n)))
    assert len(data) == n and data[n - 1] == n - 1
    pointer = B.new_pointer_type(array)
    assert pointer.item is array
    assert B.new_pointer_type(pointer).item is pointer


def function_types(r: random.Random, _: Round) -> None:
    args = tuple(r.choice((INT, LONG, DOUBLE, CHAR_P)) for _ in range(r.randrange(4)))
    ct = B.new_function_type(args, INT)
    assert ct is B.new_function_type(args, INT) and ct.args == args


def complete(r: random.Random, shared: Round) -> None:
    """All threads try to complete the same struct; exactly what is complete is seen."""
    fields = [("x", INT), ("y", DOUBLE), ("z", INT_P)]
    try:
        B.complete_struct_or_union(shared.struct, fields)
    except TypeError as error:
        assert "non-initialized" in str(error), error
    except ValueError as error:
        assert "construction" in str(error), error
    seen = shared.struct.fields
    assert seen is None or [name for name, _ in seen] == ["x", "y", "z"], seen
    if seen is not None:
        assert B.sizeof(shared.struct) == 24
        p = B.newp(B.new_pointer_type(shared.struct), {"x": 3})
        assert p.x == 3 and p.y == 0.0


def realize(r: random.Random, shared: Round) -> None:
    ffi = shared.ffi
    p = ffi.new("struct outer *", {"many": [1, 2, 3]})
    p.one.b = 9
    assert p.many[2] == 3 and p.one.b == 9 and p[0].one.a == 0
    assert ffi.sizeof("outer_t") == 56, ffi.sizeof("outer_t")
    assert ffi.typeof("struct outer *") is ffi.typeof(p)
    n = r.randrange(1, 30)
    assert ffi.sizeof(f"struct inner[{n}]") == 8 * n
    assert ffi.typeof("enum color").relements == {"RED": 0, "GREEN": 5}
    assert ffi.dlopen(None).strlen(b"12345") == 5


def parse(r: random.Random, _: Round) -> None:
    ffi = cffi.FFI()
    ffi.cdef("typedef struct { int a; } t; int abs(int);")
    assert ffi.sizeof("t") == 4 and ffi.typeof("t *").item is ffi.typeof("t")
    assert SHARED_FFI.sizeof("struct node") == 24
    assert SHARED_FFI.typeof("struct node *") is SHARED_FFI.typeof(SHARED_NODE)


def fields(r: random.Random, _: Round) -> None:
    node = SHARED_FFI.new("struct node *", {"value": 3, "name": b"abc", "bits": 17})
    node.next = SHARED_NODE
    assert node.next.value == 7 and node.bits == 17 and SHARED_FFI.string(node.name) == b"abc"


def casts(r: random.Random, _: Round) -> None:
    n = r.randrange(-(2**31), 2**31)
    assert int(B.cast(INT, n)) == n
    p = B.cast(INT_P, 4096 + 4 * (n & 0xFFFF))
    assert int(B.cast(LONG, p + 3)) == int(B.cast(LONG, p)) + 12


def calls(r: random.Random, _: Round) -> None:
    assert ADD(r.randrange(100), 23) >= 23
    assert STRLEN(b"x" * r.randrange(50)) < 50
    assert TWICE(21) == 42


def call_back(r: random.Random, _: Round) -> None:
    n = r.randrange(2, 20)
    data = B.newp(B.new_array_type(INT_P, n), [r.randrange(1000) for _ in range(n)])
    expected = sorted(data)
    QSORT(data, n, 4, COMPARE)
    assert list(data) == expected
    mine = B.callback(UNARY, lambda x: x + n)
    assert mine(1) == n + 1


def handles(r: random.Random, shared: Round) -> None:
    obj = object()
    handle = B.newp_handle(VOID_P, obj)
    assert B.from_handle(handle) is obj
    shared.box[1] = handle
    other = shared.box[1]
    assert B.from_handle(other) is not None
    address = B.cast(VOID_P, other)
    del handle, other
    with contextlib.suppress(RuntimeError):
        B.from_handle(address)


def owners(r: random.Random, shared: Round) -> None:
    called = []
    p = B.gcp(B.newp(INT_P, 3), called.append)
    shared.box[2] = p
    B.gcp(p, None) if r.randrange(2) else B.release(p)
    other = shared.box[2]
    repr(other)
    del p
    shared.box[0] = B.newp(INT_P, 5)
    assert shared.box[0][0] == 5


def buffers(r: random.Random, shared: Round) -> None:
    store = bytearray(16)
    view = B.from_buffer(B.new_array_type(INT_P, None), store)
    view[3] = 77
    assert bytes(B.buffer(view))[12] == 77
    repr(view)
    B.release(view)
    store.append(1)
    data = B.newp(B.new_array_type(CHAR_P, 10), b"0123456")
    assert B.string(data) == b"0123456" and B.unpack(data, 3) == b"012"
    assert list(data[2:4]) == [b"2", b"3"]


def look(r: random.Random, shared: Round) -> None:
    ct = r.choice((INT_P, UNARY, shared.struct, SHARED_FFI.typeof("struct node")))
    repr(ct), ct.kind, hash(ct), ct == INT_P, ct.cname
    if r.randrange(50) == 0:
        gc.collect()


OPERATIONS: list[Callable[[random.Random, Round], None]] = [
    numbered_types,
    function_types,
    complete,
    realize,
    parse,
    fields,
    casts,
    calls,
    call_back,
    handles,
    owners,
    buffers,
    look,
]
WEIGHTS = [10, 5, 8, 8, 1, 10, 10, 10, 5, 8, 8, 5, 2]


def run(seconds: float, count: int) -> int:
    """Work for that long; the number of operations done. Raises what the first thread that failed has raised."""
    if not _SOURCE:
        import tempfile
        from pathlib import Path

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "_stress_module.py"
            _ffi.emit_python_code(str(path))
            _SOURCE.append(path.read_text())
    current = [Round()]
    done = [0] * count
    failures: list[BaseException] = []
    end = time.monotonic() + seconds
    start = threading.Barrier(count)

    def work(number: int) -> None:
        r = random.Random(number)
        start.wait()
        try:
            while time.monotonic() < end and not failures:
                for operation in r.choices(OPERATIONS, WEIGHTS, k=20):
                    operation(r, current[0])
                done[number] += 20
                if r.randrange(10) == 0:
                    current[0] = Round()
        except BaseException as error:
            traceback.print_exc()
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(done)


if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    total = run(seconds, count)
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    print(f"{total} operations in {seconds:.0f} s by {count} threads; the GIL is {'on' if gil else 'off'}")
    if hasattr(B, "_checked_quarantine"):
        pieces, size = B._checked_quarantine()
        alive = len(B._checked_regions())
        print(f"checked mode keeps {pieces} pieces of freed memory, {size} bytes; {alive} regions are alive")
        assert pieces <= 2048 and size <= 64 << 20, "the registry has grown"
