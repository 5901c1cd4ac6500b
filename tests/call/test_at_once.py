"""Functions whose machine code shows that they return at once: their calls keep the GIL."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cffi
import pytest
from ferrocffi import keep_gil, keeps_gil

from tests.call.meanwhile import pollfd, runs_meanwhile
from tests.modules.building import compiler

DECODED = sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")
CDEF = """
    int inc(int); double half(double); void nothing(void); int largest(int, int); int *address(void);
    long long shifted(long long, int); int divided(int, int); int forwarded(int);
    int loop(int); int calls(int); int calls_back(int (*)(int), int); int tail_call(int (*)(int), int);
    int waits(void *, unsigned long, int); int table(int); int variable;
"""
SOURCE = """
#include <poll.h>
#include <stdlib.h>
static int state;
int variable = 5;
int inc(int x) { return x + 1; }
double half(double x) { return x / 2; }
void nothing(void) {}
int largest(int a, int b) { if (a > b) { state = a; return a; } state = b; return b; }
int *address(void) { return &variable; }
long long shifted(long long x, int n) { return x << n; }
int divided(int a, int b) { return a / b; }
int forwarded(int x) { return inc(x); }
int loop(int n) { int total = 0; for (int i = 0; i < n; i++) total += i * total + state; return total; }
int calls(int x) { return abs(rand()) + x; }
int calls_back(int (*f)(int), int x) { return f(x) + 1; }
int tail_call(int (*f)(int), int x) { return f(x); }
int waits(void *fds, unsigned long n, int ms) { return poll(fds, n, ms); }
int table(int x)
{
    switch (x) {
    case 0: return inc(x); case 1: return state; case 2: return calls(x); case 3: return 7; case 4: return loop(x);
    case 5: return -1; case 6: return abs(state); default: return 0;
    }
}
"""
QUICK = {"inc", "half", "nothing", "largest", "address", "shifted", "divided"}
SLOW = {"loop", "calls", "calls_back", "tail_call", "waits", "table"}


@pytest.fixture(scope="module", params=["-O2", "-O0"])
def library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Any, Any]]:
    """The FFI and the library that contains the functions."""
    if sys.platform == "win32":
        pytest.skip("needs a compiler with the options of a Unix")
    folder = tmp_path_factory.mktemp("at_once")
    source, file = folder / "quick.c", folder / "quick.so"
    source.write_text(SOURCE)
    command = [*compiler(), request.param, "-shared", "-fPIC", str(source), "-o", str(file)]
    subprocess.run(command, check=True)
    ffi = cffi.FFI()
    ffi.cdef(CDEF)
    yield ffi, ffi.dlopen(str(file))


@pytest.mark.skipif(not DECODED, reason="no decoder for this system")
def test_what_is_found(library: tuple[Any, Any]) -> None:
    _, lib = library
    assert {name for name in QUICK | SLOW if keeps_gil(getattr(lib, name))} == QUICK


def test_results(library: tuple[Any, Any]) -> None:
    ffi, lib = library
    assert lib.inc(41) == 42 and lib.inc(-(2**31)) == -(2**31) + 1
    assert lib.half(3.0) == 1.5 and lib.nothing() is None and lib.largest(3, 9) == 9
    assert lib.shifted(3, 40) == 3 << 40 and lib.divided(-7, 2) == -3
    assert lib.address()[0] == lib.variable == 5 and lib.forwarded(1) == 2
    for wrong in ((), (1, 2), ("x",), (2**31,)):
        with pytest.raises((TypeError, OverflowError)):
            lib.inc(*wrong)
    for name in ("tail_call", "calls_back"):
        assert getattr(lib, name)(ffi.callback("int(int)", lambda x: x * 2), 5) in (10, 11)


def test_errno_is_kept(library: tuple[Any, Any]) -> None:
    ffi, lib = library
    ffi.errno = 17
    lib.inc(1)
    assert ffi.errno == 17
    ffi.errno = 0


def test_a_function_that_waits_lets_go(library: tuple[Any, Any]) -> None:
    _, lib = library
    assert not keeps_gil(lib.waits)
    assert runs_meanwhile(lambda file: lib.waits(pollfd(file), 1, 20_000))


def test_other_threads_run(library: tuple[Any, Any]) -> None:
    _, lib = library
    seen, stop = [], threading.Event()

    def other() -> None:
        seen.append(1)
        stop.set()

    threading.Thread(target=other).start()
    while not stop.is_set():
        lib.inc(1)
    assert seen == [1]


def test_what_is_no_function_of_a_library(library: tuple[Any, Any]) -> None:
    ffi, lib = library
    assert not keeps_gil(ffi.callback("int(int)", lambda x: x))
    assert not keeps_gil(ffi.NULL)
    assert not keeps_gil(ffi.cast("int(*)(int)", lib.inc))
    assert not keeps_gil(len)
    assert keeps_gil(keep_gil(lib.loop))


PROGRAM = """
import cffi, ferrocffi
ffi = cffi.FFI(); ffi.cdef("int abs(int);")
print(ferrocffi.keeps_gil(ffi.dlopen(None).abs), ffi.dlopen(None).abs(-3))
"""


@pytest.mark.parametrize(("value", "expected"), [("0", False), ("off", False), ("1", DECODED), ("", DECODED)])
def test_the_switch(value: str, expected: bool) -> None:
    env = {**os.environ, "FERROCFFI_AT_ONCE": value}
    if sys.platform == "win32":
        pytest.skip("abs is in another library")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True
    )
    found, result = done.stdout.split()
    assert result == "3"
    # How abs() is compiled is the C library's own decision.
    assert found == "False" or expected


@pytest.mark.thread_unsafe(reason="it compiles a module, and the threads would share its folder")
def test_functions_of_compiled_modules(tmp_path: Path) -> None:
    compiler()
    builder = cffi.FFI()
    declared = "int inc(int); int two(int, int); int none(void); int loop(int); int counter; int calls(int);"
    builder.cdef(declared)
    builder.set_source(
        "_at_once_api",
        "#include <stdlib.h>\nstatic int inc(int x) { return x + 1; }\n"
        "static int two(int a, int b) { return a + b; }\nstatic int none(void) { return 3; }\nstatic int counter = 7;\n"
        "static int loop(int n) { volatile int t = 0; for (int i = 0; i < n; i++) t += i; return t; }\n"
        "static int calls(int x) { return abs(rand()) * 0 + x; }\n",
        extra_compile_args=["-O2", "-g0"],
    )
    builder.compile(tmpdir=str(tmp_path))
    program = """
