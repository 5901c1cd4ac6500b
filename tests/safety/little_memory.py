"""A program for `test_little_memory.py`: operations whose memory use the caller chooses, run with little memory left.

`python little_memory.py NAME...` does each operation in a child process for each of many limits. It prints the name,
the limit and the outcome: `done`, `MemoryError`, `error` for another exception, or `died` with the status.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from collections.abc import Callable
from typing import Any

import _cffi_backend as B

N = int(os.environ.get("FERROCFFI_TEST_SIZE") or 1 << 22)
"""What the operations are sized by."""
LIMITS = [
    0,
    1 << 12,
    1 << 16,
    1 << 18,
    1 << 20,
    *(N * k // 4 for k in (2, 3, 4, 5, 7, 9, 13, 17, 25, 41, 81, 200)),
]

INT = B.new_primitive_type("int")
INT_P = B.new_pointer_type(INT)
CHAR_P = B.new_pointer_type(B.new_primitive_type("char"))
VOID_P = B.new_pointer_type(B.new_void_type())
WIDE = B.new_array_type(B.new_pointer_type(B.new_primitive_type("char16_t")), None)
WIDE4 = B.new_array_type(B.new_pointer_type(B.new_primitive_type("char32_t")), None)
LONG = "x" * N
BYTES = b"x" * N
SURROGATES = LONG[:-1] + "\udc80"
MANY = N // 64
BIG = B.new_struct_type(f"struct {LONG}")
BIG_P = B.new_pointer_type(BIG)
WHOLE = B.new_struct_type(f"struct w{LONG}")
B.complete_struct_or_union(WHOLE, [("a", INT)])
WHOLE_P = B.new_pointer_type(WHOLE)
ENUM = B.new_enum_type("enum e", (LONG,), (1,), INT)
FIELDS = [(f"field_{i}", INT) for i in range(MANY)]
LARGE = B.new_struct_type("struct large")
B.complete_struct_or_union(LARGE, [("items", B.new_array_type(INT_P, N // 4))])
FN = B.new_function_type((INT,), INT)
MANY_INTS = (INT,) * MANY
NUMBERS = list(range(MANY))
CDATA = [B.cast(INT, i) for i in range(MANY)]
LIBRARY = B.load_library(None)
PRINTF = B.new_function_type((CHAR_P,), INT, 1)
FFI = B.FFI()
LIB = FFI.dlopen(None)
# The stack counts as memory, and a failure to grow it cannot be reported. So it is grown here, before the limit.
with contextlib.suppress(RuntimeError):
    FFI.typeof("short " + "*" * 1000)
LIBRARY.load_function(PRINTF, "printf")(b"", *CDATA)
TYPES = b"\0\0\x07\x01" * MANY
GLOBALS = tuple(x for i in range(MANY) for x in (b"\xff\xff\xff\x1fA%08d" % i, i))
NUMBER = 1 << (8 * N // 8)


class Shown:
    """An object with a long repr."""

    def __repr__(self) -> str:
        return LONG

    def __call__(self, *arguments: Any) -> Any:
        raise ValueError(LONG)


SHOWN = Shown()
CALLBACK = B.callback(FN, SHOWN)
HANDLE = B.newp_handle(VOID_P, SHOWN)


def unaligned(pointer: Any, size: int, item: str) -> Any:
    memory = B.newp(B.new_array_type(CHAR_P, None), N + 1)
    wide = B.cast(B.new_pointer_type(B.new_primitive_type(item)), B.cast(CHAR_P, memory) + 1)
    return memory, B.unpack(wide, N // size)


def complete(*fields: Any, **more: Any) -> Any:
    ct = B.new_struct_type("struct s")
    B.complete_struct_or_union(ct, list(fields), None, more.get("size", -1), -1, more.get("flags", 0))
    return ct


def union_of(ct: Any) -> Any:
    union = B.new_union_type("union u")
    B.complete_struct_or_union(union, [("a", ct)])
    return B.new_function_type((union,), INT)


def many_types() -> Any:
    return [B.new_struct_type(f"struct s{i}") for i in range(MANY)]


def lookup_all() -> Any:
    made = []
    for i in range(MANY):
        made.append(B.new_array_type(INT_P, i))
    return made


OPERATIONS: dict[str, Callable[[], Any]] = {
    "struct": lambda: B.new_struct_type(LONG),
    "union": lambda: B.new_union_type(LONG),
    "enum": lambda: B.new_enum_type(LONG, ("a",), (1,), INT),
    "enumerators": lambda: B.new_enum_type("e", tuple(f"n{i}" for i in range(MANY)), tuple(NUMBERS), INT),
    "primitive": lambda: B.new_primitive_type(LONG),
    "pointer": lambda: B.new_pointer_type(BIG_P),
    "array": lambda: B.new_array_type(WHOLE_P, 3),
    "function": lambda: B.new_function_type((BIG_P,) * 4, BIG_P),
    "function of many": lambda: B.new_function_type(MANY_INTS, INT),
    "function of many structs": lambda: B.new_function_type((WHOLE,) * 8, WHOLE),
    "variadic function of many": lambda: B.new_function_type(MANY_INTS, INT, 1),
    "function with a bad tuple": lambda: B.new_function_type((*MANY_INTS, 1), INT),
    "function that libffi refuses": lambda: union_of(WHOLE),
    "function of a big unfinished struct": lambda: B.new_function_type((BIG,), INT),
    "function with an unfinished result": lambda: B.new_function_type((), BIG),
    "callback of many": lambda: B.callback(B.new_function_type(MANY_INTS, INT), SHOWN),
    "callback with a large error": lambda: B.callback(B.new_function_type((), LARGE), SHOWN, [[1]]),
    "callback that fails": lambda: CALLBACK(1),
    "callback of a wrong type": lambda: B.callback(BIG_P, SHOWN),
    "getcname": lambda: B.getcname(INT, LONG),
    "getctype": lambda: FFI.getctype("int", LONG),
    "repr of a type": lambda: repr(BIG_P),
    "repr of data": lambda: repr(B.cast(BIG_P, 0)),
    "repr of owned data": lambda: repr(B.newp(WHOLE_P)),
    "repr of a callback": lambda: repr(CALLBACK),
    "repr of a handle": lambda: repr(HANDLE),
    "repr of an enum": lambda: repr(B.cast(ENUM, 1)),
    "string of an enum": lambda: B.string(B.cast(ENUM, 1)),
    "name of a type": lambda: BIG_P.cname,
    "complete": lambda: complete(*FIELDS),
    "complete with many bit fields": lambda: complete(*((name, ct, 3) for name, ct in FIELDS)),
    "complete with a long name": lambda: complete((LONG, INT)),
    "complete twice a name": lambda: complete((LONG, INT), (LONG, INT)),
    "complete with an unfinished field": lambda: complete(("a", BIG)),
    "complete with a bad bit field": lambda: complete((LONG, INT, 99)),
    "complete with a small size": lambda: complete((LONG, INT), size=1),
    "complete with nested ones": lambda: complete(("", complete(*FIELDS))),
    "fields": lambda: complete(*FIELDS).fields,
    "types": many_types,
    "array types": lookup_all,
    "handles": lambda: [B.newp_handle(VOID_P, i) for i in range(MANY)],
    "callbacks": lambda: [B.callback(FN, abs) for i in range(MANY // 16)],
    "new array": lambda: B.newp(B.new_array_type(INT_P, None), N),
    "new from a long list": lambda: B.newp(B.new_array_type(INT_P, None), NUMBERS),
    "new of a wrong type": lambda: B.newp(BIG),
    "new of an unknown size": lambda: B.newp(BIG_P),
    "new with wrong data": lambda: B.newp(WHOLE_P, LONG),
    "new with an unknown field": lambda: B.newp(WHOLE_P, {LONG: 1}),
    "new with a wrong item": lambda: B.newp(B.new_array_type(INT_P, 3), [1, SHOWN]),
    "cast of a text": lambda: B.cast(INT, LONG),
    "cast to a long type": lambda: B.cast(BIG, 1),
    "store of a large number": lambda: B.newp(INT_P, NUMBER),
    "store of other data": lambda: B.newp(INT_P, B.cast(BIG_P, 0)),
    "attribute": lambda: getattr(B.newp(WHOLE_P), LONG),
    "attribute with surrogates": lambda: getattr(B.newp(WHOLE_P), SURROGATES),
    "set attribute": lambda: setattr(B.newp(WHOLE_P), LONG, 1),
    "null": lambda: B.cast(WHOLE_P, 0).a,
    "index": lambda: B.newp(WHOLE_P)[3],
    "index of a text": lambda: B.newp(INT_P)[LONG],
    "call of data": lambda: B.cast(BIG_P, 1)(1),
    "call with a long list": lambda: B.cast(B.new_function_type((INT_P,), INT), B._testfunc(0))(NUMBERS),
    "call with too many": lambda: B.cast(FN, 4096)(*NUMBERS),
    "variadic call with many": lambda: B.cast(
        PRINTF, B.cast(VOID_P, LIBRARY.load_function(PRINTF, "printf"))
    )(b"", *CDATA),
    "variadic call with a wrong one": lambda: LIBRARY.load_function(PRINTF, "printf")(b"", SHOWN),
    "call with a wrong argument": lambda: LIBRARY.load_function(FN, "abs")(LONG),
    "call by tuple": lambda: type(HANDLE).__call__(HANDLE, *NUMBERS),
    "keywords": lambda: B.string(**{LONG: 1}),
    "many keywords": lambda: B.string(**{f"k{i}": i for i in range(MANY)}),
    "buffer": lambda: B.buffer.__new__(B.buffer, *NUMBERS),
    "buffer with keywords": lambda: B.buffer.__new__(B.buffer, **{f"k{i}": i for i in range(MANY)}),
    "wide text": lambda: B.string(B.newp(WIDE, LONG)),
    "surrogate pairs": lambda: B.string(B.newp(WIDE, "\U0001f600" * (N // 8))),
    "wider text": lambda: B.string(B.newp(WIDE4, LONG[: N // 4])),
    "unaligned text": lambda: unaligned(WIDE, 2, "char16_t"),
    "unaligned wider text": lambda: unaligned(WIDE4, 4, "char32_t"),
    "unpack": lambda: B.unpack(B.newp(B.new_array_type(INT_P, None), N // 4), N // 4),
    "library": lambda: B.load_library(LONG),
    "library with slashes": lambda: B.load_library("/" + LONG),
    "library of bytes": lambda: B.load_library(BYTES),
    "library with surrogates": lambda: B.load_library(SURROGATES),
    "symbol": lambda: LIBRARY.load_function(FN, LONG),
    "variable": lambda: LIBRARY.read_variable(INT, LONG),
    "symbol of a wrong type": lambda: LIBRARY.load_function(BIG, "abs"),
    "parse": lambda: FFI.typeof("int " + "*" * 1000),
    "parse of groups": lambda: FFI.typeof("int " + "(" * N),
    "parse of a name": lambda: FFI.typeof(LONG),
    "parse of a struct": lambda: FFI.typeof("struct " + LONG),
    "parse of surrogates": lambda: FFI.typeof(SURROGATES),
    "parse of many parameters": lambda: FFI.typeof("int(" + "int," * 500 + "int)"),
    "attribute of a lib": lambda: getattr(LIB, LONG),
    "constant": lambda: FFI.integer_const(LONG),
    "offset": lambda: FFI.offsetof(WHOLE, LONG),
    "wrong type for FFI": lambda: FFI.new(SHOWN),
    "tables of types": lambda: B.FFI(LONG, _version=0x2601, _types=TYPES),
    "tables of globals": lambda: B.FFI(
        "m", _version=0x2601, _types=TYPES[:4], _globals=GLOBALS
    ).integer_const("A00000001"),
    "tables of structs": lambda: B.FFI(
        "m",
        _version=0x2601,
        _types=b"".join(b"%c%c%c\x09" % (i >> 16, i >> 8 & 255, i & 255) for i in range(MANY)),
        _struct_unions=tuple((i.to_bytes(4, "big") + b"\0\0\0\x02$s%08d" % i,) for i in range(MANY)),
    ).list_types(),
    "damaged tables": lambda: B.FFI(LONG, _version=0x2601, _types=b"\0\0\x07\x09"),
    "long names in tables": lambda: B.FFI(
        "m",
        _version=0x2601,
        _types=b"\0\0\0\x09",
        _struct_unions=((b"\0\0\0\0\0\0\0\x02" + BYTES + b"\xff",),),
    ).new("struct x *"),
    "long struct in tables": lambda: B.FFI(
        "m",
        _version=0x2601,
        _types=b"\0\0\0\x09\0\0\x07\x01",
        _struct_unions=((b"\0\0\0\0\0\0\0\x02s" + BYTES, b"\0\0\x01\x11" + BYTES),),
    ).typeof("struct s" + LONG),
    "included": lambda: B.FFI("m", _version=0x2601, _includes=(FFI,) * MANY),
    "memmove": lambda: B.memmove(B.newp(B.new_array_type(CHAR_P, None), 1), LONG, 1),
    "from_buffer": lambda: B.from_buffer(B.new_array_type(CHAR_P, None), LONG),
    "from_handle": lambda: B.from_handle(B.cast(BIG_P, 5)),
    "gc": lambda: [B.gcp(B.newp(INT_P), abs) for i in range(MANY)],
    "gc whose destructor fails": lambda: B.gcp(B.cast(BIG_P, 5), SHOWN) and None,
    "allocator": lambda: FFI.new_allocator(SHOWN)("int[]", N),
    "init_once": lambda: [FFI.init_once(int, (LONG, i)) for i in range(MANY // 16)],
    "chain that goes": lambda: (
        [chain := B.newp_handle(VOID_P, None)]
        and [chain := B.newp_handle(VOID_P, chain) for i in range(MANY)][-1]
    ),
}


def in_use() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def child(operation: Callable[[], Any], room: int) -> int:
    """Does an operation with this much memory left. Returns 0 on success, 1 for `MemoryError`, 2 for other errors."""
    limit = in_use()
    hard = limit + room
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    # What was freed before is memory too. Only pieces that are small beside a long name stay free.
    kept = []
    with contextlib.suppress(MemoryError):
        while True:
            kept.append(bytearray(N // 2))
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    try:
        operation()
    except MemoryError:
        return 1
    except Exception:
        return 2
    return 0


def main(names: list[str]) -> None:
    sys.unraisablehook = lambda problem: None
    for name in names:
        for room in LIMITS:
            pid = os.fork()
            if pid == 0:
                os.close(2)
                os._exit(child(OPERATIONS[name], room))
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            outcome = {0: "done", 1: "MemoryError", 2: "error"}.get(status, f"died {status}")
            print(name, room, outcome, sep="\t", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
