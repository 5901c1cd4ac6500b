"""Measures threads: ``python3 -m ci.scaling [--no-build]`` writes docs/benchmarks/free-threaded.md.

Two threads beside one on the free-threaded build, and one thread there beside one on the build with a GIL, in one
run. It takes about a minute after the build, in which the machine should do nothing else.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from ci import environment, free_threaded, interpreters, wheel
from ci.environment import Environment
from ci.project import ROOT, Failed, output, say

PAGE = ROOT / "docs" / "benchmarks" / "free-threaded.md"
GOAL = 1.85
"""What two threads shall do in terms of one."""

TEXT = """# Two threads on the free-threaded build

Made by `make scaling` on {date}: CPython {free}t beside CPython {gil}, x86-64 Linux, {cores} cores ({processor}),
release builds. The best of {rounds} short rounds, one thread and two in turn.

## Two threads beside one

The last column is the work that two threads do together in terms of what one does: 2.00 is perfect, {goal} the goal.
Types and functions are shared, data is each thread's own where nothing else is said.

{scaling}

{below}

The operations are those of a module with a `.pyc` file. Code that CPython 3.13 compiles by `compile()` while there are
threads, as it does with a module that has no such file yet, has counts that threads fight for.

## One thread, beside the build with a GIL

Nanoseconds for one operation; the last column is what the build without a GIL takes in terms of the other.

{single}

Geometric means: the interpreter's own operations {own:.2f}, the backend's {ours:.2f}. {verdict}
"""

EXPLAINED = {
    "read a field, shared data": "The interpreter counts a reference to the object that is read on each use, and an"
    " object of data is no type or function: its count is what both threads write to.",
    "callback, a nested function": "The interpreter counts references to a function on each call of it, and fixes the"
    " counts of functions at the top level only, as nested ones are made all the time.",
}


@dataclass(frozen=True)
class Measured:
    """One operation."""

    name: str
    ns: float
    factor: float | None

    @property
    def is_interpreter(self) -> bool:
        """Whether it does without the backend."""
        return self.name.startswith("interpreter")


def measure(into: Environment, *options: str) -> list[Measured]:
    """All operations, in an environment with this project's backend."""
    env = {"PYTHONPATH": str(ROOT)}
    command: list[str | Path] = ["env", *[f"{k}={v}" for k, v in env.items()], into.python]
    text = output([*command, "-m", "tests.threads.scaling", *options])
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [Measured(line["operation"], line["ns"], line["work of two"]) for line in lines]


def prepared(*, build: bool) -> tuple[Environment, Environment]:
    """The environments without and with a GIL, of the same version, with release builds in them."""
    free = free_threaded.described(free_threaded.ensure())
    gil = interpreters.find(free.version.rstrip("t"))
    if gil is None:
        raise Failed(f"no CPython {free.version.rstrip('t')} to compare with")
    into = free_threaded.prepare(free.path, build=False), environment.ours(gil)
    if build:
        for interpreter, one in zip((free, gil), into, strict=True):
            wheel.install(wheel.build(interpreter), one)
    return into


def scaling_table(rows: list[Measured]) -> str:
    """Two threads beside one."""
    lines = ["| operation | ns, one thread | work of two threads |", "|---|---:|---:|"]
    lines += [f"| {row.name} | {row.ns:.0f} | {row.factor or 0:.2f} |" for row in rows]
    return "\n".join(lines)


def below(rows: list[Measured]) -> str:
    """What misses the goal, and why where that is known."""
    missed = [row for row in rows if (row.factor or 0) < GOAL and not row.is_interpreter]
    if not missed:
        return "All of them reach the goal."
    lines = ["Below the goal:", ""]
    lines += [f"- {row.name}. {EXPLAINED.get(row.name, 'The reason is not known.')}" for row in missed]
    return "\n".join(lines)


def single_table(free: list[Measured], gil: list[Measured]) -> tuple[str, float, float]:
    """One thread on both builds; the geometric means of the interpreter's own and of the backend's operations."""
    lines = ["| operation | with GIL | without | ratio |", "|---|---:|---:|---:|"]
    ratios: dict[bool, list[float]] = {True: [], False: []}
    known = {row.name: row.ns for row in gil}
    for row in free:
        ratio = row.ns / known[row.name]
        ratios[row.is_interpreter].append(math.log(ratio))
        lines.append(f"| {row.name} | {known[row.name]:.0f} | {row.ns:.0f} | {ratio:.2f} |")
    own, ours = (math.exp(sum(ratios[kind]) / len(ratios[kind])) for kind in (True, False))
    return "\n".join(lines), own, ours


def version(into: Environment) -> str:
    """Of the interpreter, to the patch level."""
    return output([into.python, "-c", "import platform; print(platform.python_version())"]).strip()


def processor() -> str:
    """Its name, where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "processor not known"
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "not known"
    )


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--no-build", action="store_true", help="take the environments as they are")
    parser.add_argument("--build", action="store_true", help="only build, measure later with --no-build")
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    try:
        free, gil = prepared(build=not options.no_build)
        if options.build:
            return 0
        rounds = f"--rounds={options.rounds}"
        threads = measure(free, rounds)
        one = measure(gil, rounds, "--one")
        single, own, ours = single_table(threads, one)
        same = "That is no more." if ours <= own else "That is more."
        text = TEXT.format(
            date=f"{datetime.now(timezone.utc):%d %B %Y}".lstrip("0"),
            free=version(free),
            gil=version(gil),
            cores=os.cpu_count(),
            processor=processor(),
            rounds=options.rounds,
            goal=GOAL,
            scaling=scaling_table(threads),
            below=below(threads),
            single=single,
            own=own,
            ours=ours,
            verdict=same,
        )
        PAGE.write_text(text, encoding="utf-8")
        say(f"wrote {PAGE}")
    except Failed as error:
        say(f"failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
