"""The programs of ``programs.txt``: each wrong access raises or is reported, and names the lines; made right, nothing."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.checked.execute import KINDS, Program, build, programs

PROGRAMS = programs()
EXECUTE = Path(__file__).with_name("execute.py")

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork()"),
    pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler"),
]


@functools.cache
def folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix="checked"))
    build(made)
    return made


@functools.cache
def results(kind: str, form: str, collect: bool = False) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(EXECUTE), kind, str(folder()), form],
        env={**os.environ, "FERROCFFI_CHECKED": "1", **({"COLLECT": "1"} if collect else {})},
        cwd=folder(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


CASES = [
    pytest.param(kind, name, id=f"{kind}-{name}")
    for kind in KINDS
    for name, program in PROGRAMS.items()
    if program.runs_with(kind)
]


def test_there_are_programs() -> None:
    assert len(PROGRAMS) > 150


@pytest.mark.thread_unsafe(reason="its programs are run by a process that forks")
@pytest.mark.parametrize("form", ["wrong", "right"])
def test_the_garbage_collector_may_run_at_any_time(form: str) -> None:
    """A report of something that ends runs code of Python, while the object that ends is half gone."""
    died = [name for name, result in results("in-line", form, collect=True).items() if "crash" in result]
    expected = [name for name, result in results("in-line", form).items() if "crash" in result]
    assert died == expected


@pytest.mark.thread_unsafe(reason="its programs are run by a process that forks")
@pytest.mark.parametrize(("kind", "name"), CASES)
def test_wrong(kind: str, name: str) -> None:
    program, result = PROGRAMS[name], results(kind, "wrong")[name]
    assert "crash" not in result, result
    text = told(program, result)
    for part in program.says.split(" & "):
        assert part in text, result
    for mark, words in (("made", "made at "), ("freed", "freed at ")):
        line = program.line(mark)
        if line is not None:
            assert f"{words}{result['file']}:{line}" in text, result


def told(program: Program, result: dict[str, Any]) -> str:
    """Returns what was raised on the line ``# access``, or what the hook got on the line ``# report``."""
    line = program.line("access")
    if line is None:
        assert program.line("report") is not None and "text" not in result, result
        return "\n".join(result["ignored"])
    assert result.get("text", "").startswith("AccessError: "), result
    assert line in (result["line"], result["brought"]), result
    return str(result["text"])


@pytest.mark.thread_unsafe(reason="its programs are run by a process that forks")
@pytest.mark.parametrize(("kind", "name"), CASES)
def test_right(kind: str, name: str) -> None:
    result = results(kind, "right")[name]
    assert "crash" not in result and "text" not in result and result["ignored"] == [], result
