"""Builds the wheel, installs it beside cffi in an environment of its own, and runs the examples there."""

from __future__ import annotations

import sys
from pathlib import Path

from ci import environment, wheel
from ci.project import FRONT_ENDS, NEWEST_CFFI, ROOT, done, run, say

SETUPTOOLS = "setuptools==80.9.0"
"""What cffi compiles modules with since CPython has no distutils of its own."""


def _short(path: Path) -> Path:
    """Returns the path as typed in the project's folder."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def demo() -> None:
    """Build, install, run."""
    interpreter = environment.this_python()
    say("building the wheel (the first time takes a minute or two)")
    built = wheel.build(interpreter)
    into = environment.ensure(
        interpreter, f"demo-{interpreter.version}", packages=(*FRONT_ENDS[NEWEST_CFFI], SETUPTOOLS)
    )
    say(f"installing {built.name} beside cffi {NEWEST_CFFI} in {into.folder}")
    wheel.install(built, into)
    run([into.python, ROOT / "examples" / "run_all.py"])
    say(f"to look around: {_short(into.python)} -m ferrocffi")


if __name__ == "__main__":
    sys.exit(done(demo))
