"""`extern "Python"` functions with `...`, and lists of arguments that a program makes of values."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import cffi
import ferrocffi
import pytest
from ferrocffi import compiler, sources

HERE = sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")
pytestmark = pytest.mark.skipif(not HERE, reason="a va_list of this processor is not known")

CDEF = """
struct pair { long a; double b; };
struct large { long items[5]; };
extern "Python" int say(const char *, ...);
extern "Python" struct large wide(double, struct large, ...);
int talk(void);
long total(void);
"""
CODE = """
struct pair { long a; double b; };
struct large { long items[5]; };
static int say(const char *, ...);
static struct large wide(double, struct large, ...);
int talk(void) {
    struct pair p = { 7, 0.5 };
    struct large l = { { 1, 2, 3, 4, 5 } };
    signed char c = -3;
    return say("one", -1, 2.5, "text", p, l, 3.25L, c, 9UL, 10UL, 11UL, 1.5f, p, 1., 2., 3., 4., 5., 6., 7., 8.);
}
long total(void) {
    struct large l = { { 1, 2, 3, 4, 5 } };
    l = wide(0.5, l, 100L, 200L, 300L, 400L, 500L, 600L, 700L, 800L, 900L);
    return l.items[0] + l.items[4];
}
"""
PROGRAM = """
import variadic_python as m
ffi, lib = m.ffi, m.lib

@ffi.def_extern()
def say(name, rest):
    pair = rest.copy()
    ints = rest.next("int"), rest.next("double"), ffi.string(rest.next("char *"))
    p, l = rest.next(ffi.typeof("struct pair")), rest.next(ffi.typeof("struct large"))
    print(ffi.string(name), ints, (p.a, p.b), list(l.items), float(rest.next("long double")), rest.next("int"))
    print([rest.next("unsigned long") for _ in range(3)], rest.next("float"), rest.next(ffi.typeof("struct pair")).b)
    print([rest.next("double") for _ in range(8)], pair.next("int"))
    kept.append(rest)
    return 42

@ffi.def_extern()
def wide(x, large, rest):
    return [[large.items[4] if x == 0.5 else 0, 0, 0, 0, sum(rest.next("long") for _ in range(9))]]

kept = []
print(lib.talk(), lib.total())
try:
    kept[0].next("int")
except RuntimeError as error:
    print(error)
"""
EXPECTED = """\
b'one' (-1, 2.5, b'text') (7, 0.5) [1, 2, 3, 4, 5] 3.25 -3
[9, 10, 11] 1.5 0.5
[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0] -1
42 4505
the callback whose arguments these are has returned
"""


def test_a_variadic_function_of_python(tmp_path: Path) -> None:
    ffi = ferrocffi.FFI()
    ffi.cdef(CDEF)
    source = tmp_path / "variadic_python.c"
    source.write_text(sources.c_source(ffi, "variadic_python", CODE))
    compiler.compile(source, "variadic_python", tmpdir=tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, EXPECTED), done.stderr


@pytest.fixture(scope="module")
def ffi() -> Any:
    ffi = cffi.FFI()
    ffi.cdef("""
        struct pair { long a; double b; };
        struct large { long items[5]; };
        int vsnprintf(char *, size_t, const char *, va_list);
        int vsscanf(const char *, const char *, va_list);
    """)
    return ffi


def written(ffi: Any, form: bytes, *values: Any) -> bytes:
    out = ffi.new("char[300]")
    values = ferrocffi.va_list(*values) if values[:1] != ("list",) else values[1]
    length = ffi.dlopen(None).vsnprintf(out, 300, form, values)
    text: bytes = ffi.string(out)
    assert length == len(text)
    return text


def test_values_are_promoted(ffi: Any) -> None:
    number = [ffi.cast(t, -3) for t in ("signed char", "short", "int", "long", "long long")]
    assert written(ffi, b"%d %d %d %ld %lld", *number) == b"-3 -3 -3 -3 -3"
    assert written(ffi, b"%d %u", ffi.cast("_Bool", 1), ffi.cast("unsigned char", 200)) == b"1 200"
    assert written(ffi, b"%g %g %.3Lf", *(ffi.cast(t, 1.5) for t in ("float", "double", "long double"))) == (
        b"1.5 1.5 1.500"
    )
    sign = ffi.cast("int", ffi.cast("char", 200))
    assert written(ffi, b"%d", ffi.cast("char", 200)) == (
        b"-56" if int(sign) < 0 or platform.machine() == "x86_64" else b"200"
    )
    assert written(ffi, b"%s|%c", ffi.new("char[]", b"array"), ffi.cast("char", b"x")) == b"array|x"
    many = [ffi.cast("int", n) if n % 2 else ffi.cast("double", n) for n in range(40)]
    form = b" ".join(b"%d" if n % 2 else b"%.0f" for n in range(40))
    assert written(ffi, form, *many) == b" ".join(b"%d" % n for n in range(40))
    mixed = (
        ffi.cast("int", 1),
        ffi.cast("long double", 2.25),
        ffi.cast("int", 3),
        ffi.cast("long double", 4),
    )
    assert written(ffi, b"%d %Lg %d %Lg", *mixed) == b"1 2.25 3 4"


def test_a_list_is_read_from_its_start_each_time(ffi: Any) -> None:
    values = ferrocffi.va_list(ffi.cast("int", 5), ffi.new("char[]", b"kept"))
    gc.collect()
    for _ in range(3):
        assert written(ffi, b"%d %s", "list", values) == b"5 kept"
    assert values.next("int") == 5
    rest = values.copy()
    assert written(ffi, b"%s", "list", rest) == written(ffi, b"%s", "list", rest) == b"kept"


def test_scanf(ffi: Any) -> None:
    number, text = ffi.new("int *"), ffi.new("char[20]")
    assert ffi.dlopen(None).vsscanf(b"17 word", b"%d %19s", ferrocffi.va_list(number, text)) == 2
    assert (number[0], ffi.string(text)) == (17, b"word")


def test_structs_are_read_by_callbacks(ffi: Any) -> None:
    pair, large = ffi.new("struct pair *", [7, 0.5]), ffi.new("struct large *", [[1, 2, 3, 4, 5]])
    values = ferrocffi.va_list(ffi.cast("int", 1), pair[0], large[0], ffi.cast("double", 2))
    assert values.next("int") == 1
    got = values.next(ffi.typeof("struct pair"))
    assert (got.a, got.b) == (7, 0.5)
    assert list(values.next(ffi.typeof("struct large")).items) == [1, 2, 3, 4, 5]
    assert values.next("double") == 2


def test_what_is_no_cdata_is_refused(ffi: Any) -> None:
    for wrong in (1, 1.5, b"text", None):
        with pytest.raises(TypeError, match="argument 2 needs to be a cdata object"):
            ferrocffi.va_list(ffi.cast("int", 1), wrong)
    assert written(ffi, b"none", "list", ferrocffi.va_list()) == b"none"


def test_cycles_are_collected(ffi: Any) -> None:
    import weakref

    class Box:
        values: Any

    box = Box()
    handle = ffi.new_handle(box)
    box.values = ferrocffi.va_list(handle)
    gone = weakref.ref(box)
    del box, handle
    gc.collect()
    assert gone() is None
