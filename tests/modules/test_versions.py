"""Modules of every age: version tags, the limited API, the engine of `verify()`."""

from __future__ import annotations

import importlib.machinery
import subprocess
import sys
import sysconfig
from pathlib import Path

import cffi
import pytest

from ci import interpreters
from tests.modules.building import compiled, compiler, generated, in_process

CDEF = """
    typedef struct { int a; double b; } pair_t;
    enum side { LEFT, RIGHT = 7 };
    extern int total;
    int add(int, int);
    double weigh(pair_t);
    char16_t wide(char16_t);
"""
SOURCE = """
    #include <uchar.h>
    typedef struct { int a; double b; } pair_t;
    enum side { LEFT, RIGHT = 7 };
    int total;
    static int add(int a, int b) { return total += a + b; }
    static double weigh(pair_t p) { return p.a * p.b; }
    static char16_t wide(char16_t c) { return c + 1; }
"""
# Tags before 0x2801 have no functions for char16_t.
OLD_CDEF, OLD_SOURCE = ("\n".join(s.splitlines()[:n]) for s, n in ((CDEF, 6), (SOURCE, 7)))

CHECK = """
import sys
sys.path.insert(0, sys.argv[1])
import _cffi_backend
from NAME import ffi, lib
assert (lib.add(2, 3), lib.total) == (5, 5)
lib.total = 1
assert lib.add(2, 3) == 6
assert lib.weigh([3, 0.5]) == 1.5
assert (lib.LEFT, lib.RIGHT, ffi.sizeof("pair_t")) == (0, 7, 16)
try:
    lib.add("x", 1)
except TypeError:
    print("fine on", _cffi_backend.__file__)
"""


def check(name: str) -> str:
    """Returns what a process does with the module."""
    return CHECK.replace("NAME", name)


@pytest.mark.skipif(sys.platform == "win32", reason="the C file is compiled by hand")
@pytest.mark.parametrize("version", [0x2601, 0x2701, 0x2801, 0x28FF])
def test_known_version_tags(tmp_path: Path, version: int) -> None:
    assert "fine on" in in_process("-c", check("_aged"), tmp_path, folder=with_tag(tmp_path, version))


@pytest.mark.skipif(sys.platform == "win32", reason="the C file is compiled by hand")
@pytest.mark.parametrize("version", [0x2600, 0x2900, 0xFFFF])
def test_unknown_version_tags(tmp_path: Path, version: int) -> None:
    code = "import _cffi_backend\ntry: import _aged\nexcept ImportError as e: print(e, _cffi_backend.__version__)"
    said = in_process("-c", code, folder=with_tag(tmp_path, version)).strip()
    installed = said.split()[-1]
    assert said == (
        f"cffi extension module '_aged' uses an unknown version tag {version:#x}. This module might need a more "
        f"recent version of cffi than the one currently installed, which is {installed} {installed}"
    )


def with_tag(folder: Path, version: int) -> Path:
    """Returns a module whose C file asks for that version of the exports table, compiled in that folder."""
    path = generated(folder, "_aged", OLD_CDEF, OLD_SOURCE)
    text = path.read_text()
    assert text.count('_cffi_init("_aged", 0x2601,') == 1
    path.write_text(text.replace("0x2601, &_cffi_type_context", f"{version:#x}, &_cffi_type_context"))
    target = folder / f"_aged{sysconfig.get_config_var('EXT_SUFFIX')}"
    include = sysconfig.get_path("include")
    extra = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
    command = [*compiler(), "-shared", "-fPIC", f"-I{include}", str(path), "-o", str(target), *extra]
    subprocess.run(command, check=True)
    return folder


def test_functions_for_char16(tmp_path: Path) -> None:
    compiled(tmp_path, "_wide", CDEF, SOURCE)
    code = check("_wide") + "assert lib.wide('a') == 'b'"
    assert "fine on" in in_process("-c", code, tmp_path, folder=tmp_path)


def environments() -> list[Path]:
    """Interpreters, besides this one, of environments that have this project's backend."""
    ours = Path(sys.prefix).parent
    found = [ours / version / "bin" / "python" for version in interpreters.SUPPORTED]
    return [python for python in found if python.exists() and Path(sys.prefix) not in python.parents]


@pytest.mark.skipif(sys.platform == "win32", reason="environments are laid out for POSIX")
@pytest.mark.skipif(sys.version_info[:2] != (3, 10), reason="a module of CPython 3.10 is what others import")
def test_a_module_of_the_limited_api_built_here_runs_on_later_versions(tmp_path: Path) -> None:
    built = compiled(tmp_path, "_limited", OLD_CDEF, OLD_SOURCE, py_limited_api=True)
    assert ".abi3." in built.name
    assert "fine on" in in_process("-c", check("_limited"), tmp_path, folder=tmp_path)
    others = environments()
    if not others:
        pytest.skip("no environment of another version beside this one")
    for python in others:
        done = subprocess.run(
            [python, "-c", check("_limited"), tmp_path], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "_cffi_backend/__init__." in done.stdout


@pytest.mark.skipif(sys.version_info < (3, 15), reason="no stable ABI without a GIL before CPython 3.15")
def test_a_module_of_the_stable_abi_of_builds_without_a_gil(tmp_path: Path) -> None:
    # As cffi defines them on a build without a GIL; the result runs on both builds.
    macros = [(name, "0x030f0000") for name in ("Py_TARGET_ABI3T", "Py_LIMITED_API")]
    built = compiled(tmp_path, "_free", CDEF, SOURCE, py_limited_api=True, define_macros=macros)
    suffix = next(suffix for suffix in importlib.machinery.EXTENSION_SUFFIXES if ".abi3t" in suffix)
    built.rename(tmp_path / f"_free{suffix}")
    said = in_process(
        "-c", check("_free") + "print(sys.modules['_free'].__file__)", tmp_path, folder=tmp_path
    )
    assert "fine on" in said and ".abi3t" in said


@pytest.mark.parametrize("generic", [False, True], ids=["with C API", "generic"])
def test_verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, generic: bool) -> None:
    # Setuptools looks at the folder that it runs in.
    monkeypatch.chdir(tmp_path)
    ffi = cffi.FFI()
    ffi.cdef(
        """
        struct point { int x; short y; ...; };
        enum color { RED, GREEN, ... };
        #define LIMIT ...
        static const double RATIO;
        int sum(struct point *);
        struct point moved(struct point, int);
        extern int counter;
        int apply(int (*)(int), int);
        """
    )
    lib = ffi.verify(
        """
        struct point { char c; short y; int x; };
        enum color { GREEN = 5, RED };
        #define LIMIT 99
        static const double RATIO = 0.25;
        static int sum(struct point *p) { return p->x + p->y; }
        static struct point moved(struct point p, int by) { p.x += by; return p; }
        int counter = 4;
        static int apply(int (*f)(int), int n) { return f(n); }
        """,
        tmpdir=str(tmp_path),
        force_generic_engine=generic,
    )
    assert ffi.sizeof("struct point") == 8
    assert lib.sum(ffi.new("struct point *", [3, 4])) == 7
    assert lib.moved(ffi.new("struct point *", [3, 4])[0], 10).x == 13
    assert (lib.RED, lib.GREEN, lib.LIMIT, lib.RATIO) == (6, 5, 99, 0.25)
    lib.counter += 1
    assert lib.counter == 5
    assert lib.apply(ffi.callback("int(int)", lambda n: n * n), 9) == 81
    with pytest.raises(TypeError):
        lib.sum(5)
    with pytest.raises(OverflowError):
        lib.apply(ffi.callback("int(int)", lambda n: n), 1 << 40)
