"""Programs that end, and processes that are forked, while their threads are in the middle of something.

python3 -m ci.exits [--installed] [--seconds LIMIT]

On each interpreter: every operation of `tests.exit` in 20 processes, as far as the time limit allows, and 30 processes
of `tests.threads.forking`. Builds of CPython without a GIL that are in the cache are interpreters too
(PYTHONS='3.11 3.14t').
"""

from __future__ import annotations

import argparse
import sys

from ci import environment, interpreters, wheel
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import ROOT, run
from ci.pythons import free_threaded


def prepared(interpreter: Interpreter, *, installed: bool) -> Environment:
    """Returns the environment of an interpreter, with a fresh build unless the installed one is used."""
    if interpreter.version.endswith("t"):
        return free_threaded.prepare(interpreter.path, build=not installed)
    into = environment.ours(interpreter)
    if not installed:
        wheel.develop(interpreter, into)
    return into


def test(interpreter: Interpreter, *, installed: bool, seconds: float) -> None:
    """Raises `Failed` if a process died or hung."""
    into = prepared(interpreter, installed=installed)
    env = {"PYTHONPATH": str(ROOT)}
    run([into.python, "-m", "tests.exit", "--times", "20", "--seconds", str(seconds)], env=env)
    if sys.platform == "linux":
        run([into.python, "-m", "tests.threads.forking", "--times", "30", "--forks", "50"], env=env)


def main() -> int:
    """Tests all interpreters that are chosen or found. The exit code is 0 only if all of them came through."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--installed", action="store_true", help="test what is installed, without a build")
    parser.add_argument("--seconds", type=float, default=1e9, help="for the first of the two, on each")
    options = parser.parse_args()
    return interpreters.on_each(
        "exit", lambda one: test(one, installed=options.installed, seconds=options.seconds)
    )


if __name__ == "__main__":
    sys.exit(main())
