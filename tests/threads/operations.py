"""What `scaling` measures. Each function does an operation `n` times; types and functions are shared by all threads.

What begins with "interpreter" does not use the backend: it says what the interpreter itself has to give. What begins
with "machine" hardly uses the interpreter: it says what the machine has to give, of which other programs may have a share.
"""

from __future__ import annotations

import binascii
import collections
import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _cffi_backend as B
import cffi


def out_of_line() -> Any:
    """Returns an `FFI` object of this module's own kind: the in-line one is Python code, which scales as that does."""
    ffi = cffi.FFI()
    ffi.cdef("struct point { int x, y; }; int abs(int); size_t strlen(const char *);")
    ffi.set_source("_scaling_module", None)
    scope: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "_scaling_module.py"
        ffi.emit_python_code(str(path))
        exec(path.read_text(), scope)
    return scope["ffi"]


ffi = out_of_line()
lib = ffi.dlopen(None)
INT = B.new_primitive_type("int")
INT_P = B.new_pointer_type(INT)
POINT_P = ffi.typeof("struct point *")
FUNCTION = B.new_function_type((INT,), INT)
ABS = lib.abs
STRLEN = lib.strlen
CALLBACK = B.callback(FUNCTION, lambda n: n)
# As C has it: not the object that owns the callback.
POINTER = B.cast(FUNCTION, CALLBACK)


def nested() -> Any:
    """A function whose counts CPython does not fix: it is made inside of another one."""
    return lambda n: n


NESTED = B.callback(FUNCTION, nested())
NESTED_POINTER = B.cast(FUNCTION, NESTED)
SHARED = ffi.new("struct point *", [1, 2])


def computing(n: int) -> None:
    f, own = binascii.crc32, bytes(range(256)) * 16
    for _ in range(n):
        f(own)


def loop(n: int) -> Any:
    x = 0
    for _ in range(n):
        x = not x
    return x


def builtin(n: int) -> None:
    f = abs
    for _ in range(n):
        f(5)


def member(n: int) -> None:
    s = slice(1, 2, 3)
    for _ in range(n):
        s.stop  # noqa: B018


def method(n: int) -> None:
    known = {"struct point *": POINT_P}
    for _ in range(n):
        known.get("struct point *")


def make(n: int) -> None:
    new = bytearray
    for _ in range(n):
        new(4)


def identity(n: int) -> int:
    return n


def from_c(n: int) -> None:
    collections.deque(map(identity, itertools.repeat(5, n)), maxlen=0)


def call(n: int) -> None:
    f = ABS
    for _ in range(n):
        f(5)


def call_text(n: int) -> None:
    f = STRLEN
    text = bytes([104, 101, 108, 108, 111])
    for _ in range(n):
        f(text)


def call_through_lib(n: int) -> None:
    for _ in range(n):
        lib.abs(5)


def read_field(n: int) -> None:
    p = SHARED
    for _ in range(n):
        p.x  # noqa: B018


def read_own_field(n: int) -> None:
    p = ffi.new("struct point *")
    for _ in range(n):
        p.x  # noqa: B018


def write_own_field(n: int) -> None:
    p = ffi.new("struct point *")
    for _ in range(n):
        p.x = 5


def new_int(n: int) -> None:
    new, t = B.newp, INT_P
    for _ in range(n):
        new(t)


def new_struct(n: int) -> None:
    new, t = B.newp, POINT_P
    for _ in range(n):
        new(t)


def ffi_new(n: int) -> None:
    f = ffi
    for _ in range(n):
        f.new("struct point *")


def typeof(n: int) -> None:
    f = ffi
    for _ in range(n):
        f.typeof("struct point *")


def known_type(n: int) -> None:
    make, t = B.new_pointer_type, INT
    for _ in range(n):
        make(t)


def cast(n: int) -> None:
    f, t = B.cast, INT
    for _ in range(n):
        f(t, 5)


def callback(n: int) -> None:
    f = POINTER
    for _ in range(n):
        f(5)


def nested_callback(n: int) -> None:
    f = NESTED_POINTER
    for _ in range(n):
        f(5)


OPERATIONS: dict[str, Callable[[int], Any]] = {
    "machine: C computes": computing,
    "interpreter: a loop": loop,
    "interpreter: call a function of C": builtin,
    "interpreter: read a member, own object": member,
    "interpreter: a method that looks into a dict": method,
    "interpreter: make an object with memory": make,
    "interpreter: C calls a function of Python": from_c,
    "call `abs(5)`": call,
    "call `strlen(b'hello')`": call_text,
    "call `lib.abs(5)`": call_through_lib,
    "read a field, shared data": read_field,
    "read a field, own data": read_own_field,
    "write a field, own data": write_own_field,
    "`newp(int *)`": new_int,
    "`newp(struct *)`": new_struct,
    "`ffi.new('struct *')`": ffi_new,
    "`ffi.typeof('struct *')`": typeof,
    "known type, `new_pointer_type`": known_type,
    "`cast(int, 5)`": cast,
    "callback": callback,
    "callback, a nested function": nested_callback,
}
