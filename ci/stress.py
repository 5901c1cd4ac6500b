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
from ci.project import ROOT, run

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


def test(interpreter: Interpreter) -> None:
    """Runs the stress on one interpreter, for which the extension is built unless it is installed."""
    into = environment.ours(interpreter)
    if "--installed" not in sys.argv[1:]:
        wheel.develop(interpreter, into)
    stress(into)


def main() -> int:
    """Runs all interpreters that were chosen, or found; the exit code is 0 only if all came through."""
    return interpreters.on_each("stress", test)


if __name__ == "__main__":
    sys.exit(main())
