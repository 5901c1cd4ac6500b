"""Calls that fail give back the memory of the arguments that were converted before."""

from __future__ import annotations

from pathlib import Path

import _cffi_backend
import pytest
from ferrocffi import compiler, sources

from tests.bind.making import printed

PROGRAM = """
from failing_calls import ffi, lib

def pages():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])

numbers = list(range(100_000))

def failing(*arguments):
    before = pages()
    for _ in range(200):
        try:
            lib.joined(*arguments)
        except (TypeError, OverflowError):
            continue
        raise AssertionError("the call did not fail")
    return (pages() - before) * 4096 // 2**20

# Each call allocates 800 KB for the first argument, so 200 lost ones are 160 MB.
print(max(failing(numbers, numbers, "no"), failing(numbers, "no", 1), failing(numbers, [*numbers, "x"], 1)) < 40)
print(lib.joined(numbers, [1, 2], 2))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured by Linux's /proc")
@pytest.mark.parametrize("backend", ["ferrocffi", "stock"])
def test_a_later_argument_that_is_wrong_loses_no_memory(tmp_path: Path, backend: str) -> None:
    ffi = _cffi_backend.FFI()
    ffi.cdef("long joined(const long *a, const long *b, int n);")
    file = tmp_path / "failing_calls.c"
    code = "static long joined(const long *a, const long *b, int n) { return a[n] + b[n - 1]; }"
    file.write_text(sources.c_source(ffi, "failing_calls", code))
    compiler.compile(file, "failing_calls", tmpdir=tmp_path)
    assert printed(PROGRAM, backend=backend, path=tmp_path).split() == ["True", "4"]
