"""Members that the attribute `packed` places: on AArch64 they decide where an argument lies on the stack."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import _cffi_backend as B
import cffi
import pytest

pytestmark = [
    pytest.mark.skipif(not hasattr(B, "__path__"), reason="stock: ignores the attribute"),
    pytest.mark.skipif(not shutil.which("cc") or sys.platform == "win32", reason="needs a C compiler"),
]

TYPES = """
typedef unsigned short vector __attribute__((vector_size(16)));
struct packed { vector m __attribute__((packed)); };
struct raised { vector m __attribute__((packed)); } __attribute__((aligned(16)));
struct number { __int128 m __attribute__((packed)); };
struct quad { long double m __attribute__((packed)); };
"""
KINDS = ("packed", "raised", "number", "quad")
DOUBLES = ", ".join(f"double d{i}" for i in range(8))
LONGS = ", ".join(f"long n{i}" for i in range(8))


@pytest.mark.parametrize("front", [cffi.FFI, B.FFI])
def test_arguments_on_the_stack_lie_where_packed_members_let_them(tmp_path: Path, front) -> None:
    functions = [
        (f"f_{kind}_{n}", kind, ", ".join(f"long s{i}" for i in range(n))) for kind in KINDS for n in (1, 2)
    ]
    declared = {
        name: f"int {name}({DOUBLES}, {LONGS}, {before}, struct {kind} x, int y)"
        for name, kind, before in functions
    }
    code = [TYPES]
    for name, kind, _ in functions:
        first = "x.m[0]" if kind in ("packed", "raised") else "(int)x.m"
        code.append(f"{declared[name]} {{ return {first} * 100 + y; }}")
    source, library = tmp_path / "packed.c", tmp_path / "packed.so"
    source.write_text("\n".join(code))
    subprocess.run(["cc", "-w", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    ffi = front()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ffi.cdef(TYPES + "".join(f"{text};\n" for text in declared.values()))
    lib = ffi.dlopen(str(library))
    numbers = [*map(float, range(8)), *range(8)]
    for name, kind, before in functions:
        value = ffi.new(f"struct {kind} *")
        value.m = [7] * 8 if kind in ("packed", "raised") else 7
        got = getattr(lib, name)(*numbers, *range(len(before.split(","))), value[0], 5)
        assert got == 705, (name, got)
