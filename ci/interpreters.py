"""Finding CPython interpreters: the current one, names on PATH, pyenv's folder, and builds of `ci.pythons.built`."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ci.project import held, say
from ci.pythons import built as built_python

SUPPORTED = ("3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
"""The versions that the project is tested with."""

FREE_THREADED = ("3.14t", "3.15t")
"""The builds without a GIL that cffi can be installed on. They are tested only if they are named."""

NAMES = (*SUPPORTED, *FREE_THREADED)
"""The names that an interpreter can be requested by."""

_PROBE = (
    "import sys, sysconfig, platform\n"
    "t = 't' * bool(sysconfig.get_config_var('Py_GIL_DISABLED'))\n"
    "print(platform.python_implementation(), '%d.%d' % sys.version_info[:2] + t, sys.executable)"
)


@dataclass(frozen=True)
class Interpreter:
    """A CPython that can be run."""

    version: str
    """The major and minor version, as ``3.11``; without a GIL as ``3.14t``."""
    path: Path


@functools.cache
def probe(command: str) -> Interpreter | None:
    """Asks a command for its version; None if it does not run or is not a supported CPython."""
    try:
        done = subprocess.run(
            [command, "-c", _PROBE],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
    except OSError:
        return None
    words = done.stdout.strip().split(" ", 2)
    if done.returncode or len(words) != 3 or words[0] != "CPython" or words[1] not in NAMES:
        return None
    return Interpreter(words[1], Path(words[2]))


def current() -> Interpreter | None:
    """Returns the interpreter that runs this program, or the base of its virtual environment."""
    return probe(getattr(sys, "_base_executable", None) or sys.executable)


def find(version: str) -> Interpreter | None:
    """Finds an interpreter of that version: this one, ``pythonX.Y`` on PATH, pyenv's newest, or one from source."""
    here = current()
    if here and here.version == version:
        return here
    for command in [shutil.which(f"python{version}"), *_pyenv(version), *_built(version)]:
        found = probe(command) if command else None
        if found and found.version == version:
            return found
    return None


def _pyenv(version: str) -> list[str]:
    """Returns the interpreters of that version in pyenv's folder, newest first; empty without pyenv."""
    if not shutil.which("pyenv"):
        return []
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    number, free = version.rstrip("t"), "t" * version.endswith("t")
    pattern = re.compile(re.escape(number) + r"\.(\d+)" + free)
    found = [(int(m[1]), p) for p in root.glob("*") if (m := pattern.fullmatch(p.name))]
    return [str(path / "bin" / "python") for _, path in sorted(found, reverse=True)]


def _built(version: str) -> list[str]:
    """Returns the interpreter that `ci.pythons.built` has built, if there is one."""
    build = built_python.BUILDS.get(version)
    return [str(build.python)] if build and build.python.exists() else []


def chosen() -> list[Interpreter]:
    """Returns the interpreters that PYTHONS names (versions or commands), else every supported one that is found."""
    wanted = os.environ.get("PYTHONS", "").split()
    if not wanted:
        return [found for version in SUPPORTED if (found := find(version))]
    result = []
    for word in wanted:
        found = find(word) if word in NAMES else probe(word)
        if found is None:
            raise LookupError(f"PYTHONS names {word}, which is no CPython of {', '.join(NAMES)} found here")
        result.append(found)
    return result


def on_each(name: str, work: Callable[[Interpreter], None]) -> int:
    """Does the work on every interpreter that is chosen, even after one has failed. Returns 0 only if none failed."""
    try:
        found = chosen()
    except LookupError as error:
        say(f"failed: {error}")
        return 1
    passed = 0
    for interpreter in found:
        print(f"{name} on CPython {interpreter.version}", flush=True)
        passed += held(functools.partial(work, interpreter))
    print(f"{name}: passed on {passed} of {len(found)} interpreters", flush=True)
    return 0 if found and passed == len(found) else 1
