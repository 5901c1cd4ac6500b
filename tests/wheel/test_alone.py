"""The wheel alone is a complete CFFI; with the package cffi in front of it or behind it, both work."""

from __future__ import annotations

from pathlib import Path

from ci.project import FRONT_ENDS, NEWEST_CFFI
from tests.wheel.conftest import Site

PROGRAM = """
import importlib.util, sys
import ferrocffi as cffi

ffi = cffi.FFI()
ffi.cdef("int abs(int);")
assert ffi.dlopen(None).abs(-4) == 4
api = cffi.FFI()
api.cdef("int twice(int); extern \\"Python\\" int added(int); int calls(int);")
api.set_source("_alone", '''
    static int added(int);
    static int twice(int x) { return 2 * x; }
    static int calls(int x) { return added(x) + 1; }
''')
api.compile(tmpdir=sys.argv[1])
sys.path.insert(0, sys.argv[1])
import _alone
@_alone.ffi.def_extern()
def added(x):
    return x + 10
assert _alone.lib.twice(21) == 42 and _alone.lib.calls(1) == 12
tables = cffi.FFI()
tables.cdef("int abs(int); struct pair { int a, b; };")
tables.set_source("_tables", None)
tables.compile(tmpdir=sys.argv[1])
import _tables
assert _tables.ffi.dlopen(None).abs(-3) == 3 and _tables.ffi.sizeof("struct pair") == 8
print(sorted(name for name in ("cffi", "pycparser", "setuptools") if importlib.util.find_spec(name)))
"""
"""Declares, writes, compiles and loads modules; prints which of the packages that cffi needs are installed."""


def _run(site: Site, folder: str) -> str:
    path = site.folder / folder
    path.mkdir()
    return site.python("-c", PROGRAM, str(path)).stdout.strip()


def _generates(site: Site) -> None:
    (site.folder / "m.cdef").write_text("int twice(int);", encoding="utf-8")
    (site.folder / "m.csrc").write_text("static int twice(int x) { return 2 * x; }", encoding="utf-8")
    site.python("-m", "ferrocffi", "gen-src", "read-sources", "m", "m.cdef", "m.csrc", "m.c")
    assert "twice" in (site.folder / "m.c").read_text(encoding="utf-8")


def test_nothing_else_is_needed(empty_site: Site, wheel: Path) -> None:
    empty_site.pip("install", "--no-index", wheel)
    assert _run(empty_site, "alone") == "[]"
    _generates(empty_site)
    assert empty_site.doctor()["front_end"] is None
    assert "all 15 checks hold" in empty_site.python("-m", "ferrocffi", "check").stdout


def test_cffi_afterwards(empty_site: Site, wheel: Path) -> None:
    empty_site.pip("install", "--no-index", wheel)
    empty_site.pip("install", *FRONT_ENDS[NEWEST_CFFI])
    assert _run(empty_site, "both") == "['cffi', 'pycparser']"
    _generates(empty_site)
    assert empty_site.call_libm() == 12.0
    assert empty_site.doctor()["front_end"] == NEWEST_CFFI


def test_cffi_before(site: Site, wheel: Path) -> None:
    site.pip("install", "--no-index", wheel)
    assert _run(site, "both") == "['cffi', 'pycparser']"
    assert site.call_libm() == 12.0
    site.pip("uninstall", "--yes", "cffi")
    assert _run(site, "without") in ("[]", "['pycparser']")
