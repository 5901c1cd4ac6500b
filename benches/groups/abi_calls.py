"""ABI mode: calls of functions found in an opened library."""

from __future__ import annotations

from benches.groups.signatures import BY_VALUE, FIXED
from benches.model import Code, Group, Limit, Operation

_FOREIGN = "from ctypes import *\n"

ABI_FIXED = Group(
    "abi",
    "ABI-mode calls, fixed arguments",
    (
        *(signature.operation("lib", "ffi") for signature in FIXED),
        Operation(
            "attribute and call, lib.inc(41)",
            Code("lib.inc(41)", "lib.inc(41) == 42"),
            Code("clib.inc(41)", "clib.inc(41) == 42", "clib.inc.argtypes = [ctypes.c_int]"),
            Code("direct.inc(41)", "direct.inc(41) == 42"),
        ),
        Operation(
            "function pointer in a struct field, s.apply(41)",
            Code(
                "s.apply(41)",
                "s.apply(41) == 42",
                "s = ffi.new('struct operations *', [lib.get_inc()])",
            ),
        ),
    ),
    (Limit(3.0),),
    twins="api",
)

ABI_PLANNED = Group(
    "abi-struct",
    "ABI-mode variadic calls, struct by value",
    (
        Operation(
            "variadic, 1 int",
            Code("f(1, x)", "f(1, x) == 5", "f = lib.sum_variadic; x = ffi.cast('int', 5)"),
            Code("f(1, 5)", "f(1, 5) == 5", "f = clib.sum_variadic"),
        ),
        Operation(
            "variadic, 4 ints",
            Code(
                "f(4, x, x, x, x)", "f(4, x, x, x, x) == 20", "f = lib.sum_variadic; x = ffi.cast('int', 5)"
            ),
            Code("f(4, 5, 5, 5, 5)", "f(4, 5, 5, 5, 5) == 20", "f = clib.sum_variadic"),
        ),
        Operation(
            "snprintf-like with an int and a double",
            Code(
                "f(to, 64, b'%d %.1f', i, d)",
                "f(to, 64, b'%d %.1f', i, d) == 6 and ffi.string(to) == b'12 2.5'",
                "f = lib.format; to = ffi.new('char[64]'); i = ffi.cast('int', 12); d = ffi.cast('double', 2.5)",
            ),
            Code(
                "f(to, 64, b'%d %.1f', i, d)",
                "f(to, 64, b'%d %.1f', i, d) == 6 and to.value == b'12 2.5'",
                _FOREIGN + "f = clib.format; to = create_string_buffer(64); i = c_int(12); d = c_double(2.5)",
            ),
        ),
        *(signature.operation("lib", "ffi") for signature in BY_VALUE),
    ),
    (Limit(2.0),),
    floor=0.95,
)
