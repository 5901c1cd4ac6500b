"""A wheel built from this tree, and environments to install it into."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ci import wheel as wheels
from ci.environment import Environment, ensure, this_python
from ci.project import FRONT_ENDS, NEWEST_CFFI

BASE = Path(getattr(sys, "_base_executable", None) or sys.executable)
"""The interpreter that environments are made from."""

CALL_LIBM = """
import cffi, ctypes.util, sys
ffi = cffi.FFI()
ffi.cdef("double ldexp(double, int);")
lib = ffi.dlopen("ucrtbase" if sys.platform == "win32" else ctypes.util.find_library("m"))
print(lib.ldexp(0.75, 4))
"""
"""A program that calls a C function; prints 12.0."""


def run(
    command: Sequence[str | Path], cwd: Path, *, check: bool = True, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command without what Python and the tests have in their environment."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COVERAGE"))}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**clean, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def pip(
    interpreter: Path | str, *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None
) -> None:
    """The pip of the tests, for another interpreter."""
    command: list[str | Path] = [sys.executable, "-m", "pip", "--python", interpreter, "--quiet"]
    run([*command, "--disable-pip-version-check", *arguments], cwd, env=env)


class Site:
    """An environment that a user might have: cffi in it, this project's wheel perhaps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run([BASE, "-m", "venv", "--without-pip", folder], check=True)
        scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
        self.interpreter = scripts / ("python.exe" if sys.platform == "win32" else "python")

    def python(
        self, *arguments: str | Path, check: bool = True, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs its interpreter away from this tree; output is captured."""
        return run([self.interpreter, *arguments], self.folder, check=check, env=env)

    def pip(self, *arguments: str | Path) -> None:
        """Runs the pip of the tests on it: to install one into each site takes longer than all else."""
        pip(self.interpreter, *arguments, cwd=self.folder)

    def backend_file(self, env: Mapping[str, str] | None = None) -> Path:
        """Returns where ``import _cffi_backend`` takes the backend from."""
        done = self.python("-c", "import _cffi_backend as b; print(b.__file__)", env=env)
        return Path(done.stdout.strip())

    def call_libm(self, env: Mapping[str, str] | None = None) -> float:
        """Returns what a program sees that calls a C function through cffi."""
        return float(self.python("-c", CALL_LIBM, env=env).stdout)

    def doctor(self, env: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Returns what ``python -m ferrocffi`` says; its exit code has to agree with it."""
        done = self.python("-m", "ferrocffi", "--json", check=False, env=env)
        status: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (0 if status["active"] and not status["problem"] else 1), done.stderr
        return status


@pytest.fixture(scope="session", autouse=True)
def _tools() -> None:
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("the tools that build a wheel do not install on this build")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel to test: FERROCFFI_WHEEL if it names one, else a quick build of this tree."""
    given = os.environ.get("FERROCFFI_WHEEL")
    if given:
        return Path(given).resolve()
    return wheels.build(this_python(), profile="dev-fast", out=tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def tools() -> Environment:
    """Other installers and the bundlers of applications."""
    return ensure(this_python(), f"matrix-{this_python().version}", "requirements-matrix.txt")


@pytest.fixture
def empty_site(tmp_path: Path) -> Site:
    """A new environment with nothing in it."""
    return Site(tmp_path / "site")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A new environment with the newest cffi, and nothing of this project."""
    new = Site(tmp_path / "site")
    new.pip("install", *FRONT_ENDS[NEWEST_CFFI])
    return new