import sys; sys.path.insert(0, {folder!r})
from _at_once_api import lib, ffi
from ferrocffi import keeps_gil
print([keeps_gil(f) for f in (lib.inc, lib.two, lib.none, lib.loop, lib.calls)])
assert (lib.inc(1), lib.two(1, 2), lib.none(), lib.loop(4), lib.calls(9), lib.counter) == (2, 3, 3, 6, 9, 7)
lib.counter = 8
assert lib.counter == 8
assert lib.inc(ffi.cast("int", 5)) == 6
for wrong in ((), (1, 2), ("x",), (2**31,), (None,)):
    try: lib.inc(*wrong)
    except (TypeError, OverflowError) as error: print(type(error).__name__, str(error))
for call in (lambda: lib.inc(x=1), lambda: lib.none(1), lambda: lib.none(x=1), lambda: lib.two(1)):
    try: call()
    except TypeError as error: print(str(error))
"""
    texts = []
    for value in ("1", "0"):
        env = {**os.environ, "FERROCFFI_AT_ONCE": value}
        done = subprocess.run(
            [sys.executable, "-c", program.format(folder=str(tmp_path))],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        first, rest = done.stdout.split("\n", 1)
        texts.append(rest)
        quick = DECODED and value == "1"
        # Without thunks, a function of one argument keeps its wrapper, which lets go of the GIL.
        singles = [quick] if platform.machine() == "x86_64" else [quick, False]
        assert first in [str([single, quick, quick, False, False]) for single in singles]
    assert texts[0] == texts[1]
    assert "takes exactly one argument (0 given)" in texts[0] and "takes no arguments (1 given)" in texts[0]
