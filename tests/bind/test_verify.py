"""`verify_layouts()`: each kind of wrong declaration is found, with the numbers of both sides."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import cffi
import ferrocffi
import pytest
from ferrocffi.headers import HeaderError
from ferrocffi.verify.compiler import NotAccepted

from tests.bind.deviations import CDEF, DEVIATIONS, HEADER
from tests.bind.making import bound, printed
from tests.modules.building import compiler


@pytest.fixture(autouse=True)
def _needs_a_compiler() -> None:
    compiler()


@pytest.fixture(name="header", scope="module")
def _header(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("verify") / "small.h"
    path.write_text(HEADER, encoding="utf-8")
    return str(path)


def declaring(text: str) -> Any:
    """Returns an in-line FFI as programs have it."""
    ffi = cffi.FFI()
    ffi.cdef(text)
    return ffi


def test_right_declarations(header: str) -> None:
    report = ferrocffi.verify_layouts(declaring(CDEF), header)
    assert report.ok and report.unknown == [] and report.unread == {}
    assert report.facts > 90


@pytest.mark.parametrize(("old", "new", "expected"), DEVIATIONS)
def test_wrong_declarations(header: str, old: str, new: str, expected: str | None) -> None:
    assert old in CDEF
    ffi = declaring(CDEF.replace(old, new))
    if expected is None:
        assert ferrocffi.verify_layouts(ffi, header).ok
        return
    with pytest.raises(ferrocffi.LayoutError) as caught:
        ferrocffi.verify_layouts(ffi, header)
    differences = [str(difference) for difference in caught.value.report.differences]
    assert any(difference.startswith(expected) for difference in differences), differences
    assert all(difference in str(caught.value) for difference in differences)


def test_a_header_of_the_object_itself(header: str) -> None:
    ffi = ferrocffi.FFI()
    ffi.header(header)
    report = ffi.verify_layouts()
    assert report.ok and report.facts > 90


def test_the_stub_of_an_object_with_headers(header: str) -> None:
    ffi = ferrocffi.FFI()
    ffi.header(header)
    stub = ffi.stubs()
    assert "def scale(self, what: " in stub and "class struct_point" in stub and "LIMIT" in stub


def test_what_the_headers_do_not_have(header: str) -> None:
    ffi = declaring("struct secret { int a; }; int hidden(int); enum { NOBODY }; extern int silent;")
    report = ferrocffi.verify_layouts(ffi, header)
    assert report.ok and sorted(report.unknown) == ["NOBODY", "hidden", "silent", "struct secret"]


def test_equal_for_calls(header: str) -> None:
    """`const`, names of pointers and enums in place of ints make no difference for a call."""
    ffi = declaring(
        "typedef struct thing item; void shift(struct p { int x; long y; }); int mix(int, unsigned short);"
    )
    ffi.cdef("double scale(void *, float); unsigned long long length(char *);")
    report = ferrocffi.verify_layouts(ffi, header)
    assert report.ok, str(report)


def test_a_module_knows_its_headers(tmp_path: Path) -> None:
    module, made = bound(tmp_path, HEADER, libraries=["c"])
    assert ferrocffi.verify_layouts(module).ok
    header = Path(made.header.names[0])
    header.write_text(HEADER.replace("int x; long y;", "int x; short y;"), encoding="utf-8")
    with pytest.raises(ferrocffi.LayoutError, match="struct point: size is 16 in the program, and 8"):
        ferrocffi.verify_layouts(module)
    with pytest.raises(ferrocffi.LayoutError, match="struct point: size is 16 in the program, and 8"):
        ferrocffi.verify_layouts(module.ffi, str(header))


def test_the_stock_backend(header: str) -> None:
    program = (
        "import cffi, ferrocffi\nffi = cffi.FFI()\nffi.cdef({!r})\n"
        "try: ferrocffi.verify_layouts(ffi, {!r})\nexcept ferrocffi.LayoutError as error: print(error)"
    )
    text = CDEF.replace("int x; long y;", "int x; int y;").replace("double scale", "int scale")
    outputs = {printed(program.format(text, header), backend=name) for name in ("ferrocffi", "stock")}
    assert len(outputs) == 1
    assert (
        "scale: result is int (4 bytes) in the program, and double (8 bytes) in the headers" in outputs.pop()
    )


def test_options(tmp_path: Path) -> None:
    Path(tmp_path, "inner").mkdir()
    Path(tmp_path, "inner", "deep.h").write_text("struct deep { WORD a; };")
    ffi = declaring("struct deep { long a; };")
    options: dict[str, Any] = {"include_dirs": [tmp_path / "inner"], "defines": {"WORD": "long"}}
    assert ferrocffi.verify_layouts(ffi, "deep.h", **options).ok
    options["defines"] = {"WORD": "short"}
    with pytest.raises(ferrocffi.LayoutError, match="size is 8 in the program, and 2 in the headers"):
        ferrocffi.verify_layouts(ffi, "deep.h", **options)


def test_what_cannot_be_compared(tmp_path: Path, header: str) -> None:
    ffi = declaring("struct point { int x; long y; };")
    with pytest.raises(ValueError, match="headers="):
        ferrocffi.verify_layouts(ffi)
    with pytest.raises(NotAccepted, match="nosuch"):
        ferrocffi.verify_layouts(ffi, "nosuch/header.h")
    with pytest.raises(OSError, match="nosuchcompiler"):
        ferrocffi.verify_layouts(ffi, header, cc="nosuchcompiler")
    bad = tmp_path / "bad.h"
    bad.write_text("struct point { int x; long y }; int;;; }")
    with pytest.raises((NotAccepted, HeaderError)):
        ferrocffi.verify_layouts(ffi, str(bad))


def test_clang(header: str) -> None:
    if subprocess.run(["which", "clang"], capture_output=True, check=False).returncode:
        pytest.skip("there is no clang")
    assert ferrocffi.verify_layouts(declaring(CDEF), header, cc="clang").ok
    wrong = declaring(CDEF.replace("high : 5", "high : 6") + "int unheard(void);")
    with pytest.raises(ferrocffi.LayoutError) as caught:
        ferrocffi.verify_layouts(wrong, header, cc="clang")
    assert caught.value.report.unknown == ["unheard"]


def test_importing_needs_nothing_of_it() -> None:
    program = (
        "import ferrocffi, sys; print([name for name in sys.modules if name.startswith('ferrocffi.verify')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_stub_of_a_module_with_headers(tmp_path: Path, header: str) -> None:
    text = f"import ferrocffi\nffi = ferrocffi.FFI()\nffi.header({header!r})\nlib = ffi.dlopen(None)\n"
    (tmp_path / "with_headers.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "ferrocffi", "stubs", str(tmp_path / "with_headers.py")]
    subprocess.run(command, check=True, capture_output=True)
    stub = (tmp_path / "with_headers.pyi").read_text(encoding="utf-8")
    assert "def scale(self, what: " in stub and "class struct_point" in stub and "def header(" in stub
