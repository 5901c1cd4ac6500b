"""Measures threads: ``python3 -m benches.scaling [--no-build]`` writes docs/benchmarks/free-threaded.md.

Two threads beside one on the free-threaded build, with this backend and with the stock one, and one thread there beside
one on the build with a GIL, in one run. It takes about four minutes after the builds (of CPython too, where they are not
there yet), in which the machine should do nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from statistics import geometric_mean, median, quantiles

from ci import environment, wheel
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import NEWEST_CFFI, ROOT, Failed, output, say
from ci.pythons import built as built_python
from ci.pythons import free_threaded

PAGE = ROOT / "docs" / "benchmarks" / "free-threaded.md"
GOAL = 1.85
"""The required work of two threads in terms of one."""

PARTS = 4
"""The number of times that the builds take turns, so that disturbances affect all of them alike."""

TEXT = """# Two threads on the free-threaded build

Made by `make scaling` on {date}: CPython {free}t beside CPython {gil}, x86-64 Linux, {cores} cores ({processor}),
release builds of the backend; the stock backend is that of the wheel of cffi {cffi}. Both interpreters are made with
`--enable-shared` and without further optimization, as pyenv makes them. {rounds} short rounds of each operation, in turn,
at real-time priority where the system allows it.{remark}

## Two threads beside one

The work that two threads do together in terms of what one does: 2.00 is perfect, {goal} the goal. Each round has one
thread and two side by side, and gives a ratio: *middle* is the median of these ratios, *quarter* the ratio that a quarter
of the rounds do not reach. *Best* compares the shortest times of all rounds. The last two columns are the stock backend's.
Types and functions are shared, data is each thread's own where nothing else is said.

{scaling}

{below}

The first row is a checksum in C over memory of the thread's own: it shares nothing, so what it misses of 2.00 is the
machine's doing: its single rounds ranged from {lowest:.2f} to {highest:.2f}. This is why the middle of many rounds
counts, and why one round says nothing.

The operations are those of a module with a `.pyc` file, as most programs are.

## One thread, beside the build with a GIL

Nanoseconds for one operation, the best of all rounds; the builds take turns. The last column is what the build without a
GIL takes in terms of the other.

{single}

Geometric means: the interpreter's own operations {own:.2f}, the backend's {ours:.2f}. {verdict}

## One thread, beside the stock backend

Nanoseconds for one operation on the build without a GIL, the best of all rounds. The last column is what this backend
takes in terms of the stock one: geometric mean {beside:.2f}.

