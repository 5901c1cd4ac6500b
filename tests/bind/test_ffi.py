"""`ferrocffi.FFI`: headers and texts of C in one object."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import ferrocffi
import pytest
from ferrocffi.headers import HeaderError

from tests.bind.making import bound

LIBC = (
    "ucrtbase.dll" if sys.platform == "win32" else "libc.dylib" if sys.platform == "darwin" else "libc.so.6"
)

TEXT = """\
#ifndef SAMPLE_H
#define SAMPLE_H
#include <stdint-like.h>
/** Counts characters. */
size_t strlen(const char *text);
int magnitude(int) __asm__("abs");
static inline int twice(int x) { return 2 * x; }
extern __thread int local;
extern char **environ;
struct __attribute__((packed)) tight { char c; int i; };
struct wide { char c; int i __attribute__((aligned(16))); };
struct mixed { char c; int i __attribute__((packed)); int b : 3; };
typedef struct { int x, y; } point;
enum colour { RED = 1, BLUE };
#define LIMIT 7
#define HALF 0.5
#define NAME "abc\\377"
#define WIDE L"\\u20ac"
#define NOWHERE ((point *)-1)
#define ODD something
#endif
"""
BASE = """\
#ifndef BASE_H
#define BASE_H
typedef unsigned long size_t;
typedef unsigned int uint32_t;
typedef int wchar_t;
struct shared { int n; };
enum { SHARED = 1 };
#define BASE_LIMIT 9
long labs(long);
#endif
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with headers, and another one that they include."""
    (tmp_path / "base").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "base" / "stdint-like.h").write_text(BASE)
    (tmp_path / "mine" / "sample.h").write_text(TEXT)
    (tmp_path / "mine" / "second.h").write_text(
        '#include "sample.h"\n#include <stdint-like.h>\nstruct second { struct shared s; point p; };\n'
        "uint32_t *numbers(size_t);\nint abs(int);\nint isalpha(int);\n#define TWICE (2 * LIMIT)\n"
    )
    return tmp_path


def read(folder: Path, *names: str, **options: Any) -> Any:
    """Returns an FFI object with headers."""
    ffi = ferrocffi.FFI()
    for name in names:
        ffi.header(name, include_dirs=[folder / "mine", folder / "base"], **options)
    assert ffi.problems() == []
    return ffi


def test_calls_types_and_constants(folder: Path) -> None:
    ffi = read(folder, "sample.h")
    lib = ffi.dlopen(LIBC)
    assert lib.strlen(b"abc") == 3
    assert lib.magnitude(-3) == 3
    assert (lib.LIMIT, lib.RED, lib.BLUE, lib.HALF, lib.NAME, lib.WIDE) == (
        7,
        1,
        2,
        0.5,
        b"abc\xff",
        "\u20ac",
    )
    assert int(ffi.cast("intptr_t", lib.NOWHERE)) == -1
    assert ffi.integer_const("LIMIT") == 7
    point = ffi.new("point *", [1, 2])
    assert (point.x, point.y) == (1, 2)
    assert lib.labs(-4) == 4
    # Its value depends on how the interpreter is linked.
    assert ffi.typeof(lib.environ) is ffi.typeof("char **")
    for name, reason in (("twice", "is defined in the header"), ("local", "of each thread"), ("ODD", "ODD")):
        with pytest.raises(AttributeError, match=reason):
            getattr(lib, name)


def test_layouts(folder: Path) -> None:
    ffi = read(folder, "sample.h")
    assert (ffi.sizeof("struct tight"), ffi.offsetof("struct tight", "i")) == (5, 1)
    assert (ffi.sizeof("struct wide"), ffi.alignof("struct wide"), ffi.offsetof("struct wide", "i")) == (
        32,
        16,
        16,
    )
    wide = ffi.new("struct wide *", {"c": b"x", "i": 5})
    assert bytes(ffi.buffer(wide))[16] == 5
    # The bytes are those that gcc gives.
    mixed = ffi.new("struct mixed *", {"b": -1})
    assert (ffi.sizeof("struct mixed"), ffi.alignof("struct mixed")) == (8, 4)
    assert bytes(ffi.buffer(mixed)).hex() == "0000000000070000"


def test_what_is_shown(folder: Path) -> None:
    ffi = read(folder, "sample.h")
    names = [d.name for d in ffi.declarations()]
    assert "strlen" in names
    assert "labs" not in names
    assert "HALF" in names
    assert [d.name for d in ffi.declarations("l*s")] == ["labs"]
    (found,) = ffi.declarations("strlen")
    assert (found.kind, found.doc, found.type) == (
        "function",
        "Counts characters.",
        "size_t strlen(const char *text)",
    )
    shown = dir(ffi.dlopen(LIBC))
    assert {"strlen", "magnitude", "LIMIT", "RED"} <= set(shown)
    assert not {"labs", "BASE_LIMIT", "SHARED"} & set(shown)
    ffi = read(folder, "sample.h", only=["la*", "BASE_*"])
    assert dir(ffi.dlopen(LIBC)) == ["BASE_LIMIT", "labs"]
    assert ffi.dlopen(LIBC).LIMIT == 7


def test_headers_are_one_translation_unit(folder: Path) -> None:
    ffi = read(folder, "sample.h", "second.h")
    lib = ffi.dlopen(LIBC)
    assert lib.TWICE == 14
    assert lib.abs(-1) == 1
    assert ffi.sizeof("struct second") == 12
    assert ffi.typeof("struct second").fields[0][1].type is ffi.typeof("struct shared")
    ffi.cdef("struct third { struct second s; uint32_t *more; }; int toupper(int);")
    assert ffi.sizeof("struct third") == 24
    assert lib.toupper(ord("a")) == ord("A")


def test_types_made_before_a_header(folder: Path) -> None:
    ffi = ferrocffi.FFI()
    ffi.cdef("struct shared; struct user { struct shared *s; }; FILE *fopen(const char *, const char *);")
    pointer = ffi.typeof("struct shared *")
    user = ffi.new("struct user *")
    with pytest.raises((ffi.error, TypeError, ValueError)):
        ffi.sizeof("struct shared")
    ffi.header("sample.h", include_dirs=[folder / "mine", folder / "base"])
    assert ffi.sizeof("struct shared") == 4
    assert ffi.typeof("struct shared *") is pointer
    user.s = shared = ffi.new("struct shared *", [3])
    assert user.s.n == shared.n == 3


def test_names_of_c_are_types_of_cffi(folder: Path) -> None:
    ffi = read(folder, "second.h")
    assert str(ffi.typeof("uint32_t *")) == "<ctype 'uint32_t *'>"
    assert ffi.typeof("wchar_t").kind == "primitive"
    assert ffi.new("wchar_t[]", "x")[0] == "x"
    other = ferrocffi.FFI()
    assert other.typeof("size_t *") is ffi.typeof("size_t *")
    out = other.new("uint32_t[]", 2)
    assert ffi.cast("uint32_t *", out) == out


def test_problems(folder: Path) -> None:
    bad = folder / "mine" / "bad.h"
    bad.write_text("int isupper(int);\nint broken broken;\n")
    ffi = ferrocffi.FFI()
    with pytest.raises(HeaderError, match=r"bad\.h:2:12"):
        ffi.header(str(bad), strict=True)
    assert ffi.declarations() == []
    ffi.header(str(bad))
    (problem,) = ffi.problems()
    assert (problem.severity, problem.line) == ("error", 2)
    assert ffi.dlopen(LIBC).isupper(ord("A"))
    with pytest.raises(HeaderError, match="is not found"):
        ffi.header("no/such.h")
    with pytest.raises(ValueError, match="unknown target"):
        ffi.header(str(bad), target="pdp11-unix")
    with pytest.raises(ValueError, match="this platform"):
        ffi.header(str(bad), target="aarch64-linux-gnu")
    with pytest.raises(ValueError, match="unknown standard"):
        ffi.header(str(bad), std="c1066")


def test_threads(folder: Path) -> None:
    ffi = read(folder, "sample.h")
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(10):
                if number == 0:
                    ffi.header("second.h", include_dirs=[folder / "mine", folder / "base"])
                assert ffi.new("point *", [number, 1]).x == number
                assert ffi.dlopen(LIBC).LIMIT == 7
                assert len(ffi.declarations()) > 5
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_stock_backend_has_no_headers() -> None:
    from tests.bind.making import printed

    program = "import ferrocffi\ntry:\n    ferrocffi.FFI\nexcept ImportError as error:\n    print(error)"
    assert "ferrocffi.FFI needs ferrocffi's backend" in printed(program, backend="stock")


@pytest.mark.parametrize("decorated", [True, False])
def test_callbacks_of_types_that_a_header_declares(tmp_path: Path, decorated: bool) -> None:
    """The type of a decorator is looked up where that of a call is, also before anything else was."""
    (tmp_path / "types.h").write_text("typedef int (*twice_t)(int);\n", encoding="utf-8")
    ffi = ferrocffi.FFI()
    ffi.header(str(tmp_path / "types.h"))
    seen: list[Any] = []

    def invert(number: int) -> int:
        return 4 // number

    def on_error(*caught: Any) -> None:
        seen.append(caught[0])

    if decorated:
        function = ffi.callback("twice_t", error=7, onerror=on_error)(invert)
    else:
        function = ffi.callback("twice_t", invert, 7, on_error)
    assert (function(2), function(0), seen) == (2, 7, [ZeroDivisionError])
    assert ffi.typeof(function) is ffi.typeof("twice_t")
    with pytest.raises(Exception, match="no_such_type"):
        ffi.callback("no_such_type")


def test_a_macro_hides_an_enumerator(tmp_path: Path) -> None:
    text = "enum modes { FIRST, SECOND, MODES };\n#define MODES (MODES - 1)\n#define SECOND SECOND\n"
    header = tmp_path / "hidden.h"
    header.write_text(text, encoding="utf-8")
    ffi = ferrocffi.FFI()
    ffi.header(str(header))
    lib = ffi.dlopen(None)
    module, _ = bound(tmp_path, text, libraries=["c"])
    for each in (lib, module.lib):
        assert (each.FIRST, each.SECOND, each.MODES) == (0, 1, 1)


def test_attributes_behind_a_tag(tmp_path: Path) -> None:
    text = """
        struct desc { unsigned long long addr; };
        typedef struct desc __attribute__((aligned(16))) desc_t;
        struct ring { char c; desc_t *p; char d; desc_t first; struct desc __attribute__((packed)) second; };
    """
    module, _ = bound(tmp_path, text, libraries=["c"])
    header = tmp_path / "ring.h"
    header.write_text(text, encoding="utf-8")
    ffi = ferrocffi.FFI()
    ffi.header(str(header))
    for each in (ffi, module.ffi):
        assert each.offsetof("struct ring", "first") == 32 and each.sizeof("struct ring") == 48
