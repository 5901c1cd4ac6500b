"""Virtual environments of the project: made once, kept until what they are made from changes."""

from __future__ import annotations

import hashlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from ci.interpreters import Interpreter, probe
from ci.project import FRONT_ENDS, NEWEST_CFFI, ROOT, VENVS, Failed, locked, run, say

_STAMP = "ferrocffi-stamp"


@dataclass(frozen=True)
class Environment:
    """A virtual environment and the interpreter version in it."""

    folder: Path
    version: str

    @property
    def scripts(self) -> Path:
        """Returns the folder of its commands."""
        return self.folder / ("Scripts" if sys.platform == "win32" else "bin")

    @property
    def python(self) -> Path:
        """Returns the path of its interpreter."""
        return self.scripts / ("python.exe" if sys.platform == "win32" else "python")

    def command(self, name: str) -> Path:
        """Returns the path of one of its commands."""
        return self.scripts / (name + (".exe" if sys.platform == "win32" else ""))


def ensure(
    interpreter: Interpreter,
    name: str,
    *requirements: str,
    packages: tuple[str, ...] = (),
    fresh: bool = False,
) -> Environment:
    """Returns the environment with this name and the pinned requirements and packages, which is made if necessary.

    `requirements` are file names in ``ci/``; `packages` are pins such as ``cffi==2.1.1``. A `fresh` environment is
    made anew even if nothing changed.
    """
    environment = Environment(VENVS / name, interpreter.version)
    files = [ROOT / "ci" / requirement for requirement in requirements]
    # The interpreter's path is left out: one interpreter can be python3 in one place and python3.11 in another.
    parts = [interpreter.version, *packages, *(path.read_text() for path in _included(files))]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    stamp = environment.folder / _STAMP
    with locked(VENVS / f"{name}.lock"):
        if not fresh and stamp.is_file() and stamp.read_text() == digest and environment.python.exists():
            return environment
        say(f"making {environment.folder} with CPython {interpreter.version}")
        shutil.rmtree(environment.folder, ignore_errors=True)
        try:
            run([interpreter.path, "-m", "venv", environment.folder], quiet=True)
        except Failed as error:
            hint = f"CPython at {interpreter.path} cannot make environments"
            raise Failed(f"{error}\n{hint} (on Debian: apt install python3-venv)") from error
        arguments = [argument for path in files for argument in ("-r", path)]
        pip(environment, "install", *arguments, *packages)
        stamp.write_text(digest)
    return environment


def pip(environment: Environment, *arguments: str | Path) -> None:
    """Runs the environment's pip, without output unless it fails."""
    options = ["--quiet", "--disable-pip-version-check", "--no-input"]
    run([environment.python, "-m", "pip", *arguments, *options], quiet=True)


def _included(files: list[Path]) -> list[Path]:
    """Returns the files, and those that they include with ``-r``."""
    found = list(files)
    for path in found:
        lines = path.read_text().splitlines()
        found += [path.parent / line[3:].strip() for line in lines if line.startswith("-r ")]
    return found


def this_python() -> Interpreter:
    """Returns the interpreter that make was given (PYTHON), as a base for environments."""
    found = probe(getattr(sys, "_base_executable", None) or sys.executable) or probe(sys.executable)
    if found is None:
        raise Failed(f"{sys.executable} is not a supported CPython; choose another one with PYTHON=")
    return found


def tools() -> Environment:
    """Returns the environment of maturin and the linters: one for each interpreter, since parts run side by side."""
    interpreter = this_python()
    name = f"tools-{interpreter.version}"
    return ensure(interpreter, name, "requirements-build.txt", "requirements-lint.txt")


def ours(interpreter: Interpreter, cffi: str = NEWEST_CFFI) -> Environment:
    """Returns the environment that this project's backend is installed into."""
    name = interpreter.version if cffi == NEWEST_CFFI else f"{interpreter.version}-cffi-{cffi}"
    return ensure(interpreter, name, _requirements(interpreter), packages=FRONT_ENDS[cffi])


def own(interpreter: Interpreter) -> Environment:
    """Returns the environment for the wheel named ``cffi``, without cffi and pycparser."""
    return ensure(interpreter, f"{interpreter.version}-own", _requirements(interpreter))


def stock(interpreter: Interpreter, cffi: str = NEWEST_CFFI) -> Environment:
    """Returns a copy of that environment without this project's backend."""
    name = f"{interpreter.version}-cffi-{cffi}-stock"
    return ensure(interpreter, name, _requirements(interpreter), packages=FRONT_ENDS[cffi])


def _requirements(interpreter: Interpreter) -> str:
    """Returns the requirements of the tests. Without a GIL the tests also run in threads."""
    return "requirements-free-threaded.txt" if interpreter.version.endswith("t") else "requirements-test.txt"
