"""The project's own Python tests, on every interpreter found, against a fresh build.

python3 -m ci.pytests [--installed] [pytest's arguments]
"""

from __future__ import annotations

import sys

from ci import environment, interpreters, wheel
from ci.project import Failed, run, say


def main() -> int:
    """Run them everywhere even if one interpreter fails; the exit code is 0 only if all passed."""
    arguments = sys.argv[1:]
    installed = "--installed" in arguments
    if installed:
        arguments.remove("--installed")
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
