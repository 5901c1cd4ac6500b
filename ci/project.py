"""Where things are, and how a command is run."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
WHEELS = ROOT / "dist"
VENVS = Path(os.environ.get("VENVS") or ROOT / ".venv").resolve()
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()

NEWEST_CFFI = "2.1.1"
"""The newest release of the front end that the suites cover."""

FRONT_ENDS = {
    "2.1.1": ("cffi==2.1.1", "pycparser==3.11"),  # the newest for CPython 3.10
    # With a later pycparser four tests of this release fail: they quote its messages.
    "1.15.0": ("cffi==1.15.0", "pycparser==2.21"),
}
"""The releases of the front end that environments are made with, and the parser of their time."""


class Failed(Exception):
    """A step that did not work; its text is shown to the user."""


def say(text: str) -> None:
    """One line of progress, on the error stream so that output stays usable."""
    print(f"-- {text}", file=sys.stderr, flush=True)


def held(work: Callable[[], None], errors: tuple[type[Exception], ...] = (Failed,)) -> bool:
    """Does a part of the work of a command. Returns whether it succeeded; a line says what failed."""
    try:
        work()
    except errors as error:
        say(f"failed: {error}")
        return False
    return True


def done(work: Callable[[], None]) -> int:
    """Does the work of a command. Returns its exit code; a line says what failed."""
    return 0 if held(work, (Failed, LookupError)) else 1


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    quiet: bool = False,
) -> None:
    """Runs a command; raises `Failed` if it does not exit with 0. A quiet one shows its output only then."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        check=False,
    )
    if done.returncode:
        if quiet:
            sys.stderr.write(done.stdout)
        raise Failed(f"exit code {done.returncode}: {shlex.join(words)}")


def output(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> str:
    """Returns what a command prints; raises `Failed` if it does not exit with 0."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"exit code {done.returncode}: {shlex.join(words)}\n{done.stderr}")
    return done.stdout


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two commands do not make the same thing at once (not on Windows)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
