"""Every operation, in a loop: reference counts and memory end where they began.

Each operation runs `ROUNDS` times to warm up, then the measures are taken before and after
ten times as many rounds: Python's allocated blocks, the counts of objects that the operation
uses, the bytes that `malloc` has given out, and the resident memory of the process. An
operation that leaks one block or one reference each time moves the first two by `10 * ROUNDS`;
one that leaks C memory moves the others.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import sys
import sysconfig
from collections.abc import Callable
from typing import Any

import _cffi_backend as B
import pytest

from tests.memory import heap, resident

IS_STOCK = not hasattr(B, "__path__")
ROUNDS = 300
MANY = 10 * ROUNDS

#: Python blocks that may come and go by themselves (caches, free lists, the test's own numbers).
BLOCKS_SLACK = ROUNDS // 2

#: Bytes that `malloc` may hold without a leak: less than the smallest block, `MANY` times.
HEAP_SLACK = 64 * 1024

#: Bytes of pages that the process may take without a leak.
MEMORY_SLACK = 1024 * 1024


def prim(name):
    return B.new_primitive_type(name)


def ptr(item):
    return B.new_pointer_type(item)


def arr(item, n=None):
    return B.new_array_type(ptr(item), n)


def fn(result, *args, ellipsis=False):
    return B.new_function_type(args, result, ellipsis)


INT, CHAR, BOOL, LONG, DOUBLE = (prim(n) for n in ("int", "char", "_Bool", "long", "double"))
LDOUBLE, CHAR16, CHAR32 = prim("long double"), prim("char16_t"), prim("char32_t")
VOID = B.new_void_type()
VOID_P, INT_P, CHAR_P = ptr(VOID), ptr(INT), ptr(CHAR)
INTS, CHARS = arr(INT), arr(CHAR)
STRUCT = B.new_struct_type("struct s")
B.complete_struct_or_union(
    STRUCT, [("x", INT), ("y", DOUBLE), ("b", INT, 3), ("a", arr(INT, 3)), ("p", INT_P)]
)
STRUCT_P = ptr(STRUCT)
POINT = B.new_struct_type("struct point")
B.complete_struct_or_union(POINT, [("x", INT), ("y", INT)])
POINT_P = ptr(POINT)
VAR = B.new_struct_type("struct v")
B.complete_struct_or_union(VAR, [("n", INT), ("items", INTS)])
VAR_P = ptr(VAR)
ENUM = B.new_enum_type("enum e", ("A", "B"), (0, 1), INT)

UNARY = fn(INT, INT)
ADD = B.cast(fn(LONG, INT, LONG), B._testfunc(1))
STEP = B.cast(fn(INT_P, INT_P), B._testfunc(6))
PASS = B.cast(fn(INT, CHAR_P), B._testfunc(23))
SUM = B.cast(fn(INT, INT, ellipsis=True), B._testfunc(9))
MAKE = B.cast(fn(POINT, INT), B._testfunc(11))
LONG_DOUBLE = B.cast(fn(LDOUBLE, LDOUBLE, INT), B._testfunc(19))
ECHO = B.callback(UNARY, lambda n: n)
POINTS = B.callback(fn(POINT, POINT), lambda p: p)
FAILING = B.callback(UNARY, lambda n: 1 // 0)
WRONG = B.callback(UNARY, lambda n: "text")
ONERROR = B.callback(UNARY, lambda n: 1 // 0, 3, lambda *a: 5)

P = B.newp(INT_P, 70000)
A = B.newp(arr(INT, 10), list(range(70000, 70010)))
S = B.newp(STRUCT_P, [70000, 2.5])
V = B.newp(VAR_P, [1, [70000, 2, 3]])
TEXT = B.newp(CHARS, b"hello")
WIDE = B.newp(arr(CHAR32), "hello\U0001f600")
DATA = bytearray(b"0123456789abcdef")
HANDLE = B.newp_handle(VOID_P, "object")
ARGUMENT = B.cast(INT, 70000)
LIST = [70000 + i for i in range(10)]


def refused(call: Callable[[], Any]) -> Callable[[], None]:
    """Returns an operation that raises."""

    def run() -> None:
        with contextlib.suppress(Exception):
            call()

    return run


def store(target: Any, index: Any, value: Any) -> Callable[[], None]:
    def run() -> None:
        target[index] = value

    return run


def cycle(make: Callable[[list[Any]], Any]) -> Callable[[], None]:
    """Returns an object that refers to itself through `make`; the collector has to find it."""

    def run() -> None:
        box: list[Any] = []
        box.append(make(box))

    return run


def write_fields() -> None:
    S.x = 70000
    S.b = 1
    S.a = [1]
    S.p = P


def with_release() -> None:
    with B.from_buffer(CHARS, DATA) as c:
        c[0] = b"x"


def complete() -> None:
    ct = B.new_struct_type("struct t")
    B.complete_struct_or_union(ct, [("a", INT), ("b", arr(DOUBLE, 3)), ("c", INT, 3)])
    B.newp(ptr(ct), [1, [2.0], 3])


def complete_twice() -> None:
    ct = B.new_struct_type("struct t")
    B.complete_struct_or_union(ct, [("a", INT)])
    with contextlib.suppress(TypeError):
        B.complete_struct_or_union(ct, [("a", INT)])


def library() -> None:
    lib = B.load_library("libm.so.6")
    lib.load_function(fn(DOUBLE, DOUBLE), "fabs")(-2.5)
    lib.close_lib()


OPERATIONS: dict[str, Callable[[], Any]] = {
    # types
    "new_primitive_type": lambda: B.new_primitive_type("unsigned long"),
    "new_primitive_type refused": refused(lambda: B.new_primitive_type("no such type")),
    "new_pointer_type": lambda: ptr(ptr(ptr(DOUBLE))),
    "new_array_type": lambda: arr(DOUBLE, 77),
    "new_array_type refused": refused(lambda: arr(DOUBLE, -1)),
    "new_function_type": lambda: fn(DOUBLE, INT_P, arr(INT, 3), POINT),
    "new_function_type variadic": lambda: fn(DOUBLE, INT_P, ellipsis=True),
    "new_function_type refused": refused(lambda: fn(INT, VOID)),
    "new_function_type refused by a tuple": refused(lambda: fn(INT, 5)),
    "new_enum_type": lambda: B.new_enum_type("enum t", ("A", "B"), (1000, 2000), INT),
    "new_enum_type refused": refused(lambda: B.new_enum_type("enum t", ("A", "B"), (1, 2**70), INT)),
    "complete_struct_or_union": complete,
    "complete_struct_or_union twice": complete_twice,
    "complete refused": refused(
        lambda: B.complete_struct_or_union(B.new_struct_type("t"), [("a", INT), ("b", VOID)])
    ),
    "complete refused by a duplicate": refused(
        lambda: B.complete_struct_or_union(B.new_struct_type("t"), [("a", INT), ("a", LONG)])
    ),
    "ctype attributes": lambda: (
        STRUCT.fields,
        ENUM.elements,
        ENUM.relements,
        UNARY.args,
        dir(STRUCT),
        repr(INT),
    ),
    "ctype attribute refused": refused(lambda: INT.fields),
    "typeof, sizeof, alignof": lambda: (B.typeof(P), B.sizeof(A), B.alignof(STRUCT)),
    "sizeof refused": refused(lambda: B.sizeof(VOID)),
    "typeoffsetof": lambda: (B.typeoffsetof(STRUCT, "a"), B.typeoffsetof(INTS, 70000)),
    "typeoffsetof refused": refused(lambda: B.typeoffsetof(STRUCT, "z")),
    "getcname": lambda: B.getcname(INTS, "name"),
    # memory
    "newp": lambda: B.newp(INT_P, 70000),
    "newp refused": refused(lambda: B.newp(INT_P, "x")),
    "newp struct, list": lambda: B.newp(STRUCT_P, [70000, 2.5, 1, [1, 2, 3], P]),
    "newp struct, dict": lambda: B.newp(STRUCT_P, {"x": 70000, "a": [1]}),
    "newp struct, refused": refused(lambda: B.newp(STRUCT_P, {"x": 70000, "z": 1})),
    "newp struct, item": lambda: B.newp(STRUCT_P)[0],
    "newp array": lambda: B.newp(INTS, LIST),
    "newp array, refused": refused(lambda: B.newp(INTS, [70000, "x"])),
    "newp large": lambda: B.newp(CHARS, 100_000),
    "newp var-sized": lambda: B.newp(VAR_P, [1, LIST]).items,
    "newp bytes, str": lambda: (B.newp(CHARS, b"hello"), B.newp(arr(CHAR16), "hé\U0001f600")),
    "newp without memory": refused(lambda: B.newp(CHARS, sys.maxsize - 100)),
    "release": lambda: B.release(B.newp(INTS, 100)),
    "with from_buffer": with_release,
    "from_buffer": lambda: B.from_buffer(INTS, DATA),
    "from_buffer refused": refused(lambda: B.from_buffer(arr(INT, 50), DATA)),
    "from_buffer of a str": refused(lambda: B.from_buffer(CHARS, "x")),
    "buffer": lambda: (B.buffer(A)[:], bytes(B.buffer(A)), B.buffer(A)[3]),
    "buffer in a memoryview": lambda: bytes(memoryview(B.buffer(A))[3:5]),
    "buffer store": lambda: B.buffer(B.newp(INT_P)).__setitem__(slice(0, 2), b"ab"),
    "buffer compared": lambda: (B.buffer(A) == DATA, B.buffer(A) < b"x"),
    "buffer refused": refused(lambda: B.buffer(A)["x"]),
    "memmove": lambda: B.memmove(DATA, A, 4),
    "memmove refused": refused(lambda: B.memmove(DATA, A, -1)),
    "memmove to read-only": refused(lambda: B.memmove(b"abc", A, 1)),
    "string": lambda: (
        B.string(TEXT),
        B.string(WIDE),
        B.string(B.cast(ENUM, 1)),
        B.string(B.cast(ENUM, 70000)),
    ),
    "string refused": refused(lambda: B.string(B.cast(CHAR_P, 0))),
    "unpack": lambda: (B.unpack(A, 10), B.unpack(TEXT, 5), B.unpack(WIDE, 5)),
    "unpack refused": refused(lambda: B.unpack(B.newp(arr(BOOL, 3), [1, 0, 1]), -1)),
    "handle": lambda: B.from_handle(B.newp_handle(VOID_P, [1])),
    "handle's repr": lambda: repr(HANDLE),
    "handle in a cycle": cycle(lambda box: B.newp_handle(VOID_P, box)),
    "gcp": lambda: B.gcp(B.newp(INT_P), lambda x: None),
    "gcp released": lambda: B.release(B.gcp(B.newp(INT_P), lambda x: None)),
    "gcp without destructor": lambda: B.gcp(B.gcp(P, id), None),
    "gcp in a cycle": cycle(lambda box: B.gcp(B.newp(INT_P), lambda x, box=box: None)),
    "gcp of a gcp": lambda: B.gcp(B.gcp(B.newp(INT_P), id), id),
    "rawaddressof": lambda: B.rawaddressof(INT_P, S, 4),
    # values
    "cast": lambda: (
        B.cast(INT, 70000),
        B.cast(DOUBLE, 2.5),
        B.cast(VOID_P, P),
        B.cast(BOOL, 5),
        B.cast(CHAR, 66),
    ),
    "cast refused": refused(lambda: B.cast(INT, [])),
    "cast text": lambda: (B.cast(INT, "x"), B.cast(CHAR32, "x"), B.cast(INT, b"x")),
    "item read": lambda: (P[0], A[3], S[0], V.items[0]),
    "item read refused": refused(lambda: A[100]),
    "item write": store(A, 0, 70000),
    "item write refused": refused(store(A, 0, "x")),
    "field read": lambda: (S.x, S.y, S.b, S.a, S.p),
    "field read refused": refused(lambda: S.z),
    "field write": write_fields,
    "field write refused": refused(lambda: setattr(S, "b", 70000)),
    "null": refused(lambda: B.cast(INT_P, 0)[0]),
    "struct write": store(B.newp(POINT_P), 0, [70000, 2]),
    "struct write refused": refused(store(B.newp(POINT_P), 0, [1, 2, 3])),
    "slice": lambda: (A[2:5], list(A[2:5]), len(A[0:0])),
    "slice refused": refused(lambda: A[5:2]),
    "slice write": store(A, slice(0, 10), LIST),
    "slice write, cdata": lambda: A.__setitem__(slice(0, 5), A[5:10]),
    "slice write, iterator": lambda: A.__setitem__(slice(0, 3), iter([1, 2, 3])),
    "slice write refused": refused(lambda: A.__setitem__(slice(0, 3), [1, 2, 3, 4])),
    "iteration": lambda: list(A),
    "iteration given up": lambda: next(iter(A)),
    "dir, repr": lambda: (dir(S), repr(S), repr(A), repr(ARGUMENT), repr(B.cast(LDOUBLE, 2))),
    "numbers": lambda: (int(ARGUMENT), bool(P), float(B.cast(DOUBLE, 2)), int(B.cast(BOOL, 1))),
    "numbers refused": refused(lambda: int(P)),
    "comparison": lambda: (P == A, P < A, ARGUMENT == 70000, ARGUMENT < 5, hash(P), hash(ARGUMENT)),
    "comparison refused": refused(lambda: B.cast(LDOUBLE, 1) == 1),
    "arithmetic": lambda: (A + 3, 3 + A, (A + 3) - A, A + 5 - 2),
    "arithmetic refused": refused(lambda: P + P),
    # calls
    "call": lambda: ADD(70000, 2),
    "call refused by the count": refused(lambda: ADD(1)),
    "call refused by a value": refused(lambda: ADD(70000, "x")),
    "call with a list": lambda: STEP([70000, 2]),
    "call with a long list": lambda: STEP(LIST * 100),
    "call with a list, refused": refused(lambda: STEP([70000] * 500 + ["x"])),
    "call with bytes": lambda: PASS(b"hello"),
    "call with a cdata": lambda: (PASS(TEXT), STEP(P)),
    "variadic call": lambda: SUM(2, ARGUMENT, B.cast(prim("short"), 5)),
    "variadic call refused": refused(lambda: SUM(2, ARGUMENT, 5)),
    "struct result": lambda: MAKE(5).x,
    "long double": lambda: LONG_DOUBLE(0.5, 1),
    "call of NULL": refused(lambda: B.cast(UNARY, 0)(1)),
    "errno": lambda: (B.set_errno(70000), B.get_errno(), B.set_errno(0)),
    # callbacks
    "callback made": lambda: B.callback(UNARY, lambda n: n),
    "callback refused": refused(lambda: B.callback(UNARY, lambda n: n, "x")),
    "callback in a cycle": cycle(lambda box: B.callback(UNARY, lambda n, box=box: n)),
    "callback called": lambda: ECHO(70000),
    "callback with a struct": lambda: POINTS([70000, 2]).y,
    "callback that fails": lambda: FAILING(5),
    "callback with a wrong result": lambda: WRONG(5),
    "callback with onerror": lambda: ONERROR(5),
    # libraries
    "library": library,
    "library refused": refused(lambda: B.load_library("no/such/library.so")),
    "symbol refused": refused(lambda: B.load_library(None).load_function(UNARY, "no_such_symbol")),
    "variable": lambda: B.load_library(None).read_variable(INT, "opterr"),
}

#: Operations that leak with the stock backend.
STOCK_LEAKS = {"numbers"}  # int() of a _Bool leaves a reference to True; it shows before 3.12

#: Objects whose counts every operation has to leave alone.
WATCHED: list[Any] = [
    INT, CHAR, DOUBLE, VOID, VOID_P, INT_P, CHAR_P, INTS, CHARS, STRUCT, STRUCT_P, POINT, VAR, ENUM, UNARY,
    P, A, S, S[0], V, TEXT, WIDE, DATA, HANDLE, ARGUMENT, LIST, ECHO, ADD, STEP,
    B._CDataBase, B.CType, B.CField, B.CLibrary, B.buffer, None, True, False, b"", "", (),
]  # fmt: skip


def counts() -> list[int]:
    return [sys.getrefcount(thing) for thing in WATCHED]


@dataclasses.dataclass
class Growth:
    """What `MANY` rounds of an operation left behind."""

    blocks: int
    counts: list[int]
    references: int
    heap: int
    memory: int


def fixed(i: int) -> bool:
    """Returns whether a count has been fixed: without a GIL that happens to types that threads share."""
    return sys.version_info >= (3, 13) and sys.getrefcount(WATCHED[i]) >= 2**31


def measure(operation: Callable[[], Any]) -> Growth:
    """Runs an operation `MANY` times, after a warm-up, and sees what it leaves behind."""
    references = getattr(sys, "gettotalrefcount", lambda: 0)
    repeat(operation, ROUNDS)
    gc.collect()
    before = (sys.getallocatedblocks(), counts(), references(), heap(), resident())
    repeat(operation, MANY)
    gc.collect()
    return Growth(
        blocks=sys.getallocatedblocks() - before[0],
        counts=[now - was for now, was in zip(counts(), before[1], strict=True)],
        references=references() - before[2],
        heap=heap() - before[3],
        memory=resident() - before[4],
    )


def repeat(operation: Callable[[], Any], rounds: int) -> None:
    for _ in range(rounds):
        operation()


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Failing callbacks are part of the table: their reports are not."""
    monkeypatch.setattr("sys.unraisablehook", lambda report: None)


