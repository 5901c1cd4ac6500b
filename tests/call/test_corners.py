"""Corner cases of calls: rubbish in upper bits, many arguments, large structs, deep callbacks; in every way to call."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import _cffi_backend as B
import cffi
import ferrocffi
import pytest
from ferrocffi import compiler, sources

pytestmark = [
    pytest.mark.skipif(not hasattr(B, "__path__"), reason="stock: dies, or refuses"),
    pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler"),
    pytest.mark.skipif(
        platform.machine() not in ("x86_64", "aarch64"), reason="written for these processors"
    ),
]

NARROW = ("_Bool", "char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int")
MIXED = [("int", "double", "signed char", "float", "long", "unsigned short")[i % 6] for i in range(30)]
TYPES = """
struct big { char bytes[1 << 20]; };
struct hooks { int (*narrow)(signed char, unsigned char, short, unsigned short, _Bool); double (*mixed)(%(mixed)s); };
typedef int (*again)(int);
"""
CDEF = (
    TYPES
    + """
%(results)s
int widened(signed char, unsigned char, short, unsigned short, _Bool);
double mixed(%(mixed)s);
struct big shifted(struct big, int);
int through(again f, int n);
int use_hooks(struct hooks *, double *);
void give_hooks(struct hooks *);
int formatted(char *, const char *, ...);
int scanned(const char *, const char *, ...);
"""
)
# A function whose result has rubbish above its type, as compilers may leave it there.
CODE = (
    "#include <stdarg.h>\n#include <stdio.h>\n#include <string.h>\n"
    + TYPES
    + """