{stock}
"""

EXPLAINED = {
    "read a field, shared data": "The interpreter counts a reference to the object that is read on each use, and an"
    " object of data is no type or function: its count is what both threads write to.",
    "callback, a nested function": "The interpreter counts references to a function on each call of it, and fixes the"
    " counts of functions at the top level only, as nested ones are made all the time.",
}


@dataclass(frozen=True)
class Measured:
    """One operation: the nanoseconds that one thread took in each round, and those that two threads took."""

    name: str
    one: list[float]
    two: list[float]

    @property
    def kind(self) -> str:
        """Returns `interpreter` or `machine` for an operation without the backend."""
        word, colon, _ = self.name.partition(":")
        return word if colon else "backend"

    @property
    def ns(self) -> float:
        """Returns the shortest time of the operation in one thread."""
        return min(self.one)

    @property
    def best(self) -> float:
        """Returns the work of two threads in terms of one, by the shortest times."""
        return 2 * self.ns / min(self.two)

    @property
    def ratios(self) -> list[float]:
        """Returns the work of two threads in terms of one, in each round."""
        return [2 * one / two for one, two in zip(self.one, self.two, strict=True)]


def measure(into: Environment, *options: str) -> dict[str, Measured]:
    """Measures all operations in an environment."""
    env = {"PYTHONPATH": str(ROOT)}
    command: list[str | Path] = ["env", *[f"{k}={v}" for k, v in env.items()], into.python]
    text = output([*command, "-m", "tests.threads.scaling", *options])
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    if not lines[0]["real-time"]:
        say("other processes take part: real-time priority is not allowed here")
    return {
        line["operation"]: Measured(line["operation"], line["ns"]["1"], line["ns"].get("2", []))
        for line in lines[1:]
    }


def joined(parts: list[dict[str, Measured]]) -> list[Measured]:
    """Joins the rounds of several runs."""
    return [
        Measured(
            name, [t for part in parts for t in part[name].one], [t for part in parts for t in part[name].two]
        )
        for name in parts[0]
    ]


@dataclass(frozen=True)
class Environments:
    """The environments in which the operations are measured."""

    free: Environment
    stock: Environment
    gil: Environment


@dataclass(frozen=True)
class Results:
    """The measurements in these environments."""

    free: list[Measured]
    stock: list[Measured]
    gil: list[Measured]


def everything(into: Environments, rounds: int) -> Results:
    """Measures the backends on the free-threaded build, in one thread and two, and the build with a GIL in one."""
    option = f"--rounds={max(rounds // PARTS, 1)}"
    runs = [
        (measure(into.free, option), measure(into.stock, option), measure(into.gil, option, "--one"))
        for _ in range(PARTS)
    ]
    return Results(*(joined(list(part)) for part in zip(*runs, strict=True)))


def prepared(*, build: bool) -> Environments:
    """Returns the environments of one version without and with a GIL; two of them get release builds."""
    free = Interpreter(free_threaded.VERSION, free_threaded.ensure())
    name = f"{free.version.rstrip('t')}-gil"
    gil = Interpreter(name, built_python.ensure(name))
    into = Environments(environment.ours(free), environment.stock(free), environment.ours(gil))
    if build:
        for interpreter, one in ((free, into.free), (gil, into.gil)):
            wheel.install(wheel.build(interpreter), one)
    return into


def scaling_table(rows: list[Measured], stock: list[Measured]) -> str:
    """Returns the table of two threads beside one, on both backends."""
    lines = [
        "| operation | ns, one thread | quarter | middle | best | stock: ns | stock: middle |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row, other in zip(rows, stock, strict=True):
        quarter, middle, _ = quantiles(row.ratios)
        lines.append(
            f"| {row.name} | {row.ns:.0f} | {quarter:.2f} | {middle:.2f} | {row.best:.2f}"
            f" | {other.ns:.0f} | {median(other.ratios):.2f} |"
        )
    return "\n".join(lines)


def beside_stock(rows: list[Measured], stock: list[Measured]) -> tuple[str, float]:
    """Returns the table of one thread on both backends, and the geometric mean of the ratios."""
    pairs = [(row, other) for row, other in zip(rows, stock, strict=True) if row.kind == "backend"]
    lines = ["| operation | stock | this one | ratio |", "|---|---:|---:|---:|"]
    lines += [
        f"| {row.name} | {other.ns:.0f} | {row.ns:.0f} | {row.ns / other.ns:.2f} |" for row, other in pairs
    ]
    return "\n".join(lines), geometric_mean([row.ns / other.ns for row, other in pairs])


def below(rows: list[Measured]) -> str:
    """Returns the operations that miss the goal, with the reason where it is known."""
    missed = [row for row in rows if median(row.ratios) < GOAL and row.kind == "backend"]
    if not missed:
        return "In the middle all of the backend's reach the goal."
    lines = ["In the middle these are below the goal:", ""]
    lines += [f"- {row.name}. {EXPLAINED.get(row.name, 'The reason is not known.')}" for row in missed]
    return "\n".join(lines)


def single_table(free: list[Measured], gil: list[Measured]) -> tuple[str, float, float]:
    """Returns the table of one thread on both builds, and the geometric means for interpreter and backend."""
    lines = ["| operation | with GIL | without | ratio |", "|---|---:|---:|---:|"]
    ratios: dict[str, list[float]] = {}
    for row, other in zip(free, gil, strict=True):
        ratio = row.ns / other.ns
        ratios.setdefault(row.kind, []).append(ratio)
        lines.append(f"| {row.name} | {other.ns:.0f} | {row.ns:.0f} | {ratio:.2f} |")
    return "\n".join(lines), geometric_mean(ratios["interpreter"]), geometric_mean(ratios["backend"])


def version(into: Environment) -> str:
    """Returns the interpreter's version with the patch level."""
    return output([into.python, "-c", "import platform; print(platform.python_version())"]).strip()


def processor() -> str:
    """Returns the processor's name, if Linux reports it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "processor not known"
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "not known"
    )


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--no-build", action="store_true", help="take the environments as they are")
    parser.add_argument("--build", action="store_true", help="only build, measure later with --no-build")
    parser.add_argument("--rounds", type=int, default=120)
    parser.add_argument("--remark", default="", help="a sentence about the machine, for the page")
    options = parser.parse_args()
    try:
        into = prepared(build=not options.no_build)
        if options.build:
            return 0
        found = everything(into, options.rounds)
        single, own, ours = single_table(found.free, found.gil)
        stock, beside = beside_stock(found.free, found.stock)
        same = "That is no more." if ours <= own else "That is more."
        text = TEXT.format(
            date=f"{datetime.now(timezone.utc):%d %B %Y}".lstrip("0"),
            free=version(into.free),
            gil=version(into.gil),
            cffi=NEWEST_CFFI,
            remark=f" {options.remark}" if options.remark else "",
            cores=os.cpu_count(),
            processor=processor(),
            rounds=options.rounds,
            goal=GOAL,
            scaling=scaling_table(found.free, found.stock),
            below=below(found.free),
            lowest=min(found.free[0].ratios),
            highest=max(found.free[0].ratios),
            single=single,
            stock=stock,
            beside=beside,
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
