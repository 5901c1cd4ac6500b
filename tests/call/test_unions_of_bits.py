"""Bit-fields of unions decide how a value goes: by registers, or by memory where a packed struct misaligns them."""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import cffi
import pytest

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")

TYPES = {
    "union whole": "union whole { struct { unsigned a[2]; long b : 1; long c : 1; }; long d[2]; };",
    "struct bytes": "struct __attribute__((packed)) bytes { char c[3]; union { unsigned x : 7; } u; };",
    "struct shorts": "struct __attribute__((packed)) shorts { char c[3]; union { unsigned x : 9; } u; };",
    "struct ints": "struct __attribute__((packed)) ints { char c[2]; union { unsigned x : 20; } u; char d; };",
    "struct longs": "struct __attribute__((packed)) longs { char c[4]; union { unsigned long x : 40; } u; };",
}

ALONE = threading.Lock()
"""Held while the memory of the library is in use, for runs of one test in several threads."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    folder: Path = tmp_path_factory.mktemp("unions")
    code, text = ["#include <string.h>", "char memory[64];"], ["extern char memory[64];"]
    for number, (name, definition) in enumerate(TYPES.items()):
        code += [
            definition,
            f"{name} give{number}(long n) {{ {name} r; memcpy(&r, memory, sizeof r); (void)n; return r; }}",
            f"long take{number}(long n, {name} v, long m) {{ memcpy(memory, &v, sizeof v); return n + m; }}",
            f"void back{number}({name} (*f)({name})) {{ {name} v; memcpy(&v, memory, sizeof v); v = f(v);"
            f" memcpy(memory, &v, sizeof v); }}",
        ]
        text += [
            definition,
            f"{name} give{number}(long); long take{number}(long, {name}, long);",
            f"void back{number}({name} (*f)({name}));",
        ]
    (folder / "u.c").write_text("\n".join(code))
    command = ["cc", "-shared", "-fPIC", "-O1", "-w", "-o", str(folder / "u.so"), str(folder / "u.c")]
    subprocess.run(command, check=True)
    ffi = cffi.FFI()
    ffi.cdef("\n".join(text))
    return ffi, ffi.dlopen(str(folder / "u.so"))


@pytest.mark.parametrize("number", range(len(TYPES)), ids=list(TYPES))
def test_calls_and_callbacks(library: tuple[Any, Any], number: int) -> None:
    with ALONE:
        check_calls_and_callbacks(*library, number)


def check_calls_and_callbacks(ffi: Any, lib: Any, number: int) -> None:
    name = list(TYPES)[number]
    size = ffi.sizeof(name)
    pattern = bytes(range(1, size + 1))
    memory = ffi.buffer(lib.memory)
    memory[0:size] = pattern
    value = getattr(lib, f"give{number}")(5)
    assert ffi.buffer(ffi.addressof(value))[:] == pattern
    memory[0:size] = bytes(size)
    assert getattr(lib, f"take{number}")(1, value, 2) == 3
    assert memory[0:size] == pattern

    seen = []

    def turned(given: Any) -> Any:
        seen.append(bytes(ffi.buffer(ffi.addressof(given))))
        result = ffi.new(f"{name} *")
        ffi.buffer(result)[:] = pattern[::-1]
        return result[0]

    getattr(lib, f"back{number}")(ffi.callback(f"{name}({name})", turned))
    assert seen == [pattern] and memory[0:size] == pattern[::-1]
