"""The alignment that typedefs request, beside `_Alignof` of the C compiler."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import _cffi_backend
import cffi
import pytest

COMPILER = shutil.which("gcc")


def declarations(seed: int) -> tuple[str, list[str]]:
    """Returns typedefs that request alignments, in texts that name others, and the type strings to ask about."""
    choose = random.Random(seed)
    lines, names = ["struct s { short a; };", "union u { int a; char b[6]; };"], []
    bases = ["char", "int", "long", "double", "struct s", "union u", "void *", "short"]
    for number in range(40):
        name = f"t{number}"
        base = choose.choice([*bases, *names[-6:]] if names else bases)
        align = choose.choice([1, 2, 4, 8, 16, 32, 64])
        form = choose.randrange(5)
        if form == 0:
            lines.append(f"typedef {base} {name};")
        elif form == 1:
            lines.append(f"typedef {base} *{name} __attribute__((aligned({align})));")
        elif form == 2:
            lines.append(f"struct r{number} {{ char c; {base} x; }}; typedef struct r{number} {name};")
        elif form == 3:
            lines.append(f"typedef const {base} {name};")
        else:
            lines.append(f"typedef {base} {name} __attribute__((aligned({align})));")
        names.append(name)
    return "\n".join(lines), [
        *names,
        *(f"const {name}" for name in names[::3]),
        *(f"{name} *" for name in names[::5]),
    ]


def answers(folder: Path, text: str, types: list[str]) -> list[int]:
    """Returns what the C compiler says."""
    assert COMPILER
    asked = "\n".join(f'printf("%zu\\n", _Alignof({tp}));' for tp in types)
    (folder / "a.c").write_text(
        f"#include <stdio.h>\n{text}\nint main(void) {{ {asked} }}\n", encoding="utf-8"
    )
    subprocess.run([COMPILER, "-w", "-o", folder / "a", folder / "a.c"], check=True)
    out = subprocess.run([folder / "a"], check=True, capture_output=True, text=True)
    return [int(line) for line in out.stdout.split()]


@pytest.mark.skipif(not COMPILER, reason="there is no gcc")
@pytest.mark.parametrize("make", [cffi.FFI, _cffi_backend.FFI])
@pytest.mark.parametrize("seed", range(4))
def test_alignof_is_that_of_the_compiler(make: Any, seed: int, tmp_path: Path) -> None:
    text, types = declarations(seed)
    ffi = make()
    ffi.cdef(text)
    expected = answers(tmp_path, text, types)
    for _ in range(2):
        assert [ffi.alignof(tp) for tp in types] == expected


def test_without_such_a_typedef_the_ctype_decides() -> None:
    ffi = cffi.FFI()
    ffi.cdef("typedef struct { short a; } t;")
    assert (ffi.alignof("t"), ffi.alignof(ffi.typeof("t"))) == (2, 2)
    ffi.cdef("typedef t wide __attribute__((aligned(64)));")
    assert (ffi.alignof("wide"), ffi.alignof("t"), ffi.alignof(ffi.typeof("wide"))) == (64, 2, 2)
    with pytest.raises(cffi.CDefError):
        ffi.alignof("nothing")
