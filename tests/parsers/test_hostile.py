"""Large and deep texts: an error or a result, in bounded time, on a small stack."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import _cffi_backend
import cffi
import pytest

LARGE = 1 << 20
SECONDS = 120.0
"""Much more than any of these needs."""

STACK = (256 if sys.version_info >= (3, 11) else 4096) * 1024
"""Bytes. A refused text goes to pycparser, whose functions call each other up to the recursion limit; before CPython 3.11
each such call takes C stack, so that any Python program of that depth needs more of it."""


def ended(work: Callable[[], Any]) -> Any:
    """Runs a function in a thread with a small stack. Returns its result or exception."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        except Exception as error:
            found.append(error)

    before = threading.stack_size(STACK)
    try:
        thread = threading.Thread(target=run, daemon=True)
        begin = time.monotonic()
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join(SECONDS)
    assert found, f"no end after {SECONDS} seconds"
    assert time.monotonic() - begin < SECONDS
    return found[0]


def chain(count: int, star: str = "") -> str:
    """Returns a chain of typedefs."""
    return "typedef int t0;" + "".join(f"typedef t{i} {star}t{i + 1};" for i in range(count))


def nested(count: int) -> str:
    """Returns structs, each with two of the one before."""
    steps = "".join(f"struct s{i + 1} {{ struct s{i} a, b; }};" for i in range(count))
    return "struct s0 { int a; };" + steps


TEXTS = {
    "a million declarations": "".join(f"int f{i}(int);" for i in range(10**6)),
    "a long chain of typedefs": chain(100_000),
    "a long name": f"typedef int {'a' * LARGE};",
    "many qualifiers": f"extern int {'const ' * (LARGE // 6)}x;",
    "many parameters": f"int f({'int,' * 200_000}int);",
    "many enumerators": f"enum {{ {','.join(f'A{i}' for i in range(200_000))} }};",
    "many members": f"struct s {{ {''.join(f'int a{i};' for i in range(200_000))} }};",
    "a long sum": f"enum {{ A = {'1+' * 300_000}1 }};",
}
REFUSED = {
    "a comment that is not closed": "/* " * (LARGE // 3),
    "a string that is not closed": '"' + "a" * LARGE,
    "brackets": "int x" + "[" * 100_000,
    "parentheses": "int " + "(" * 100_000 + "x" + ")" * 100_000 + ";",
    "parentheses in an expression": "enum { A = " + "(" * 100_000 + "1" + ")" * 100_000 + " };",
    "braces": "struct s {" * 20_000 + "int a;" + "} x;" * 20_000,
    "digits": f"#define A {'9' * 500_000}\n",
    "a backslash": "\\" * 100_000,
}
TYPES = {
    "stars": "int " + "*" * LARGE,
    "10,000 stars": "int " + "*" * 10_000,
    "open parentheses": "int " + "(" * 200_000,
    "parentheses": "int " + "(" * 200_000 + "*" + ")" * 200_000,
    "functions": "int(*)(" * 20_000 + "int" + ")" * 20_000,
    "results": "int" + "(*" * 3000 + ")(void)" * 3000,
    "a large array": "int " + "[1000000]" * 20,
    "a huge number": f"int[{'9' * 100_000}]",
    "an open comment": "int /* " * 100_000,
    "a character that ends texts of C": "int\0*",
    "half of a character": "int \udc80",
}
MAKERS = {"_cffi_backend": _cffi_backend.FFI, "cffi": cffi.FFI}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_large_texts_are_declared(text: str, make: Callable[[], Any]) -> None:
    assert ended(lambda: make().cdef(text)) is None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_hostile_texts_are_refused(text: str, make: Callable[[], Any]) -> None:
    assert isinstance(ended(lambda: make().cdef(text)), Exception)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("text", TYPES.values(), ids=TYPES)
def test_hostile_types_are_refused(text: str, make: Callable[[], Any]) -> None:
    ffi = make()
    assert isinstance(ended(lambda: ffi.typeof(text)), Exception)
    assert isinstance(ended(lambda: ffi.callback(text, abs)), Exception)
    assert ffi.sizeof("int") == 4


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_deep_types_behind_names(make: Callable[[], Any]) -> None:
    ffi = make()
    ffi.cdef(chain(2000, "*"))
    assert isinstance(ended(lambda: ffi.typeof("t2000")), Exception)
    assert ffi.sizeof("t3") == ffi.sizeof("void *")
    # CPython 3.13 frees a chain of 2,000 objects of the genuine parser with calls in calls, so that is another object.
    ffi = make()
    ffi.cdef(nested(80))
    assert isinstance(ended(lambda: ffi.sizeof("struct s80")), OverflowError)
    assert ffi.sizeof("struct s10") == 4096


def test_the_errors_are_those_of_the_genuine_parser() -> None:
    ffi = cffi.FFI()
    with pytest.raises(cffi.CDefError, match="Comments are not supported"):
        ffi.cdef("int f(int);\n" + TEXTS["many parameters"] + "/* " * 100)
    with pytest.raises(RecursionError, match="maximum recursion depth exceeded"):
        ffi.typeof(TYPES["stars"])
    with pytest.raises(RecursionError, match="maximum recursion depth exceeded"):
        ffi.cdef(REFUSED["parentheses"])
