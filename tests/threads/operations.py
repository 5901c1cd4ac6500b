"""What `scaling` measures. Imported when there are threads: CPython 3.13 then fixes the counts of constants in code."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _cffi_backend as B
import cffi

N = 400_000
"""Operations of one thread in one round."""


def out_of_line() -> Any:
    """An `FFI` object of this module's own kind: the in-line one is Python code, which scales as that does."""
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
SHARED = ffi.new("struct point *", [1, 2])


def loop(n: int) -> Any:
    """The interpreter alone, for what the machine has to give."""
    x = 0
    for _ in range(n):
        x = not x
    return x


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


OPERATIONS: dict[str, Callable[[int], Any]] = {
    "the interpreter alone": loop,
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
}
