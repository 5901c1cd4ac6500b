"""C code that calls Python functions back."""

from __future__ import annotations

from benches.model import Code, Group, Limit, Operation

_CTYPES = "from ctypes import *\nT = CFUNCTYPE(c_int, c_int); c = T(lambda x: x + 1)\n"


def _callback(ctype: str, function: str) -> str:
    return f"c = ffi.callback({ctype!r}, {function})\n"


def _extern(name: str, function: str) -> str:
    return f"apiffi.def_extern({name!r})({function})\nc = api.{name}\n"


def _callbacks() -> tuple[Operation, ...]:
    result = []
    for title, lib, make, names in (
        (
            "ffi.callback",
            "lib",
            _callback,
            ("int(int)", "double(double, double)", "int(void *)", "void(void)"),
        ),
        (
            'extern "Python"',
            "api",
            _extern,
            ("from_python", "from_python_double", "from_python_pointer", "from_python_void"),
        ),
    ):
        ours = title == "ffi.callback"
        ffi = "ffi" if ours else "apiffi"
        result += [
            Operation(
                f"{title}, int(int), round trip",
                Code(
                    "f(c, 41)", "f(c, 41) == 42", make(names[0], "lambda x: x + 1") + f"f = {lib}.call_back"
                ),
                Code("f(c, 41)", "f(c, 41) == 42", _CTYPES + "f = function('call_back', c_int, T, c_int)")
                if ours
                else None,
                Code("f(g, 41)", "f(g, 41) == 42", "f = direct.call_back; g = lambda x: x + 1")
                if ours
                else None,
            ),
            Operation(
                f"{title}, int(int), 1,000 times in C",
                Code(
                    "f(c, 1000)",
                    "f(c, 1000) == 500500",
                    make(names[0], "lambda x: x + 1") + f"f = {lib}.call_many",
                ),
                Code(
                    "f(c, 1000)",
                    "f(c, 1000) == 500500",
                    _CTYPES + "f = function('call_many', c_longlong, T, c_int)",
                )
                if ours
                else None,
                Code("f(g, 1000)", "f(g, 1000) == 500500", "f = direct.call_many; g = lambda x: x + 1")
                if ours
                else None,
            ),
            Operation(
                f"{title}, double(double, double), round trip",
                Code(
                    "f(c, 1.0, 2.0)",
                    "f(c, 1.0, 2.0) == 3.0",
                    make(names[1], "lambda x, y: x + y") + f"f = {lib}.call_double",
                ),
            ),
            Operation(
                f"{title}, int(void *), round trip",
                Code(
                    "f(c, p)",
                    "f(c, p) == 7",
                    make(names[2], "lambda p: 7") + f"f = {lib}.call_pointer; p = {ffi}.new('int *')",
                ),
            ),
            Operation(
                f"{title}, void(void), round trip",
                Code(
                    "f(c)",
                    "f(c) is None and seen",
                    "seen = []\n"
                    + make(names[3], "lambda: None if seen else seen.append(1)")
                    + f"f = {lib}.call_void",
                ),
            ),
        ]
    return tuple(result)


CALLBACKS = Group(
    "callbacks",
    'Callbacks, `extern "Python"`',
    (
        *_callbacks(),
        Operation(
            "a callback made and freed",
            Code(
                "make(t, g)",
                "lib.call_back(make(t, g), 1) == 2",
                "make = backend.callback; t = ffi.typeof('int(*)(int)'); g = lambda x: x + 1",
            ),
            Code(
                "T(g)",
                "T(g)(1) == 2",
                "from ctypes import *\nT = CFUNCTYPE(c_int, c_int); g = lambda x: x + 1",
            ),
        ),
    ),
    (Limit(2.0),),
)