@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_is_left(name: str) -> None:
    if IS_STOCK and name in STOCK_LEAKS:
        pytest.skip("the stock backend leaks here")
    if name == "library" and sys.platform != "linux":
        pytest.skip("the library's name is that of Linux")
    growth = measure(OPERATIONS[name])
    # Without a GIL cycles wait longer for the collector, so pages come and go; what leaks grows each time.
    for _ in range(4 if sysconfig.get_config_var("Py_GIL_DISABLED") else 0):
        if growth.memory < MEMORY_SLACK:
            break
        growth = measure(OPERATIONS[name])
    assert growth.blocks < BLOCKS_SLACK, growth
    assert growth.references < BLOCKS_SLACK, growth
    # Immortal objects have a count that does not change; a missing reference is as bad as one too many.
    wrong = [(WATCHED[i], n) for i, n in enumerate(growth.counts) if abs(n) >= ROUNDS and not fixed(i)]
    assert not wrong, f"reference counts after {MANY} rounds: {wrong}"
    assert growth.heap < HEAP_SLACK, growth
    assert growth.memory < MEMORY_SLACK, growth


def test_the_measures_see_a_leak() -> None:
    kept: list[Any] = []
    assert measure(lambda: kept.append(object())).blocks >= MANY
    growth = measure(lambda: kept.append(INT))
    assert growth.counts[WATCHED.index(INT)] == MANY
    # A backend may take small cdata from Python's allocator or from malloc; one of both has to show.
    growth = measure(lambda: kept.append(B.newp(INT_P)))
    assert growth.blocks >= MANY or growth.heap > HEAP_SLACK or not heap()
    if resident():
        assert measure(lambda: kept.append(B.newp(CHARS, b"x" * 20_000))).memory > MEMORY_SLACK
