"""A program of many different operations beside each of them alone: ``python3 -m benches.mixed [--role ROLE ...]``.

A loop of one operation has its code in the cache of the processor; a program has not. Each role executes all operations in turn,
a thousand times, and each of them alone as often. What is printed is the time of a turn over the sum of the parts, the median of
some rounds, and with ``--simulate`` the misses of a simulated first-level cache of instructions, which need no quiet machine.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from time import thread_time_ns
from typing import Any

from benches.fixtures import NAMES
from benches.groups import GROUPS
from benches.measure import ROLES
from benches.model import Code, Operation
from benches.prepare import ENVIRONMENT, Bench, prepare
from benches.worker import code_for
from ci import environment, interpreters
from ci.project import Failed, output, run, say

COUNTED = ("abi", "access", "functions", "front-end")
"""The groups whose short operations make up the program."""
TURNS = 1000
ROUNDS = 15
Call = Callable[[], None]


def _calls(role: str, build: Path) -> list[Call]:
    """Returns a function for each operation that the extension written by hand has too."""
    names = NAMES[role](build)
    found = []
    for group in GROUPS:
        for operation in group.operations if group.key in COUNTED else ():
            if isinstance(operation, Operation) and operation.limit is not None:
                code = code_for(role, operation, names)
                if code is not None:
                    found.append(_function(code, names))
    return found


def _function(code: Code, names: dict[str, Any]) -> Call:
    names = dict(names)
    exec(code.setup, names)
    exec(code.statement, names)
    bound = sorted(name for name in names if not name.startswith("__"))
    body = textwrap.indent(code.statement, "    ")
    exec(f"def once({', '.join(f'{name}={name}' for name in bound)}):\n{body}\n", names)
    call: Call = names["once"]
    return call


def _turns(calls: list[Call], turns: int) -> int:
    start = thread_time_ns()
    for _ in range(turns):
        for call in calls:
            call()
    return thread_time_ns() - start


def times(role: str, build: Path) -> float:
    """Returns the time of the program over the sum of its parts, the median of the rounds."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    calls = _calls(role, build)
    gc.disable()
    _turns(calls, TURNS)
    ratios = []
    for _ in range(ROUNDS):
        alone = sum(_turns([call], TURNS) for call in calls)
        ratios.append(_turns(calls, TURNS) / alone)
    return statistics.median(ratios)


def simulated(role: str, build: Path) -> None:
    """Runs the program and its parts for the simulation, which writes down what it has counted at each `getppid`."""
    calls = _calls(role, build)
    gc.disable()
    _turns(calls, 20)
    os.getppid()
    _turns(calls, 20)
    os.getppid()
    for call in calls:
        _turns([call], 20)
    os.getppid()


def misses(bench: Bench, role: str) -> tuple[float, float]:
    """Returns the misses of instructions in a turn of the program, and of all parts; raises `Failed`."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "counts"
        command: list[str | Path] = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        command += ["--cache-sim=yes", "--I1=32768,8,64", "--dump-before=getppid", bench.python(role)]
        command += ["-m", "benches.mixed", "--simulated", role, "--build", bench.build]
        run(command, env={**ENVIRONMENT, "PYTHONMALLOC": "pymalloc", "LC_ALL": "C"}, quiet=True)
        found = []
        for number in (2, 3):
            lines = Path(f"{out}.{number}").read_text().splitlines()
            events = next(line.split()[1:] for line in lines if line.startswith("events:"))
            totals = next(line.split()[1:] for line in lines if line.startswith("totals:"))
            found.append(int(totals[events.index("I1mr")]) / 20)
        return found[0], found[1]


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--role", action="append", default=[], choices=ROLES, help="only this one")
    parser.add_argument("--simulate", action="store_true", help="misses of a simulated cache, under valgrind")
    parser.add_argument("--no-build", action="store_true", help="take the backend that is installed already")
    parser.add_argument("--timed", help=argparse.SUPPRESS)
    parser.add_argument(
        "--train", choices=ROLES, help="run all operations of this role once, without a figure"
    )
    parser.add_argument("--simulated", help=argparse.SUPPRESS)
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.timed:
        print(json.dumps(times(options.timed, options.build)))
        return 0
    if options.simulated:
        simulated(options.simulated, options.build)
        return 0
    try:
        chosen = interpreters.chosen() if os.environ.get("PYTHONS") else [environment.this_python()]
        for interpreter in chosen:
            bench = prepare(interpreter, build_wheel=not options.no_build)
            say(f"CPython {bench.version}")
            for role in options.role or ["ours", "limit", "stock"]:
                if options.simulate:
                    together, alone = misses(bench, role)
                    print(f"{role:10} {together:8,.0f} misses in a turn, {alone:8,.0f} in its parts")
                else:
                    program: list[str | Path] = [bench.python(role), "-m", "benches.mixed", "--timed", role]
                    ratio = float(output([*program, "--build", bench.build], env=ENVIRONMENT))
                    print(f"{role:10} {ratio:.2f} times the sum of its parts")
    except (Failed, LookupError) as error:
        say(f"failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
