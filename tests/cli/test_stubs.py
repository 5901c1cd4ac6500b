"""The command `stubs`: where the file goes, what is said, what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cffi
import pytest

WITHOUT = "import sys; sys.modules['click'] = sys.modules['rich'] = None; "


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with an out-of-line module in a package."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    ffi = cffi.FFI()
    ffi.cdef("struct point { int x, y; }; int no_such_function(struct point *); extern int missing;")
    ffi.set_source("package._native", None)
    ffi.emit_python_code(str(tmp_path / "package" / "_native.py"))
    return tmp_path


def run(folder: Path, *words: str, exit_code: int = 0, plain: bool = False) -> str:
    start = ["-m", "ferrocffi"]
    if plain:
        start = ["-c", WITHOUT + "from ferrocffi.__main__ import main; sys.exit(main())"]
    done = subprocess.run(
        [sys.executable, *start, "stubs", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("plain", [False, True])
def test_beside_the_module(package: Path, plain: bool) -> None:
    path = package / "package" / "_native.pyi"
    assert run(package, "package._native", plain=plain) == f"{path}: written\n"
    text = path.read_text(encoding="utf-8")
    assert "def no_such_function(self, arg0: _struct_point_arg, /) -> int: ..." in text
    assert "missing: Field[int, IntLike]" in text
    assert "\nffi: FFI\n" in text and "\nlib: Lib\n" not in text
    assert run(package, "package._native", plain=plain) == f"{path}: up to date\n"


def test_another_place_by_path(package: Path) -> None:
    (package / "typings").mkdir()
    output = package / "typings" / "n.pyi"
    run(package, "package/_native.py", "-o", str(output), "--shared")
    assert "from ferrocffi.typed import (" in output.read_text(encoding="utf-8")
    report = json.loads(run(package, "package/_native.py", "-o", str(output), "--json"))
    assert report == [{"path": str(output), "changed": True}]


def test_check_writes_nothing(package: Path) -> None:
    assert "not up to date" in run(package, "package._native", "--check", exit_code=1)
    assert not (package / "package" / "_native.pyi").exists()
    run(package, "package._native")
    assert "up to date" in run(package, "package._native", "--check")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["no_such_module"], "no_such_module cannot be imported: No module named 'no_such_module'"),
        (["json"], "json has no FFI object: it is not a module made by cffi"),
        (["package._native", "json", "-o", "x.pyi"], "--output names one file"),
    ],
)
def test_refused(package: Path, words: list[str], problem: str) -> None:
    assert problem in run(package, *words, exit_code=2)
    assert problem in run(package, *words, exit_code=2, plain=True)


def test_help_has_examples() -> None:
    for plain in (False, True):
        assert "ferrocffi stubs mypackage._native" in run(Path.cwd(), "--help", plain=plain)
