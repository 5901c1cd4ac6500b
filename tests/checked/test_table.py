"""Each wrong access raises where it happens, and names the lines of the memory; made right, it raises nothing."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.checked.table import Program, programs

HERE = Path(__file__).resolve().parent
PROGRAMS = {program.name: program for program in programs()}


@functools.cache
def results(kind: str, form: str) -> dict[str, Any]:
    """Runs all programs in a process of their own."""
    done = subprocess.run(
        [sys.executable, str(HERE / "run.py"), kind, form],
        env={**os.environ, "FERROCFFI_CHECKED": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        problem = {"problem": f"{done.returncode}: {done.stderr[-3000:]}"}
        return dict.fromkeys(PROGRAMS, problem)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_there_are_programs() -> None:
    assert len(PROGRAMS) > 500


@pytest.mark.parametrize("kind", ["in-line", "tables"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_wrong(kind: str, name: str) -> None:
    check(PROGRAMS[name], results(kind, "wrong")[name])


def check(program: Program, result: dict[str, Any]) -> None:
    assert result.get("type") == "AccessError", result
    assert result["line"] == program.access, result
    for line in (program.made, program.freed):
        if line is not None:
            assert f"{result['file']}:{line}" in result["text"], result
    if program.freed is None and program.made is not None:
        assert "freed at" not in result["text"], result


@pytest.mark.parametrize("kind", ["in-line", "tables"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_right(kind: str, name: str) -> None:
    result = results(kind, "right")[name]
    assert "type" not in result and "problem" not in result, result
    assert result["ignored"] == [], result
