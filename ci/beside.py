"""Compares random programs on this project's backend and on stock, on each interpreter: ``python3 -m ci.beside``.

python3 -m ci.beside [--installed] [--programs N] [--seed N]
"""

from __future__ import annotations

import argparse
import sys

from ci import environment, interpreters, wheel
from ci.interpreters import Interpreter
from ci.project import ROOT, run


def main() -> int:
    """Compares on all interpreters. The exit code is 0 only if nothing differs on any."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--installed", action="store_true", help="test what is installed, without a build")
    parser.add_argument("--programs", default="500")
    parser.add_argument("--seed", default="1000")
    options = parser.parse_args()

    def compare(interpreter: Interpreter) -> None:
        into = environment.ours(interpreter)
        if not options.installed:
            wheel.develop(interpreter, into)
        command = [into.python, "-m", "tests.beside", "--programs", options.programs, "--seed", options.seed]
        run(command, env={"PYTHONPATH": str(ROOT)})

    return interpreters.on_each("comparison", compare)


if __name__ == "__main__":
    sys.exit(main())