%(rubbish)s
int widened(signed char a, unsigned char b, short c, unsigned short d, _Bool e) {
    return a + 1000 * b + 100000 * c + 7 * d + e;
}
double mixed(%(named)s) { return %(sum)s; }
struct big shifted(struct big b, int by) {
    for (int i = 0; i < 1 << 20; i++) b.bytes[i] += by;
    return b;
}
int through(again f, int n) { return f(n); }
int use_hooks(struct hooks *h, double *sum) { *sum = h->mixed(%(numbers)s); return h->narrow(-3, 250, -300, 60000, 1); }
void give_hooks(struct hooks *h) { h->narrow = widened; h->mixed = mixed; }
int formatted(char *to, const char *format, ...) {
    va_list rest; va_start(rest, format); int n = vsprintf(to, format, rest); va_end(rest); return n;
}
int scanned(const char *from, const char *format, ...) {
    va_list rest; va_start(rest, format); int n = vsscanf(from, format, rest); va_end(rest); return n;
}
"""
)


def name(ctype: str) -> str:
    return "narrow_" + ctype.replace(" ", "_")


FILLED = {
    "mixed": ", ".join(MIXED),
    "named": ", ".join(f"{ctype} a{i}" for i, ctype in enumerate(MIXED)),
    "sum": " + ".join(f"{i + 1} * (double)a{i}" for i in range(30)),
    "numbers": ", ".join(str(i + 1) for i in range(30)),
    "results": "\n".join(f"{ctype} {name(ctype)}(unsigned long);" for ctype in NARROW),
    "rubbish": "\n".join(f"unsigned long {name(ctype)}(unsigned long x) {{ return x; }}" for ctype in NARROW),
}
NUMBERS = [i + 1 for i in range(30)]
SUM = float(sum((i + 1) ** 2 for i in range(30)))


@pytest.fixture(scope="module", params=["gcc", "clang"])
def loaded(request: Any, tmp_path_factory: Any) -> Any:
    if not shutil.which(request.param):
        pytest.skip(f"the compiler {request.param} is not installed")
    folder: Path = tmp_path_factory.mktemp("corners")
    (folder / "c.c").write_text(CODE % FILLED)
    command = [request.param, "-O2", "-shared", "-fPIC", "-o", "c.so", "c.c"]
    subprocess.run(command, cwd=folder, check=True)
    ffi: Any = cffi.FFI()
    ffi.cdef(CDEF % FILLED)
    ffi.path = str(folder / "c.so")
    return ffi, ffi.dlopen(ffi.path)


@pytest.mark.parametrize("ctype", NARROW)
def test_rubbish_above_a_narrow_result_is_ignored(loaded: Any, ctype: str) -> None:
    ffi, lib = loaded
    function = getattr(lib, name(ctype))
    pointer = ffi.cast(f"{ctype}(*)(unsigned long)", function)
    bits = 8 * ffi.sizeof(ctype)
    for low in (0, 1) if ctype == "_Bool" else (0, 1, 2 ** (bits - 1), 2**bits - 1):
        for high in (0, 0xDEADBEEFDEADBEEF, 2**64 - 1):
            word = (high >> bits << bits | low) & (2**64 - 1)
            expected = int(ffi.cast(ctype, low))
            for call in (function, pointer, ferrocffi.keep_gil(function)):
                got = call(word)
                assert (ffi.cast("char", got) if isinstance(got, bytes) else got) == (
                    ffi.cast("char", low) if isinstance(got, bytes) else expected
                )


def test_arguments_are_extended_for_callees_that_trust_it(loaded: Any) -> None:
    ffi, lib = loaded
    values = (-3, 250, -300, 60000, True)
    expected = -3 + 250_000 - 30_000_000 + 420_000 + 1
    assert lib.widened(*values) == expected
    assert (
        lib.widened(
            *(
                ffi.cast(t, int(v))
                for t, v in zip(
                    ("signed char", "unsigned char", "short", "unsigned short", "_Bool"), values, strict=True
                )
            )
        )
        == expected
    )
    hooks = ffi.new("struct hooks *")
    lib.give_hooks(hooks)
    assert hooks.narrow(*values) == expected


def test_thirty_mixed_arguments(loaded: Any) -> None:
    ffi, lib = loaded
    assert lib.mixed(*NUMBERS) == SUM
    hooks = ffi.new("struct hooks *")
    lib.give_hooks(hooks)
    assert hooks.mixed(*NUMBERS) == SUM
    got = []

    @ffi.callback(f"double({FILLED['mixed']})")
    def mixed(*args: Any) -> float:
        got.append(args)
        return sum((i + 1) * x for i, x in enumerate(args))

    assert mixed(*NUMBERS) == SUM
    assert got == [tuple(NUMBERS)]


def test_hooks_of_python(loaded: Any) -> None:
    ffi, lib = loaded
    seen = []
    narrow = ffi.callback(
        "int(signed char, unsigned char, short, unsigned short, _Bool)", lambda *a: seen.append(a) or -7
    )
    mixed = ffi.callback(
        f"double({FILLED['mixed']})", lambda *a: float(sum((i + 1) * x for i, x in enumerate(a)))
    )
    hooks, total = ffi.new("struct hooks *", [narrow, mixed]), ffi.new("double *")
    assert lib.use_hooks(hooks, total) == -7
    assert seen == [(-3, 250, -300, 60000, True)] and total[0] == SUM


def test_a_struct_of_a_megabyte(loaded: Any) -> None:
    ffi, lib = loaded
    big = ffi.new("struct big *")
    ffi.buffer(big)[:] = bytes(range(256)) * 4096
    expected = bytes((i + 3) % 256 for i in range(256)) * 4096
    result = lib.shifted(big[0], 3)
    assert ffi.buffer(ffi.addressof(result))[:] == expected
    back = ffi.callback("struct big(struct big, int)", lambda b, n: lib.shifted(b, n))
    result = back(big[0], 3)
    assert ffi.buffer(ffi.addressof(result))[:] == expected


DEPTH = 400 if sys.version_info[:2] == (3, 12) else 1000
"""CPython 3.12 has a fixed limit of 1,500 nested C functions, which ends the calls on every backend: see C_RECURSION_LIMIT."""

DEEP = """
import sys, threading
import cffi
ffi = cffi.FFI()
ffi.cdef("typedef int (*again)(int); int through(again f, int n);")
lib = ffi.dlopen(sys.argv[1])
sys.setrecursionlimit(100000)
f = ffi.callback("again", lambda n: n if n == 0 else 1 + lib.through(f, n - 1))
def run(): print(lib.through(f, int(sys.argv[2])))
threading.stack_size(256 << 20)
thread = threading.Thread(target=run); thread.start(); thread.join()
"""


def test_callbacks_nested_a_thousand_deep(loaded: Any) -> None:
    path = loaded[0].path
    done = subprocess.run(
        [sys.executable, "-c", DEEP, path, str(DEPTH)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{DEPTH}\n"), done.stderr


def test_formats_of_printf_and_scanf(loaded: Any) -> None:
    ffi, lib = loaded
    out = ffi.new("char[200]")
    kinds = {
        "%hhd": "signed char",
        "%hu": "unsigned short",
        "%d": "int",
        "%ld": "long",
        "%lld": "long long",
        "%zu": "size_t",
    }
    values = [ffi.cast(kind, 77) for kind in kinds.values()]
    more = [
        ffi.cast("double", 0.5),
        ffi.cast("long double", 0.25),
        ffi.cast("char", b"c"),
        ffi.new("char[]", b"text"),
        ffi.cast("float", 1.5),
    ]
    form = " ".join([*kinds, "%g %Lg %c %s %g %d"]).encode()
    length = lib.formatted(out, form, *values, *more, ffi.cast("_Bool", 1))
    text = b"77 77 77 77 77 77 0.5 0.25 c text 1.5 1"
    assert (length, ffi.string(out)) == (len(text), text)
    places = {
        "%hhd": "signed char *",
        "%hd": "short *",
        "%d": "int *",
        "%ld": "long *",
        "%f": "float *",
        "%lf": "double *",
        "%Lf": "long double *",
    }
    into = [ffi.new(kind) for kind in places.values()]
    assert lib.scanned(b"1 2 3 4 5.5 6.5 7.5", " ".join(places).encode(), *into) == 7
    assert [float(p[0]) for p in into] == [1, 2, 3, 4, 5.5, 6.5, 7.5]


EXTERN = """
extern "Python" int narrow(signed char, unsigned char, short, unsigned short, _Bool);
extern "Python" double mixed(%(mixed)s);
extern "Python" int deeper(int);
int use_narrow(void);
double use_mixed(void);
int use_deeper(int);
"""
EXTERN_CODE = """
static int narrow(signed char, unsigned char, short, unsigned short, _Bool);
static double mixed(%(mixed)s);
static int deeper(int);
int use_narrow(void) { return narrow(-3, 250, -300, 60000, 1); }
double use_mixed(void) { return mixed(%(numbers)s); }
int use_deeper(int n) { return deeper(n); }
"""
EXTERN_PROGRAM = """
import sys, threading
from corners import ffi, lib
@ffi.def_extern()
def narrow(*args): print(args); return -7
@ffi.def_extern()
def mixed(*args): return float(sum((i + 1) * x for i, x in enumerate(args)))
@ffi.def_extern()
def deeper(n): return 0 if n == 0 else 1 + lib.use_deeper(n - 1)
sys.setrecursionlimit(100000)
threading.stack_size(256 << 20)
thread = threading.Thread(target=lambda: print(lib.use_narrow(), lib.use_mixed(), lib.use_deeper(int(sys.argv[1]))))
thread.start(); thread.join()
"""


def test_functions_of_python_in_modules(tmp_path: Path) -> None:
    ffi = ferrocffi.FFI()
    ffi.cdef(EXTERN % FILLED)
    source = tmp_path / "corners.c"
    source.write_text(sources.c_source(ffi, "corners", EXTERN_CODE % FILLED))
    compiler.compile(source, "corners", tmpdir=tmp_path)
    command = [sys.executable, "-c", EXTERN_PROGRAM, str(DEPTH)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    expected = f"(-3, 250, -300, 60000, True)\n-7 {SUM} {DEPTH}\n"
    assert (done.returncode, done.stdout) == (0, expected), done.stderr
