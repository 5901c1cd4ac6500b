"""``ferrocffi bind --api``: the C source of a module from a header as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ferrocffi import binding, compiler

from tests.bind.making import printed

HEADER = """
#ifndef SHAPES_H
#define SHAPES_H
#include <stdint.h>
#include <stdarg.h>
#define SHAPES_VERSION "1.2"
#define SHAPES_LIMIT (1u << 12)
#define SHAPES_RATIO 2.5
#define SHAPES_TWICE(x) ((x) * 2)
typedef enum { SHAPE_NONE, SHAPE_ROUND = 7 } shape_kind;
typedef struct shape shape;
typedef struct __attribute__((packed)) { uint8_t tag; uint32_t value; } shape_header;
struct shape { shape_kind kind; union { int32_t side; float radius; }; unsigned locked : 1, depth : 5; };
static inline uint64_t shape_area(const shape *s) { return (uint64_t)s->side * (uint64_t)s->side; }
static inline shape_header shape_head(uint32_t value) { shape_header h = { 1, value }; return h; }
int shape_format(char *out, const char *format, va_list list);
static inline __int128 shape_wide(void) { return 1; }
extern int shape_count;
#endif
"""

PROGRAM = """
from _shapes import ffi, lib
s = ffi.new("shape *", {"kind": lib.SHAPE_ROUND, "side": 9, "depth": 21})
print(lib.shape_area(s), s.depth, ffi.sizeof("shape"), ffi.sizeof("shape_header"), ffi.offsetof("shape_header", "value"))
print(lib.shape_head(77).value, ffi.string(lib.SHAPES_VERSION), lib.SHAPES_LIMIT, lib.SHAPES_RATIO, lib.shape_count)
print(sorted(name for name in dir(lib) if not name.startswith("_")))
"""


def test_a_header_becomes_a_compiled_module(tmp_path: Path) -> None:
    header = tmp_path / "shapes.h"
    header.write_text(HEADER)
    library = tmp_path / "shapes.c"
    library.write_text("int shape_count = 42;")
    made = binding.make(binding.Wish([str(header)], output=str(tmp_path / "_shapes.c"), api=True))
    binding.write(made)
    assert {left.name: left.reason for left in made.left_out if left.kind == "function"} == {
        "shape_format": "Python code cannot make a va_list",
        "shape_wide": "cffi does not know the type __int128",
    }
    compiler.compile(
        made.path,
        "_shapes",
        tmpdir=tmp_path,
        sources=[library],
        extra_compile_args=["-Wall", "-Wextra", "-Werror"],
    )
    ours = printed(PROGRAM, path=tmp_path)
    assert ours.splitlines()[:2] == ["81 21 12 5 1", "77 b'1.2' 4096 2.5 42"]
    assert "SHAPES_TWICE" not in ours
    assert ours == printed(PROGRAM, backend="stock", path=tmp_path)


def test_what_was_edited_stays(tmp_path: Path) -> None:
    header = tmp_path / "small.h"
    header.write_text("int small(void);")
    output = tmp_path / "_small.c"
    words = [sys.executable, "-m", "ferrocffi", "bind", str(header), "--api", "-o", str(output)]
    assert subprocess.run(words, check=False).returncode == 0
    made = output.read_text()
    assert subprocess.run(words, check=False).returncode == 0
    assert output.read_text() == made
    output.write_text(made + "/* mine */\n")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "was edited" in done.stderr


def test_options_for_python_modules_are_refused(tmp_path: Path) -> None:
    header = tmp_path / "small.h"
    header.write_text("int small(void);")
    for options in ({"renames": ["small=tiny"]}, {"target": "aarch64-linux-gnu"}):
        with pytest.raises(binding.Refused):
            binding.make(binding.Wish([str(header)], api=True, **options))


READ_ONLY_HEADER = """
typedef struct { const int id; const char *const name; double weight[2]; } fixed;
typedef struct { fixed inner[2]; int count; } holder;
static const fixed first = { 7, "seven", { 1.5, 2.5 } };
static inline const char *named(const fixed *f) { return f->name; }
static inline fixed made(int id) { fixed f = { id, "made", { id, -id } }; return f; }
static inline holder held(fixed f, int count) { holder h = { { f, f }, count }; return h; }
"""

READ_ONLY_PROGRAM = """
from _fixed import ffi, lib
f = lib.made(3)
print(f.id, ffi.string(f.name), list(f.weight), ffi.typeof(f).cname)
h = lib.held(f, 4)
print(h.count, [inner.id for inner in h.inner], ffi.string(h.inner[1].name))
print(lib.first.id, ffi.string(lib.first.name), ffi.string(lib.named(ffi.addressof(lib.first))))
"""


def test_structs_with_constant_members_are_results_and_constants(tmp_path: Path) -> None:
    """C code can initialize variables of such a type, but cannot assign to them."""
    header = tmp_path / "fixed.h"
    header.write_text(READ_ONLY_HEADER)
    made = binding.make(binding.Wish([str(header)], output=str(tmp_path / "_fixed.c"), api=True))
    binding.write(made)
    assert [left.name for left in made.left_out] == []
    flags = ["-Wall", "-Wextra", "-Wcast-qual", "-Wconversion", "-Werror"]
    compiler.compile(made.path, "_fixed", tmpdir=tmp_path, include_dirs=[tmp_path], extra_compile_args=flags)
    ours = printed(READ_ONLY_PROGRAM, path=tmp_path)
    assert ours.splitlines() == [
        "3 b'made' [3.0, -3.0] fixed",
        "4 [3, 3] b'made'",
        "7 b'seven' b'seven'",
    ]
    assert ours == printed(READ_ONLY_PROGRAM, backend="stock", path=tmp_path)
