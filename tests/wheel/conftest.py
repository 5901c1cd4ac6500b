"""A wheel built from this tree, and environments to install it into."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ci import wheel as wheels
from ci.environment import this_python
from ci.project import FRONT_ENDS, NEWEST_CFFI


class Site:
    """An environment that a user might have: cffi in it, this project's wheel perhaps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        base = getattr(sys, "_base_executable", None) or sys.executable
        subprocess.run([base, "-m", "venv", "--without-pip", folder], check=True)
        scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
        self.interpreter = scripts / ("python.exe" if sys.platform == "win32" else "python")

    def python(self, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run its interpreter away from this tree; output is captured."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COVERAGE"))}
        done = subprocess.run(
            [self.interpreter, *arguments],
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def pip(self, *arguments: str | Path) -> None:
        """Run the pip of the tests on it: to install one into each site takes longer than all else."""
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            self.interpreter,
            "--disable-pip-version-check",
        ]
        subprocess.run(
            [*command, "--quiet", *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, check=True
        )

    def backend_file(self) -> Path:
        """Where ``import _cffi_backend`` takes the backend from."""
        return Path(self.python("-c", "import _cffi_backend as b; print(b.__file__)").stdout.strip())

    def call_libm(self) -> float:
        """What a program sees that calls a C function through cffi."""
        program = (
            "import cffi, ctypes.util, sys; ffi = cffi.FFI(); ffi.cdef('double ldexp(double, int);');"
            "lib = ffi.dlopen('ucrtbase' if sys.platform == 'win32' else ctypes.util.find_library('m'));"
            "print(lib.ldexp(0.75, 4))"
        )
        return float(self.python("-c", program).stdout)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel to test: FERROCFFI_WHEEL if it names one, else a quick build of this tree."""
    given = os.environ.get("FERROCFFI_WHEEL")
    if given:
        return Path(given).resolve()
    return wheels.build(this_python(), profile="dev-fast", out=tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A new environment with the newest cffi, and nothing of this project."""
    new = Site(tmp_path / "site")
    new.pip("install", *FRONT_ENDS[NEWEST_CFFI])
    return new
