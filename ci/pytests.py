"""The project's own Python tests, on every interpreter found, against a fresh build.

python3 -m ci.pytests [--installed] [--core] [pytest's arguments]

``--core`` leaves out what does not depend on the interpreter: the tests of the tools, of the texts, of the types.
"""

from __future__ import annotations

import sys

from ci import environment, interpreters, wheel
from ci.project import ROOT, Failed, run, say

NOT_CORE = ("cli", "clients", "docs", "house", "speed", "typing", "upstream")
"""Folders of tests that say the same on every interpreter."""

IN_PROCESS = (
    "buffer",
    "call",
    "callback",
    "cdata",
    "convert",
    "ctype",
    "exports",
    "ffi",
    "library",
    "module",
)
"""Folders of tests that work in the process they run in. The others start one for each test, or for all of them."""


def core() -> list[str]:
    """The folders of all other tests."""
    folders = (path.parent for path in (ROOT / "tests").glob("*/test_*.py"))
    return sorted({f"tests/{folder.name}" for folder in folders if folder.name not in NOT_CORE})


def main() -> int:
    """Run them everywhere even if one interpreter fails; the exit code is 0 only if all passed."""
    arguments = sys.argv[1:]
    installed = "--installed" in arguments
    if installed:
        arguments.remove("--installed")
    if "--core" in arguments:
        arguments.remove("--core")
        arguments += core()
    failures = 0
    try:
        found = interpreters.chosen()
    except LookupError as error:
        say(f"failed: {error}")
        return 1
    for interpreter in found:
        print(f"Python tests on CPython {interpreter.version}", flush=True)
        try:
            into = environment.ours(interpreter)
            if not installed:
                wheel.develop(interpreter, into)
            run([into.python, "-m", "pytest", "-q", *(arguments or ["tests"])])
        except Failed as error:
            failures += 1
            say(f"failed: {error}")
    print(f"Python tests: passed on {len(found) - failures} of {len(found)} interpreters", flush=True)
    return 0 if found and not failures else 1


if __name__ == "__main__":
    sys.exit(main())
