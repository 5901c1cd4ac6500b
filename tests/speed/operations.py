"""The operations that are guarded: one or two of each way through the backend, by their names in the suite."""

from __future__ import annotations

from benches.groups import group
from benches.model import Code, Operation

GUARDED: dict[str, int] = {
    "abi: int f(int)": 2000,
    "abi: double f(double)": 2000,
    "abi: int f(int, int)": 1000,
    "abi: attribute and call, lib.inc(41)": 1000,
    "abi: int f(void *, void *, size_t), bytes": 2000,
    "abi: size_t f(char *), cdata": 1000,
    "api: size_t f(char *), bytes": 1000,
    "api: int f(void)": 1000,
    "kept: abi: int f(6 ints)": 1000,
    "abi: double f(5 ints, 5 doubles)": 1000,
    "abi-struct: snprintf-like with an int and a double": 500,
    "abi-struct: struct{2 doubles} f(same)": 1000,
    "api: int f(int, int)": 2000,
    "api: int f(int)": 2000,
    "kept: abi: int f(int)": 2000,
    "callbacks: ffi.callback, int(int), round trip": 1000,
    'callbacks: extern "Python", int(int), round trip': 1000,
    "callbacks: ffi.callback, double(double, double), round trip": 1000,
    "functions: newp(int *, 5)": 1000,
    "functions: cast(int, 5)": 1000,
    "functions: string(char *)": 1000,
    "functions: memmove, 5 bytes": 1000,
    "functions: from_buffer(char[], bytearray)": 1000,
    "functions: newp(int[], 100)": 1000,
    "functions: newp(struct *, list of 2)": 1000,
    "methods: ffi.new('int *')": 1000,
    "methods: ffi.gc with a C function, run": 1000,
    "front-end: ffi.new('int *')": 1000,
    "front-end: ffi.string(char *)": 1000,
    "front-end: ffi.memmove, 5 bytes": 1000,
    "front-end: ffi.errno": 1000,
    "front-end: lib.counter of an opened library": 500,
    "front-end: lib.counter = 7 of an opened library": 500,
    "bulk: int[] from a list": 20,
    "bulk: unpack 1,000 of double": 20,
    "bulk: unpack 1,000 of int": 20,
    "bulk: int[] from a buffer of ints, 1,000 items": 500,
    "access: p.x, int": 2000,
    "access: p.x = 1, int": 2000,
    "access: a[5]": 2000,
    "access: a[5] = 1": 1000,
    "access: p[0], int *": 1000,
    "access: p.next, pointer": 1000,
    "access: p.low, bit field": 1000,
    "access: p.low = 3, bit field": 1000,
    "access: p.next = p, pointer": 1000,
    "access: lib.counter, global variable": 1000,
    "access: lib.BLUE, constant": 1000,
    "access: p.inner.b": 1000,
    "access: p.items[3]": 1000,
    "access: a[2:8]": 1000,
    "access: r[2].x, struct item": 1000,
    "access: for s in struct[10]": 200,
    "types: typeof of a new function type, compiled FFI": 200,
    "failures: call: a str for an int, ABI mode": 500,
    "failures: p.unknown": 500,
}
"""How often each is executed in the shorter of the two loops."""


def code(name: str) -> Code:
    """Returns what is executed; raises `LookupError` for a name that the suite does not have."""
    key, _, title = name.partition(": ")
    for operation in group(key).operations:
        if isinstance(operation, Operation) and operation.name == title:
            return operation.cffi
    raise LookupError(f"the suite has no operation {name!r}")
