"""Types and small helpers that many cases use."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from typing import Any

import _cffi_backend as B

VOID = B.new_void_type()
VOID_P = B.new_pointer_type(VOID)
BOOL = B.new_primitive_type("_Bool")
CHAR = B.new_primitive_type("char")
CHAR_P = B.new_pointer_type(CHAR)
CHARS = B.new_array_type(CHAR_P, None)
SCHAR = B.new_primitive_type("signed char")
SHORT = B.new_primitive_type("short")
INT = B.new_primitive_type("int")
INT_P = B.new_pointer_type(INT)
INTS = B.new_array_type(INT_P, None)
INT2 = B.new_array_type(INT_P, 2)
LONG = B.new_primitive_type("long")
LLONG = B.new_primitive_type("long long")
ULLONG = B.new_primitive_type("unsigned long long")
SIZE = B.new_primitive_type("size_t")
DOUBLE = B.new_primitive_type("double")
FLOAT = B.new_primitive_type("float")
CHAR32 = B.new_primitive_type("char32_t")
CHAR32S = B.new_array_type(B.new_pointer_type(CHAR32), None)

MAX = sys.maxsize


def struct(name: str, *fields: Any, **more: Any) -> Any:
    """Returns a completed struct type."""
    made = B.new_struct_type(name)
    B.complete_struct_or_union(
        made,
        list(fields),
        None,
        more.get("size", -1),
        more.get("align", -1),
        more.get("flags", 0),
    )
    return made


def pointer(item: Any) -> Any:
    return B.new_pointer_type(item)


def array(item: Any, length: Any = None) -> Any:
    return B.new_array_type(B.new_pointer_type(item), length)


def null(ct: Any) -> Any:
    """NULL of a pointer, function or fixed array type."""
    return B.cast(ct, 0)


def point() -> Any:
    """``struct point { int x, y; }``, a new type each time."""
    return struct("struct point", ("x", INT), ("y", INT))


def var_sized(item: Any = INT) -> Any:
    """``struct var { int n; ITEM items[]; }``."""
    return struct("struct var", ("n", INT), ("items", array(item)))


class Evil:
    """An object whose conversion to a C value runs `action` first."""

    def __init__(self, action: Any, value: Any = 1) -> None:
        self.action = action
        self.value = value

    def _convert(self) -> Any:
        self.action()
        return self.value

    def __int__(self) -> int:
        return int(self._convert())

    def __index__(self) -> int:
        return int(self._convert())

    def __float__(self) -> float:
        return float(self._convert())

    def __complex__(self) -> complex:
        return complex(self._convert())


def function_at(n: int, args: Any, result: Any) -> Any:
    """One of the backend's own C functions for tests, with a type."""
    return B.cast(B.new_function_type(tuple(args), result), B._testfunc(n))


def libc(name: str, args: Any, result: Any, ellipsis: int = 0) -> Any:
    """Returns a function of the C library."""
    fn = B.new_function_type(tuple(args), result, ellipsis)
    return B.load_library(None).load_function(fn, name)


def memory_map() -> list[str]:
    """Returns the lines of this process's map of memory; without ``/proc`` there are none."""
    maps = Path("/proc/self/maps")
    return maps.read_text().splitlines() if maps.exists() else []


def zlib_path() -> str:
    """Returns where zlib's shared library is."""
    ctypes.CDLL("libz.so.1")
    return next(line.split()[-1] for line in memory_map() if "libz.so" in line)
