"""Trying a wheel as it will be published, since the tests otherwise use the quick build."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ci import environment, pytests, wheel
from ci.interpreters import Interpreter
from ci.project import CACHE, ROOT, WHEELS, Failed, run, say
from ci.pythons import free_threaded

TESTS = (*pytests.IN_PROCESS, "safety", "wheel")
"""The folders of `tests` that test behaviour, not the source."""


def of(interpreter: Interpreter, *, musl: bool = False) -> Path:
    """Returns the newest wheel in the output folder for that interpreter."""
    compact = interpreter.version.replace(".", "").rstrip("t")
    abi = f"cp{compact}" + "t" * interpreter.version.endswith("t")
    found = [
        path for path in WHEELS.glob(f"ferrocffi-*-cp{compact}-{abi}-*.whl") if musl == ("musl" in path.name)
    ]
    if not found:
        raise Failed(f"no wheel for CPython {interpreter.version} in {WHEELS}: make wheel")
    return max(found, key=lambda path: path.stat().st_mtime)


def check(interpreter: Interpreter, made: Path) -> None:
    """Installs it into a separate environment, asks the doctor, and runs the tests and cffi's own suite."""
    if interpreter.version == free_threaded.WITHOUT_CFFI:
        raise Failed("cffi cannot be installed on CPython 3.13t: python3 -m ci.pythons.free_threaded_tests 3.13t")
    folder = CACHE / "release-trial"
    variables = {"VENVS": str(folder), "FERROCFFI_WHEEL": str(made), "PYTHONS": str(interpreter.path)}
    here = Path(sys.executable)
    prepare = "from ci import environment as e; print(e.ours(e.probe({!r})).folder)"
    run([here, "-c", prepare.format(str(interpreter.path))], env=variables, quiet=True)
    into = environment.Environment(folder / interpreter.version, interpreter.version)
    say(f"trying {made.name}")
    wheel.install(made, into)
    run([into.python, "-m", "ferrocffi"], cwd=folder)
    run([into.python, "-m", "ferrocffi", "check"], cwd=folder)
    folders = [ROOT / "tests" / name for name in TESTS]
    run([into.python, "-m", "pytest", "-q", *folders], env=variables)
    run([here, "-m", "tests.upstream", "--installed", "--suite", "test_c"], env={**os.environ, **variables})
