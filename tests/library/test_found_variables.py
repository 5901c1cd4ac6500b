"""The address of a variable is remembered, for as long as that is right."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import cffi
import pytest

from tests.modules.building import compiler

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it compiles a library as on Linux")

SOURCE = """
int counter = 7; double real = 1.5; __thread int own = 3; int *pointer = &counter;
"""
CDEF = "extern int counter; extern double real; extern int own; extern int *pointer;"


def library(folder: Path, source: str = SOURCE, name: str = "variables") -> str:
    (folder / f"{name}.c").write_text(source)
    made = folder / f"lib{name}.so"
    subprocess.run([*compiler(), "-shared", "-fPIC", "-o", made, folder / f"{name}.c"], check=True)
    return str(made)


def test_values_are_read_and_stored(tmp_path: Path) -> None:
    ffi = cffi.FFI()
    ffi.cdef(CDEF)
    lib = ffi.dlopen(library(tmp_path))
    for value in (1, 2, -(2**31)):
        lib.counter = value
        assert lib.counter == value == lib.pointer[0] == ffi.addressof(lib, "counter")[0]
    lib.real = 2.5
    assert lib.real == 2.5
    with pytest.raises(TypeError):
        lib.counter = "x"
    with pytest.raises(OverflowError):
        lib.counter = 2**31
    assert lib.counter == -(2**31)
    assert type(type(lib).counter) is property


@pytest.mark.thread_unsafe(reason="it counts on the values of its own threads")
def test_a_variable_of_each_thread_is_looked_up_in_each(tmp_path: Path) -> None:
    ffi = cffi.FFI()
    ffi.cdef(CDEF)
    lib = ffi.dlopen(library(tmp_path))
    lib.own = 5
    seen = []

    def look() -> None:
        seen.append(lib.own)
        lib.own = 6
        seen.append(lib.own)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [3, 6]
    assert lib.own == 5


def test_a_closed_library_has_no_variables(tmp_path: Path) -> None:
    ffi = cffi.FFI()
    ffi.cdef(CDEF)
    lib = ffi.dlopen(library(tmp_path))
    assert lib.counter == 7
    ffi.dlclose(lib)
    with pytest.raises((ValueError, AttributeError)):
        _ = lib.counter


def test_libraries_have_separate_variables_of_one_name(tmp_path: Path) -> None:
    ffi = cffi.FFI()
    ffi.cdef("extern int counter;")
    libs = [
        ffi.dlopen(library(tmp_path, f"static int x; int counter = {n};", f"v{n}"), ffi.RTLD_LOCAL)
        for n in range(3)
    ]
    for _ in range(2):
        assert [lib.counter for lib in libs] == [0, 1, 2]
