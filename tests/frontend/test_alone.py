"""`import ferrocffi as cffi` where nothing else is installed, and where the genuine package is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.frontend.running import run

KINDS = ["alone", "own"]

WHOLE = r"""
import importlib.util, sys
import cffi

ffi = cffi.FFI()
ffi.cdef("int abs(int); typedef struct { int x, y; } point; enum e { A, B = 5 };\n#define LIMIT 7")
lib = ffi.dlopen(None)
assert (lib.abs(-4), lib.B, lib.LIMIT, ffi.sizeof("point")) == (4, 5, 7, 8)
assert ffi.list_types() == (["point"], [], [])
for action, error, text in (
    (lambda: ffi.typeof("nothing"), cffi.CDefError, "unknown identifier 'nothing'"),
    (lambda: ffi.cdef("int f(;"), cffi.CDefError, 'cannot parse "int f(;"'),
    (lambda: ffi.cdef(5), TypeError, "cdef() argument must be a string"),
    (lambda: ffi.compile(), ValueError, "set_source() must be called before compile()"),
    (lambda: ffi.include(5), TypeError, "ffi.include() expects an argument that is also of type cffi.FFI"),
    (lambda: ffi.def_extern(), ValueError, "only available on API-mode FFI objects"),
    (lambda: ffi.set_source("a/b", ""), ValueError, "'module_name' must not contain '/'"),
    (lambda: ffi.set_source(5, ""), TypeError, "'module_name' must be a string"),
    (lambda: ffi.set_source_pkgconfig("m", "z", ""), TypeError, "must be a list of package names"),
    (lambda: ffi.dlopen(5), TypeError, "name must be a file name"),
):
    try:
        action()
    except error as raised:
        assert text in str(raised), raised
    else:
        raise AssertionError(text)

base = cffi.FFI()
base.cdef("struct shared { int n; };")
base.set_source("pack._base", "struct shared { int n; };")
base.compile(tmpdir=".")
api = cffi.FFI()
api.include(base)
api.cdef("int total(struct shared *, int); extern int counter; static const int FIVE;\n#define SIX ...")
api.set_source("pack._api", '''
    struct shared { int n; };
    static int total(struct shared *s, int more) { return s->n + more; }
    static int counter = 3;
    static const int FIVE = 5;
    #define SIX 6
''')
path = api.compile(tmpdir=".", target="*")
sys.path.insert(0, ".")
import pack._api
module = pack._api
assert module.lib.total(module.ffi.new("struct shared *", [4]), 5) == 9
module.lib.counter += 1
assert (module.lib.counter, module.lib.FIVE, module.lib.SIX) == (4, 5, 6)
tables = cffi.FFI()
tables.cdef("int abs(int); struct s { int a; };")
tables.set_source("_tables", None)
assert tables.compile(tmpdir=".") == "./_tables.py"
import _tables
assert _tables.ffi.dlopen(None).abs(-8) == 8
broken = cffi.FFI()
broken.cdef("int missing(int);")
broken.set_source("_broken", "#error wrong")
try:
    broken.compile(tmpdir=".")
except cffi.VerificationError as error:
    assert "CompileError" in str(error)
else:
    raise AssertionError
lib = tables.verify("#include <stdlib.h>\nstruct s { int a; };") if False else None
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("pycparser", "setuptools", "distutils")))
"""


@pytest.mark.thread_unsafe(reason="it compiles modules")
@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_program(kind: str, tmp_path: Path) -> None:
    assert run(WHOLE, kind, tmp_path) == "[]\n"


def test_errors_after_a_header(tmp_path: Path) -> None:
    (tmp_path / "small.h").write_text("typedef struct { int n; } small;\n")
    program = """
        import cffi
        ffi = cffi.FFI()
        ffi.header("small.h", include_dirs=["."])
        ffi.cdef("small *make(small);")
        assert ffi.sizeof("small") == 4
        for action in (lambda: ffi.typeof("large"), lambda: ffi.cdef("large f(void);")):
            try:
                action()
            except cffi.CDefError as error:
                assert isinstance(error, ffi.error) and "large" in str(error)
            else:
                raise AssertionError
        print("ok")
    """
    assert run(program, "alone", tmp_path) == "ok\n"


def test_the_classes_of_the_genuine_package(tmp_path: Path) -> None:
    """Where cffi is installed, the objects are cffi's, and other FFI objects can include them."""
    program = """
        import cffi, ferrocffi
        ffi = ferrocffi.FFI()
        assert isinstance(ffi, cffi.FFI)
        assert ferrocffi.CDefError is cffi.CDefError and ferrocffi.PkgConfigError is cffi.PkgConfigError
        ffi.cdef("typedef struct { int n; } one;")
        other = cffi.FFI()
        other.include(ffi)
        assert other.typeof("one") is ffi.typeof("one")
        ffi.include(other)
        ffi.set_source("_m", "typedef struct { int n; } one;")
        print("ok")
    """
    assert run(program, "genuine", tmp_path) == "ok\n"


