"""Stubs that `ferrocffi stubs` writes: checkers accept right programs and refuse wrong ones, line by line.

What the programs say is also run: what is right works, and what a checker refuses raises.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import ferrocffi
import pytest
from ferrocffi.stubs import primitives

from ci.environment import Environment
from tests.typing.stubs.modules import MODULES, ODD
from tests.typing.stubs.run import MARK
from tests.typing.test_types import checkers

__all__ = ["checkers"]

ROOT = Path(__file__).resolve().parents[2]
TYPED = Path(ferrocffi.__file__).with_name("typed.pyi")
PROGRAMS = tuple(f"{module[1:]}_{kind}.py" for module in MODULES for kind in ("right", "wrong"))
PROGRAMS += tuple(f"{module[1:]}_odd.py" for module in ODD)

pytestmark = pytest.mark.xdist_group("typing")

Errors = list[tuple[str, int, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the modules, their stubs, and the programs."""
    made = tmp_path_factory.mktemp("stubs")
    _run("-m", "tests.typing.stubs.modules", made, cwd=ROOT)
    (made / "site" / "ferrocffi").mkdir(parents=True)
    shutil.copy(TYPED, made / "site" / "ferrocffi")
    (made / "site" / "ferrocffi" / "__init__.pyi").touch()
    return made


def _run(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run([sys.executable, *map(str, words)], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _compare(folder: Path, errors: Errors, checker: str) -> None:
    """Every marked line has an error, and no other line of any file."""
    found = {(file, line) for file, line, _ in errors}
    marked = set()
    for name in PROGRAMS:
        for number, line in enumerate((folder / name).read_text(encoding="utf-8").splitlines(), 1):
            mark = MARK.search(line)
            if mark and (mark[1] or checker).strip() == checker:
                marked.add((name, number))
    assert len(marked) > 4 * 250
    assert [error for error in errors if error[:2] not in marked] == []
    assert sorted(marked - found) == [], "accepted"


def test_mypy(checkers: Environment, folder: Path) -> None:
    options = ["--strict", "--python-version", "3.10", "--config-file="]
    done = subprocess.run(
        [str(checkers.python), "-m", "mypy", *options, *PROGRAMS],
        cwd=folder,
        env={**os.environ, "MYPYPATH": "site"},
        capture_output=True,
        text=True,
    )
    errors = re.findall(r"^(.*?):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    _compare(folder, [(file, int(line), text) for file, line, text in errors], "mypy")


def test_pyright(checkers: Environment, folder: Path) -> None:
    settings = {"include": [*PROGRAMS, *(f"{name}.pyi" for name in (*MODULES, *ODD))], "extraPaths": ["site"]}
    (folder / "pyrightconfig.json").write_text(json.dumps({**settings, "pythonVersion": "3.10"}))
    done = subprocess.run(
        [str(checkers.command("pyright")), "--outputjson"], cwd=folder, capture_output=True, text=True
    )
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(settings["include"])
    errors = [
        (Path(error["file"]).name, error["range"]["start"]["line"] + 1, error["message"])
        for error in report["generalDiagnostics"]
        if error["severity"] == "error"
    ]
    _compare(folder, errors, "pyright")


@pytest.mark.parametrize("module", MODULES)
def test_programs_at_run_time(folder: Path, module: str) -> None:
    _run(ROOT / "tests" / "typing" / "stubs" / "run.py", folder, module[1:], cwd=folder)


def test_typed_has_every_primitive() -> None:
    typed = TYPED.read_text(encoding="utf-8")
    for primitive in primitives.ALL:
        bases = f"Item[{primitive.kind.read}, {primitive.kind.write}]"
        bases += ", ByteItem" * primitive.byte + ", WideItem" * (primitive.kind is primitives.WIDE)
        assert f"class {primitive.item}({bases}):" in typed
