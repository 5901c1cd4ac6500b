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
        """Where its commands are."""
        return self.folder / ("Scripts" if sys.platform == "win32" else "bin")

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.scripts / ("python.exe" if sys.platform == "win32" else "python")

    def command(self, name: str) -> Path:
        """One of its commands."""
        return self.scripts / (name + (".exe" if sys.platform == "win32" else ""))


def ensure(
    interpreter: Interpreter,
    name: str,
    *requirements: str,
    packages: tuple[str, ...] = (),
    fresh: bool = False,
) -> Environment:
    """The environment of that name with the pinned requirements and packages in it, made if need be.

    `requirements` are file names in ``ci/``; `packages` are pins as ``cffi==2.1.1``. A `fresh` one is
    made anew even if nothing changed.
    """
    environment = Environment(VENVS / name, interpreter.version)
    files = [ROOT / "ci" / requirement for requirement in requirements]
    # Not the interpreter's path: the same one is called python3 here and python3.11 there.
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
    """Run its pip, silent unless it fails."""
    options = ["--quiet", "--disable-pip-version-check", "--no-input"]
    run([environment.python, "-m", "pip", *arguments, *options], quiet=True)


def _included(files: list[Path]) -> list[Path]:
    """The files, and those that they name with ``-r``."""
    found = list(files)
    for path in found:
        lines = path.read_text().splitlines()
        found += [path.parent / line[3:].strip() for line in lines if line.startswith("-r ")]
    return found


def this_python() -> Interpreter:
    """The interpreter that make was given (PYTHON) as a base for environments."""
    found = probe(getattr(sys, "_base_executable", None) or sys.executable) or probe(sys.executable)
    if found is None:
        raise Failed(f"{sys.executable} is not a supported CPython; choose another one with PYTHON=")
    return found


def tools() -> Environment:
    """Maturin, the linters, and what they need; one for each interpreter, as parts that use them run side by side."""
    interpreter = this_python()
    name = f"tools-{interpreter.version}"
    return ensure(interpreter, name, "requirements-build.txt", "requirements-lint.txt")


def ours(interpreter: Interpreter, cffi: str = NEWEST_CFFI) -> Environment:
    """The environment that this project's backend is installed into."""
    name = interpreter.version if cffi == NEWEST_CFFI else f"{interpreter.version}-cffi-{cffi}"
    return ensure(interpreter, name, _requirements(interpreter), packages=FRONT_ENDS[cffi])


def stock(interpreter: Interpreter, cffi: str = NEWEST_CFFI) -> Environment:
    """The same environment without this project's backend."""
    name = f"{interpreter.version}-cffi-{cffi}-stock"
    return ensure(interpreter, name, _requirements(interpreter), packages=FRONT_ENDS[cffi])


def _requirements(interpreter: Interpreter) -> str:
    """What the tests need there: without a GIL they run in threads, too."""
    return (
        "requirements-free-threaded.txt" if interpreter.version.endswith("t") else "requirements-test.txt"
    )
