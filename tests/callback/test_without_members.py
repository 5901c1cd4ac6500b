"""Structs that have a size and no members: unnamed bit-fields, arrays of length 0. C reads none of their bytes."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(not shutil.which("gcc"), reason="clang passes them in other ways"),
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
        reason="elsewhere libffi refuses them",
    ),
]

TYPES = """
struct bits { signed char : 1; };
struct large { char items[0]; long : 1; } __attribute__((aligned(4096)));
"""
CDEF = (
    TYPES
    + """
int large_result(struct large (*f)(int));
void behind(void (*f)(int, ...));
"""
)
SOURCE = (
    TYPES
    + """
int large_result(struct large (*f)(int)) { f(7); return 42; }
void behind(void (*f)(int, ...)) {
    struct bits b;
    f(1, 1L, 2L, 3L, 4L, 5L, 6L, b, 7L, b, 8L);
    f(0, b, 1L);
}
"""
)
PROGRAM = """
import sys
import warnings
import cffi
warnings.simplefilter("ignore")
ffi = cffi.FFI()
ffi.cdef(sys.argv[1])
lib = ffi.dlopen(sys.argv[2])
large = ffi.new("struct large *")[0]
for _ in range(100):
    assert lib.large_result(ffi.callback("struct large(int)", lambda n: large)) == 42
bits = ffi.typeof("struct bits")
@ffi.callback("void(int, ...)")
def behind(many, rest):
    numbers = [rest.next("long") for _ in range(6 * many)]
    for _ in range(1 + many):
        rest.next(bits)
        numbers.append(rest.next("long"))
    print(numbers)
lib.behind(behind)
"""


def test_they_leave_other_memory_and_other_arguments_alone(tmp_path: Path) -> None:
    (tmp_path / "n.c").write_text(SOURCE)
    library = tmp_path / "n.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-w", "-o", library, tmp_path / "n.c"], check=True)
    command = [sys.executable, "-c", PROGRAM, CDEF, str(library)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[1, 2, 3, 4, 5, 6, 7, 8]", "[1]"]
