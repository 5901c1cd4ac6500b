"""Texts that ask for much: an error or a result, in bounded time and memory, on a small stack."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

PROLOGUE = """
import resource, sys, threading, time
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
from _cffi_backend import FFI

def attempt(call):
    start = time.monotonic()
    try:
        call()
        print("accepted", end=" ")
    except (FFI.error, RuntimeError, MemoryError, OverflowError, ValueError, TypeError) as error:
        print(type(error).__name__, end=" ")
    print("fast" if time.monotonic() - start < 60 else "slow")

def main():
"""
EPILOGUE = """
threading.stack_size(256 * 1024)
thread = threading.Thread(target=main)
thread.start()
thread.join()
"""


def run(body: str) -> list[str]:
    """Runs a body in a thread with a small stack, in a process of its own. Returns its lines."""
    program = PROLOGUE + textwrap.indent(textwrap.dedent(body), "    ") + EPILOGUE
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    return done.stdout.splitlines()


@pytest.mark.parametrize("levels", [500, 1500, 10_000, 200_000])
def test_levels_of_pointers(levels: int) -> None:
    wanted = "accepted fast" if levels == 500 else "RuntimeError fast"
    assert run(f"""
        ffi = FFI()
        stars = "*" * {levels}
        ffi.cdef("typedef int " + stars + "deep; struct s {{ int " + stars + "deep; }};")
        attempt(lambda: ffi.typeof("deep"))
        attempt(lambda: ffi.sizeof("struct s"))
    """) == [wanted, wanted]


def test_levels_of_arrays_and_functions() -> None:
    lines = run("""
        ffi = FFI()
        ffi.cdef("")
        attempt(lambda: ffi.typeof("int" + "[1]" * 600))
        attempt(lambda: ffi.typeof("int" + "[1]" * 100_000))
        attempt(lambda: ffi.typeof("int" + "(*" * 100_000 + ")(int)" * 100_000))
        attempt(lambda: ffi.typeof("int(*)(" * 900 + "int" + ")" * 900))
        attempt(lambda: ffi.typeof("int(*)(" * 100_000 + "int" + ")" * 100_000))
        attempt(lambda: ffi.typeof("(" * 1_000_000))
        attempt(lambda: ffi.typeof("int" + "[2]" * 70))
        attempt(lambda: ffi.typeof("int[9223372036854775807][4]"))
    """)
    assert lines[0] == "accepted fast"
    assert all(line.endswith("fast") for line in lines)
    assert not any(line.startswith("accepted") for line in lines[4:])


def test_structs_inside_of_structs() -> None:
    """A chain of structs, each inside of the next, needs no stack; neither does a list through pointers."""
    assert run("""
        ffi = FFI()
        levels = 20_000
        ffi.cdef("struct s0 { int a; };" + "".join(
            f"struct s{i} {{ struct s{i - 1} a; char c; }};" for i in range(1, levels)))
        assert ffi.sizeof(f"struct s{levels - 1}") == 4 * levels
        ffi = FFI()
        ffi.cdef("".join(f"struct s{i} {{ struct s{i + 1} *a; }};" for i in range(levels)))
        assert ffi.sizeof("struct s0") == ffi.sizeof(f"struct s{levels - 1}") == 8
        ffi = FFI()
        text = "".join(f"struct s{i} {{ " for i in range(2000)) + "int a;" + "} x;" * 1999 + "};"
        attempt(lambda: ffi.cdef(text))
        attempt(lambda: ffi.cdef("typedef struct { int a; } t0;" + "".join(
            f"typedef struct {{ t{i} a, b; }} t{i + 1};" for i in range(100))))
        attempt(lambda: ffi.sizeof("t20"))
        attempt(lambda: ffi.sizeof("t100"))
    """) in (
        ["error fast", "accepted fast", "accepted fast", "OverflowError fast"],
        ["error fast", "accepted fast", "accepted fast", "TypeError fast"],
    )


def test_many_declarations() -> None:
    assert run("""
        ffi = FFI()
        ffi.cdef("".join(f"int f{i}(int);" for i in range(300_000)))
        assert len(dir(ffi.dlopen(None))) == 300_000
        attempt(lambda: ffi.cdef("".join(f"typedef int t{i};" for i in range(1_000_000))))
        attempt(lambda: ffi.typeof("t999999 *"))
        attempt(lambda: FFI().cdef("int x;" * 3_000_000))
        attempt(lambda: FFI().cdef(";" * 20_000_000))
        attempt(lambda: FFI().cdef("x" * 50_000_000))
        attempt(lambda: FFI().cdef("struct s {" + "".join(f"int a{i};" for i in range(500_000)) + "};"))
    """)[:2] == ["accepted fast", "accepted fast"]


def test_a_struct_with_many_members() -> None:
    assert run("""
        ffi = FFI()
        ffi.cdef("struct s {" + "".join(f"int a{i};" for i in range(200_000)) + "};")
        attempt(lambda: ffi.sizeof("struct s"))
        assert ffi.offsetof("struct s", "a199999") == 799_996
        ffi.cdef("enum e {" + ",".join(f"E{i}" for i in range(200_000)) + "};")
        assert ffi.typeof("enum e").elements[199_999] == "E199999"
    """) == ["accepted fast"]
