"""Programs for both parsers of `cdef()`: some that were found by the fuzzers, and a short run of the fuzzers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.parsers.compare import compare
from tests.parsers.grammar import Step
from tests.parsers.library import build

ROOT = Path(__file__).resolve().parents[2]

PROGRAMS: list[list[Step]] = [
    # Constants are numbers without a width.
    [
        ("cdef", "enum e { A = (-7UL & 3) - 3, B = -5 / 2u, C = 8u - '0' };", {}),
        ("type", "int[((10u)) % -4 + 9]"),
    ],
    # A struct with a member that is partial is partial itself; so is one whose last array length is elided.
    [("cdef", "struct s { struct { long a; ...; } b; int : 2; };", {})],
    [("cdef", "union { struct { union { struct { int a[...]; }; } b; }; };", {})],
    [("cdef", "struct s { struct { int a; } b[...]; int c; };", {})],
    # The body of an enum comes after the declarator and the parameters.
    [("type", "enum { A = 3 } *[A]")],
    [("cdef", "enum e { A } f1(enum e);", {})],
    [("cdef", "struct s { enum { A = 2 } a, b[A]; enum { B = 3 } c : B; };", {})],
    # Calling conventions are where qualifiers can be.
    [("cdef", "int __stdcall f1(int), (__stdcall *v1)(int);", {})],
    [("cdef", "int ((__stdcall *v1))(int);", {})],
    [("cdef", "int __stdcall f1(int), v1;", {})],
    [("cdef", "int *__stdcall f1(int), *v1; struct s { int (__stdcall *m)(int), n; };", {})],
    # The first semicolon ends what is for Python.
    [("cdef", 'extern "Python" int f1(struct s { int a; }); static char K1;', {})],
    [("cdef", 'extern "Python" { int f1(struct s { int a; }); }', {})],
    # Each declaration without a storage class has its warning.
    [("cdef", "extern union u1 v1; union u1 v1; int v2; int v2;", {})],
    # Names of types in parentheses.
    [("cdef", "typedef int t1; int f1(t1 (*t1)(int));", {})],
    [("cdef", "typedef int t1; int f1(t1 *t1, int t1[3]);", {})],
    # Elided lengths behind pointers, constants whose value is not known, letters beyond ASCII, line ends of Windows.
    [("cdef", "typedef char (*t1)[][...];", {})],
    [("cdef", "#define K1 ...\n", {}), ("cdef", "static const int K1 = 3;", {})],
    [("cdef", "#define K1\u00e9 3\n", {})],
    [("cdef", "#define K1$ 3\n", {})],
    [("cdef", "#define K1$ ...\n", {})],
    [("cdef", "int f1(int);\r\n", {})],
    [("type", "struct \r\n s *")],
    [("cdef", "#define K1 5\r\nint f1(int);\f", {})],
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    return build(tmp_path_factory.mktemp("pool"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("steps", PROGRAMS)
def test_both_parsers_do_the_same(steps: list[Step], library: str) -> None:
    found, _ = compare(steps, library, models=True)
    assert found is None


@pytest.mark.parametrize("module", ["tests.parsers", "tests.parsers.fuzz"])
def test_generated_programs(module: str) -> None:
    command = [sys.executable, "-m", module, "--seconds", "6", "--seed", "2026"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_struct_that_the_genuine_parser_defines_is_completed() -> None:
    import cffi

    ffi = cffi.FFI()
    known = ffi.typeof("struct s")
    # Only the genuine parser takes the last declaration.
    ffi.cdef("typedef int t; struct s { int a; }; int g(int (t)[3]);")
    assert ffi._parser._known() is not None
    assert ffi.sizeof(known) == 4
    with pytest.raises(cffi.CDefError):
        ffi.cdef("struct s2 { int a; }; nonsense")


def test_an_extern_python_function_with_the_name_of_another() -> None:
    import cffi

    ffi = cffi.FFI()
    ffi.cdef('extern "Python" int f1(int (*)[5], long);')
    ffi.cdef("int f1(char *, long);")
    assert [key for key in ffi._parser._declarations if key.endswith("f1")] == [
        "extern_python f1",
        "function f1",
    ]


def test_a_struct_that_cannot_be_completed_stays_declared() -> None:
    import cffi

    ffi = cffi.FFI()
    ffi.typeof("struct s *")
    with pytest.raises(TypeError, match="unknown size"):
        ffi.cdef("struct s { struct t a; }; typedef int late;")
    assert ffi.sizeof("late") == 4
    assert len(ffi._cdefsources) == 1
    assert "typedef late" in ffi._parser._declarations
