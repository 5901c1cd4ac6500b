"""The tests on a debug build of CPython, whose assertions look at every object and which counts all references.

python3 -m ci.pythons.debug_build [--installed] [--python PATH] [pytest's arguments]

Every test of cffi's test_c.py and of the project is repeated, and must leave no reference and no block behind.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ci import environment, pytests, wheel
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import CACHE, FRONT_ENDS, NEWEST_CFFI, Failed, output, run, say
from ci.pythons import built as built_python
from tests.upstream import sources
from tests.upstream.suites import SUITES

REPEATED = (*(f"tests/{folder}" for folder in pytests.IN_PROCESS), "tests/messages")
"""Tests that work in the process they run in."""

ONCE = ("tests/leaks", "tests/modules", "tests/interpreters", "tests/threads", "tests/safety")
"""Tests that start processes, or repeat their work themselves."""

_VERSION = "import sys; print('%d.%d%s' % (*sys.version_info[:2], sys.abiflags))"


def prepare(python: Path, *, build: bool) -> Environment:
    """Makes an environment with the front end and a quick build of this project's backend."""
    version = output([python, "-c", _VERSION]).strip()
    if not version.endswith("d"):
        raise Failed(f"{python} is not a debug build")
    interpreter = Interpreter(version, python)
    into = environment.ensure(interpreter, version, "requirements-test.txt", packages=FRONT_ENDS[NEWEST_CFFI])
    if build:
        wheel.develop(interpreter, into)
    return into


def test(into: Environment, arguments: list[str]) -> int:
    """Runs all tests even if some fail. Returns the number of failed runs."""
    folder = CACHE / "debug-tests"
    # Pytest's collection of unraisable exceptions is disabled, since it keeps every report until its test has ended.
    repeated = ["-p", "tests.leaks.repeated", "-p", "no:unraisableexception"]
    runs: list[list[str | Path]]
    if arguments:
        runs = [[*repeated, *arguments]]
    else:
        test_c = sources.unpack(SUITES[0].source, folder) / "src" / "c" / "test_c.py"
        runs = [[*repeated, test_c], [*repeated, *REPEATED], [*ONCE]]
    failed = 0
    for words in runs:
        try:
            run([into.python, "-X", "dev", "-m", "pytest", "-q", *words], env={"PYTHONPATH": str(Path.cwd())})
        except Failed as error:
            failed += 1
            say(f"failed: {error}")
    print(f"debug build: {len(runs) - failed} of {len(runs)} runs passed", flush=True)
    return failed


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--installed", action="store_true", help="take the backend as installed, build nothing"
    )
    parser.add_argument(
        "--python", type=Path, help="a debug build that there is (default: one built from source)"
    )
    options, arguments = parser.parse_known_args()
    try:
        python = options.python or built_python.ensure("3.13d")
        return 1 if test(prepare(python, build=not options.installed), arguments) else 0
    except Failed as error:
        say(f"failed: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
