"""Vectors: arrays that C passes by value."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import _cffi_backend
import cffi
import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="vectors go by value on System V for x86-64 alone",
)

CDEF = """
typedef float v4 __attribute__((vector_size(16)));
typedef short s4 __attribute__((vector_size(8)));
struct holder { char before; v4 v; int after; };
v4 add(v4 a, v4 b);
s4 subtract(s4 a, s4 b);
struct holder next(struct holder h);
v4 through(v4 (*f)(v4, int), v4 v);
extern v4 four;
"""
SOURCE = """
#include <string.h>
typedef float v4 __attribute__((vector_size(16)));
typedef short s4 __attribute__((vector_size(8)));
struct holder { char before; v4 v; int after; };
v4 add(v4 a, v4 b) { return a + b; }
s4 subtract(s4 a, s4 b) { return a - b; }
struct holder next(struct holder h) { h.v += 1; h.after++; return h; }
v4 through(v4 (*f)(v4, int), v4 v) { return f(v, 3); }
v4 four = { 1, 2, 3, 4 };
"""


@pytest.fixture(scope="module", params=[cffi.FFI, _cffi_backend.FFI])
def loaded(request: Any, tmp_path_factory: Any) -> Any:
    """Returns an FFI object and a library."""
    folder: Path = tmp_path_factory.mktemp("vectors")
    (folder / "v.c").write_text(SOURCE)
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(folder / "v.so"), str(folder / "v.c")]
    subprocess.run(command, check=True)
    ffi = request.param()
    ffi.cdef(CDEF)
    return ffi, ffi.dlopen(str(folder / "v.so"))


def test_type(loaded: Any) -> None:
    """Checks what a vector type says about itself."""
    ffi, _ = loaded
    ct = ffi.typeof("v4")
    assert (ct.kind, ct.length, ct.item.cname) == ("array", 4, "float")
    assert (ffi.sizeof(ct), ffi.alignof(ct), ffi.sizeof("struct holder")) == (16, 16, 48)
    assert ffi.typeof("v4") is ct and ffi.typeof("float[4]") is not ct
    assert ffi.getctype("v4", "*x") == "__attribute__((vector_size(16))) float *x"


def test_calls(loaded: Any) -> None:
    """Passes and returns vectors, as lists and as cdata."""
    ffi, lib = loaded
    result = lib.add([1, 2, 3, 4], (5, 6, 7))
    assert list(result) == [6, 8, 10, 4]
    result[1] = 0.5
    assert list(lib.add(result, result)) == [12, 1, 20, 8]
    assert list(lib.subtract([1, 2, 3, 4], [5] * 4)) == [-4, -3, -2, -1]
    value = ffi.new("struct holder *", {"v": [1, 2, 3, 4], "after": 7})
    after = lib.next(value[0])
    assert (list(after.v), after.after, list(value.v)) == ([2, 3, 4, 5], 8, [1, 2, 3, 4])
    with pytest.raises(IndexError):
        lib.add([0] * 5, [0])
    with pytest.raises(TypeError):
        lib.add(1.0, [0])


def test_callback(loaded: Any) -> None:
    """Lets C pass a vector to a Python function, which may keep it."""
    ffi, lib = loaded
    kept = []

    @ffi.callback("v4(v4, int)")
    def scale(vector: Any, factor: int) -> Any:
        kept.append(vector)
        return [factor * x for x in vector]

    assert list(lib.through(scale, [1, 2, 3, 4])) == [3, 6, 9, 12]
    assert list(lib.through(scale, [5, 6, 7, 8])) == [15, 18, 21, 24]
    assert [list(vector) for vector in kept] == [[1, 2, 3, 4], [5, 6, 7, 8]]


@pytest.mark.thread_unsafe(reason="changes a variable of a library")
def test_variable(loaded: Any) -> None:
    """Reads and writes a vector of a library."""
    _, lib = loaded
    lib.four[2] = 9
    assert list(lib.four) == [1, 2, 9, 4]
    lib.four = [4, 3, 2, 1]
    assert list(lib.four) == [4, 3, 2, 1]


def test_wide_memory_is_aligned() -> None:
    """Allocate vectors with the alignment that C gives them."""
    ffi = _cffi_backend.FFI()
    ffi.cdef("typedef double v8 __attribute__((vector_size(64))); struct s { char c; v8 v; };")
    align = 16 if platform.machine() == "aarch64" else 64
    assert (ffi.alignof("v8"), ffi.sizeof("struct s"), ffi.offsetof("struct s", "v")) == (
        align,
        64 + align,
        align,
    )
    made = [ffi.new(text) for text in ("v8", "v8 *", "v8[3]", "struct s *")]
    assert all(int(ffi.cast("uintptr_t", p)) % align == 0 for p in made)
