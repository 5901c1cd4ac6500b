"""Bit fields of packed structs and unions share bytes, as in C: the C compiler lays out, writes and reads the same ones."""

from __future__ import annotations

import itertools
import random
import shutil
import subprocess
from pathlib import Path

import _cffi_backend
import cffi
import pytest

CC = shutil.which("cc")
IS_STOCK = not hasattr(_cffi_backend, "__path__")
pytestmark = [
    pytest.mark.skipif(CC is None, reason="no C compiler"),
    pytest.mark.skipif(IS_STOCK, reason="stock: NotImplementedError, or another layout than C's"),
]

TYPES = {
    "signed char": 8,
    "unsigned char": 8,
    "short": 16,
    "unsigned short": 16,
    "int": 32,
    "unsigned int": 32,
    "long long": 64,
    "unsigned long long": 64,
    "_Bool": 1,
}


def members(rng: random.Random) -> list[tuple[str, str, int | None]]:
    """Names, types and widths (None: no bit field) of a struct."""
    out: list[tuple[str, str, int | None]] = []
    for n in range(rng.randint(2, 8)):
        kind = rng.choice(list(TYPES))
        width: int | None = rng.choice(
            [1, TYPES[kind], rng.randint(1, TYPES[kind]), rng.randint(1, TYPES[kind])]
        )
        name = f"m{n}"
        if rng.random() < 0.15:
            width = None
        elif rng.random() < 0.1:
            name, width = "", rng.choice([0, width])
        out.append((name, kind, width))
    return [*out, ("last", "int", 3)]


def text(number: int, keyword: str, fields: list[tuple[str, str, int | None]]) -> str:
    lines = (f"{kind} {name}{'' if width is None else f' : {width}'};" for name, kind, width in fields)
    return f"{keyword} s{number} {{ {' '.join(lines)} }}"


def accessors(number: int, keyword: str, fields: list[tuple[str, str, int | None]]) -> str:
    struct = f"{keyword} s{number}"
    out = [f"unsigned long size{number}(void)", f"unsigned long align{number}(void)"]
    for name, _, _ in fields:
        if name:
            out.append(f"void set{number}_{name}({struct} *p, long long v)")
            out.append(f"long long get{number}_{name}({struct} *p)")
    return "".join(f"{line};\n" for line in out)


def bodies(number: int, keyword: str, fields: list[tuple[str, str, int | None]]) -> str:
    struct = f"{keyword} s{number}"
    out = [f"unsigned long size{number}(void) {{ return sizeof({struct}); }}"]
    out.append(f"unsigned long align{number}(void) {{ return _Alignof({struct}); }}")
    for name, _, _ in fields:
        if name:
            out.append(f"void set{number}_{name}({struct} *p, long long v) {{ p->{name} = v; }}")
            out.append(f"long long get{number}_{name}({struct} *p) {{ return p->{name}; }}")
    return "\n".join(out) + "\n"


@pytest.mark.parametrize("pack", [1, 2, 4, 8])
def test_as_the_compiler(pack: int, tmp_path: Path) -> None:
    rng = random.Random(pack)
    ffi, source = cffi.FFI(), []
    structs = [(n, "union" if rng.random() < 0.15 else "struct", members(rng)) for n in range(150)]
    for one in structs:
        options = {"packed": True} if pack == 1 and rng.random() < 0.5 else {"pack": pack}
        ffi.cdef(text(*one) + ";", **options)
        ffi.cdef(accessors(*one))
        attribute = " __attribute__((packed))" if "packed" in options else ""
        source.append(f"#pragma pack(push, {pack})\n" if not attribute else "")
        source.append(f"{text(*one)}{attribute};\n")
        source.append("#pragma pack(pop)\n" if not attribute else "")
        source.append(bodies(*one))
    c_file, library = tmp_path / "bits.c", tmp_path / "bits.so"
    c_file.write_text("".join(source))
    subprocess.run([str(CC), "-shared", "-fPIC", "-w", "-o", str(library), str(c_file)], check=True)
    lib = ffi.dlopen(str(library))
    for number, keyword, fields in structs:
        shown = (text(number, keyword, fields), f"pack {pack}")
        name = f"{keyword} s{number}"
        size = getattr(lib, f"size{number}")()
        assert ffi.sizeof(name) == size, shown
        assert ffi.alignof(name) == getattr(lib, f"align{number}")(), shown
        named = [f for f in fields if f[0]]
        for (field, kind, width), before in itertools.product(named, (0, 0xFF)):
            here, there = ffi.new(f"{name} *"), ffi.new(f"{name} *")
            for p in (here, there):
                ffi.memmove(p, bytes([before]) * size, size)
            value = rng.getrandbits(width or TYPES[kind])
            if "unsigned" not in kind and kind != "_Bool" and value >> ((width or TYPES[kind]) - 1):
                value -= 1 << (width or TYPES[kind])
            setattr(here, field, value)
            getattr(lib, f"set{number}_{field}")(there, ffi.cast("long long", value))
            assert ffi.buffer(here)[:] == ffi.buffer(there)[:], (shown, field, value)
            assert getattr(here, field) == value, (shown, field)
            got = getattr(lib, f"get{number}_{field}")(here)
            assert got == int(ffi.cast("long long", value)), (shown, field)
