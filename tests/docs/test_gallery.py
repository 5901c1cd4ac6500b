"""The gallery: each example runs where its library is installed, is short, and is right to a type checker."""

from __future__ import annotations

import ast
import re
import shutil
import struct
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from ci import environment
from tests.docs.blocks import DOCS, ROOT

GALLERY = ROOT / "examples" / "gallery"
EXAMPLES = sorted(GALLERY.glob("*_*.py"))
each = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)


def run(*names: str, keep: Path) -> str:
    """Returns what the runner prints."""
    command = [sys.executable, str(GALLERY / "run.py"), *names, "--keep", str(keep)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@each
def test_an_example_is_short_and_says_what_it_needs(example: Path) -> None:
    text = example.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    described = ast.get_docstring(ast.parse(text)) or ""
    assert re.search(r"^    \$ ferrocffi bind \S+", described, re.MULTILINE)
    assert re.search(r"^(Debian|Python): ", described, re.MULTILINE)


@each
def test_the_page_shows_it(example: Path) -> None:
    assert f"examples/gallery/{example.name}" in (DOCS / "gallery.md").read_text(encoding="utf-8")


@each
def test_it_runs_and_has_the_right_types(example: Path, tmp_path: Path) -> None:
    said = run(example.stem, keep=tmp_path)
    if "left out" in said:
        pytest.skip(said.strip())
    assert said.startswith(f"{example.stem}: ")
    if "numpy" in example.read_text(encoding="utf-8") or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return  # NumPy is not where mypy is
    python = environment.this_python()
    checkers = environment.ensure(python, f"{python.version}-typing", "requirements-typing.txt")
    shutil.copy(example, tmp_path)
    command = [str(checkers.python), "-m", "mypy", "--strict", "--allow-untyped-decorators", "--config-file="]
    checked = subprocess.run(
        [*command, example.name], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_the_picture_is_the_one_that_the_page_shows(tmp_path: Path) -> None:
    said = run("cairo_picture", keep=tmp_path)
    if "left out" in said:
        pytest.skip(said.strip())
    sizes = [
        struct.unpack(">II", path.read_bytes()[16:24])
        for path in (tmp_path / "cairo.png", DOCS / "assets" / "cairo.png")
    ]
    assert sizes[0] == sizes[1] == (360, 360)


def test_a_missing_library_is_a_hint_and_no_failure(tmp_path: Path) -> None:
    shutil.copy(GALLERY / "run.py", tmp_path)
    source = EXAMPLES[0].read_text(encoding="utf-8")
    changed = re.sub(r"ferrocffi bind .*", "ferrocffi bind no_such_header.h --library z -o x.py", source)
    (tmp_path / "some_example.py").write_text(changed, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "run.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "some_example: left out:" in done.stdout and "apt install" in done.stdout
    (tmp_path / "some_example.py").write_text('"""A failure."""\nraise SystemExit(3)\n', encoding="utf-8")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "some_example: FAILED: exit code 3" in done.stdout