def test_importing_is_cheap(tmp_path: Path) -> None:
    program = """
        import sys
        import ferrocffi
        ferrocffi.AccessError
        names = [n for n in sys.modules if n.partition(".")[0] in ("cffi", "pycparser", "setuptools", "re", "_cffi_backend")]
        assert "ferrocffi.frontend" not in sys.modules
        print([n for n in names if n.partition(".")[0] not in ("re", "_cffi_backend") and not n.startswith("cffi.")])
    """
    assert run(program, "genuine", tmp_path) == "[]\n"


@pytest.mark.thread_unsafe(reason="it compiles modules")
def test_a_module_of_the_alone_front_end_equals_that_of_cffi(tmp_path: Path) -> None:
    """The tables in Python are those of cffi, byte for byte."""
    program = """
        import cffi
        ffi = cffi.FFI()
        ffi.cdef("typedef struct { int a:3; union { char c; long l[4]; }; } t; t *f(t, int (*)(int, ...)); enum e { A, B };")
        ffi.set_source("_t", None)
        ffi.emit_python_code("_t.py")
    """
    texts = {}
    for kind in ("alone", "own", "genuine"):
        folder = tmp_path / kind
        folder.mkdir()
        run(program, kind, folder)
        texts[kind] = (folder / "_t.py").read_bytes()
    assert texts["alone"] == texts["own"] == texts["genuine"]


def test_verify(tmp_path: Path) -> None:
    program = """
        import cffi
        ffi = cffi.FFI()
        ffi.cdef("struct s { int x; ...; }; int get(struct s *); int five(void);\\n#define N ...")
        lib = ffi.verify('''
            struct s { char pad[7]; int x; };
            static int get(struct s *s) { return s->x; }
            static int five(void) { return 5; }
            #define N 12
        ''', tmpdir=".")
        assert (lib.five(), lib.N, lib.get(ffi.new("struct s *", [42])), ffi.sizeof("struct s")) == (5, 12, 42, 12)
        wrong = cffi.FFI()
        wrong.cdef("struct s { int x; };\\n#define N 5")
        for text, expected in (("struct s { long x; };\\n#define N 5", "struct s"), ("struct s { int x; };\\n#define N 6", "real value 6")):
            try:
                wrong.verify(text, tmpdir=".")
            except cffi.VerificationError as error:
                assert expected in str(error), error
            else:
                raise AssertionError(text)
        print("ok")
    """
    assert run(program, "own", tmp_path) == "ok\n"


SCRIPT = """
from {package} import FFI
from near import TEXT
ffibuilder = FFI()
ffibuilder.cdef("int twice(int);")
ffibuilder.set_source("_twice", TEXT)
def make():
    return ffibuilder
wrong = 5
"""


def generate(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs `ferrocffi gen-src`."""
    command = [sys.executable, "-m", "ferrocffi", "gen-src", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_gen_src(tmp_path: Path) -> None:
    (tmp_path / "near.py").write_text("TEXT = 'static int twice(int x) { return 2 * x; }'\n")
    (tmp_path / "m.cdef").write_text("int twice(int);\n")
    (tmp_path / "m.csrc").write_text("static int twice(int x) { return 2 * x; }\n")
    done = generate(tmp_path, "read-sources", "--depfile", "m.d", "_twice", "m.cdef", "m.csrc", "m.c")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "_cffi_f_twice" in (tmp_path / "m.c").read_text()
    assert (tmp_path / "m.d").read_text() == "m.c: m.cdef m.csrc\n"
    for package in ("ferrocffi", "cffi"):
        (tmp_path / "build_it.py").write_text(SCRIPT.format(package=package))
        for variable in ("ffibuilder", "make"):
            done = generate(
                tmp_path, "exec-python", "--ffi-var", variable, "--depfile", "s.d", "build_it.py", "s.c"
            )
            assert done.returncode == 0, done.stderr
            assert "twice" in (tmp_path / "s.c").read_text()
            assert (tmp_path / "s.d").read_text() == f"s.c: build_it.py {tmp_path / 'near.py'}\n"
    shown = generate(tmp_path, "read-sources", "_twice", "m.cdef", "m.csrc", "-")
    assert shown.stdout == (tmp_path / "m.c").read_text()
    for words, code, text in (
        ((), 2, "a subcommand is required"),
        (("read-sources", "m", "m.cdef", "m.cdef", "o.c"), 2, "are the same file and should not be"),
        (("read-sources", "m", "none", "m.csrc", "o.c"), 2, "can't open 'none'"),
        (("exec-python", "--ffi-var", "none", "build_it.py", "o.c"), 1, "'none'"),
        (("exec-python", "--ffi-var", "wrong", "build_it.py", "o.c"), 1, "not an instance of cffi.api.FFI"),
    ):
        done = generate(tmp_path, *words)
        assert done.returncode == code
        assert text in done.stderr
