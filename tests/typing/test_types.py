"""The stub agrees with the module; type checkers accept right programs and reject wrong ones, line by line."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import _cffi_backend
import pytest

from ci import environment
from ci.environment import Environment

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STUB = ROOT / "python" / "_cffi_backend"
MARK = re.compile(r"#!( mypy| pyright)?$")
PROGRAMS = ("right.py", "wrong.py")

pytestmark = pytest.mark.xdist_group("typing")  # the environment is made once


@pytest.fixture(scope="session")
def checkers() -> Environment:
    """An environment with mypy and pyright, for the interpreter that runs the tests."""
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("the type checkers have no wheels for this build, and say the same on others")
    python = environment.this_python()
    return environment.ensure(python, f"{python.version}-typing", "requirements-typing.txt")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the stub as an installed package, and the programs."""
    shutil.copytree(STUB, tmp_path / "site" / "_cffi_backend")
    for name in PROGRAMS:
        shutil.copy(HERE / name, tmp_path)
    return tmp_path


def _run(project: Path, *command: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    environ = {**os.environ, "MYPYPATH": str(project / "site"), **env}
    return subprocess.run(words, cwd=project, env=environ, capture_output=True, text=True, check=False)


def _marked(checker: str) -> set[int]:
    """Returns the lines of wrong.py that this checker has to reject."""
    lines = (HERE / "wrong.py").read_text(encoding="utf-8").splitlines()
    found = {number: MARK.search(line) for number, line in enumerate(lines, 1)}
    return {n for n, m in found.items() if m and (m[1] or checker).strip() == checker}


def _compare(rejected: dict[int, str], checker: str) -> None:
    marked = _marked(checker)
    assert len(marked) > 90
    assert {line: text for line, text in rejected.items() if line not in marked} == {}
    assert marked - set(rejected) == set(), "accepted"


def test_stubtest(checkers: Environment, project: Path) -> None:
    shutil.copy(_cffi_backend.__file__, project / "site" / "_cffi_backend")
    allowed = ["--allowlist", HERE / "stubtest-allowlist.txt"]
    if sys.version_info >= (3, 12):
        allowed += ["--ignore-unused-allowlist"]  # __buffer__ has its name there
    done = _run(
        project,
        *(checkers.python, "-m", "mypy.stubtest", "_cffi_backend", *allowed),
        PYTHONPATH=str(project / "site"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues found in 1 module" in done.stdout


def test_mypy(checkers: Environment, project: Path) -> None:
    command = [checkers.python, "-m", "mypy", "--strict", "--python-version", "3.10", "--config-file="]
    done = _run(project, *command, *PROGRAMS)
    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    found = {}
    for error in errors:
        match = re.match(r"wrong\.py:(\d+): error: (.*)", error)
        assert match, error
        found[int(match[1])] = match[2]
    _compare(found, "mypy")


def test_pyright(checkers: Environment, project: Path) -> None:
    settings = {"include": list(PROGRAMS), "extraPaths": ["site"], "pythonVersion": "3.10"}
    settings["reportMissingModuleSource"] = False  # type: ignore[assignment]
    (project / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    done = _run(project, checkers.command("pyright"), "--outputjson")
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(PROGRAMS)
    errors = [error for error in report["generalDiagnostics"] if error["severity"] == "error"]
    assert [error for error in errors if Path(error["file"]).name != "wrong.py"] == []
    _compare({e["range"]["start"]["line"] + 1: e["message"] for e in errors}, "pyright")
