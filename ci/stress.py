"""The long runs of what ``make test`` does shortly: threads for a minute, 1,000 subinterpreters.

python3 -m ci.stress [--installed] [--checked]     STRESS_SECONDS and INTERPRETERS change the amount

With --checked they run in checked mode, and random accesses are compared with a model too.
"""

from __future__ import annotations

import os
import sys

from ci import environment, interpreters, wheel
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import ROOT, Failed, run, say

SECONDS = os.environ.get("STRESS_SECONDS") or "60"
INTERPRETERS = os.environ.get("INTERPRETERS") or "1000"


def stress(into: Environment) -> None:
    """Both runs in one environment."""
    env = {"PYTHONPATH": str(ROOT), "INTERPRETERS": INTERPRETERS}
    if "--checked" in sys.argv[1:]:
        env["FERROCFFI_CHECKED"] = "1"
        run([into.python, "-m", "tests.checked.fuzz", SECONDS], env=env)
    run([into.python, "-m", "tests.threads.stress", SECONDS], env=env)
    run([into.python, "-m", "pytest", "-q", "-s", "tests/interpreters", "-k", "memory_is_flat"], env=env)


def attempt(interpreter: Interpreter, *, installed: bool) -> bool:
    """Returns whether an interpreter comes through; what is wrong is said."""
    print(f"stress on CPython {interpreter.version}", flush=True)
    try:
        into = environment.ours(interpreter)
        if not installed:
            wheel.develop(interpreter, into)
        stress(into)
    except Failed as error:
        say(f"failed: {error}")
        return False
    return True


def main() -> int:
    """Runs all interpreters that were chosen, or found; the exit code is 0 only if all came through."""
    try:
        found = interpreters.chosen()
    except LookupError as error:
        say(f"failed: {error}")
        return 1
    installed = "--installed" in sys.argv[1:]
    good = [attempt(interpreter, installed=installed) for interpreter in found]
    print(f"stress: {sum(good)} of {len(good)} interpreters came through", flush=True)
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
