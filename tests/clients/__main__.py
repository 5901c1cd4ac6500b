"""Runs compiled clients of cffi on this project's backend; fails where the stock one does better.

python3 -m tests.clients                     everything, on CPython 3.11 and 3.13
python3 -m tests.clients --only pygit2 -v    one client, and how each lost test failed
python3 -m tests.clients --quick             of the slow suites only a part, the same in each run
"""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import sys
import tempfile
from pathlib import Path

from ci import interpreters
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import Failed, say
from tests.clients import prepare
from tests.clients.smoke import SMOKE
from tests.clients.suites import CLIENTS, PYTHONS, Client
from tests.upstream.execute import Run, execute


@dataclasses.dataclass
class Tally:
    """How many clients did what."""

    held: int = 0
    lost: int = 0
    not_run: int = 0

    def __str__(self) -> str:
        return f"{self.held} hold, {self.lost} lose something, {self.not_run} not run"


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", metavar="NAME", help="only the client of that name")
    parser.add_argument("--quick", action="store_true", help="of the slow suites only a part")
    parser.add_argument(
        "--installed", action="store_true", help="take the backend as installed, build nothing"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="show how each lost test failed")
    options = parser.parse_args()
    if not prepare.can_run():
        print("clients: not run: the wheels are pinned for Linux x86-64")
        return 0
    tally = Tally()
    try:
        here = {found.version: found for found in interpreters.chosen()}
    except LookupError as error:
        say(f"failed: {error}")
        return 1
    for version in PYTHONS:
        if version not in here:
            print(f"clients on CPython {version}: not run: not found, or not chosen")
            continue
        try:
            on_interpreter(here[version], options, tally)
        except Failed as error:
            tally.lost += 1
            print(f"clients on CPython {version}: FAILED: {error}", flush=True)
    print(f"clients: {tally}", flush=True)
    return 0 if tally.held and not tally.lost else 1


def on_interpreter(interpreter: Interpreter, options: argparse.Namespace, tally: Tally) -> None:
    """All clients that were asked for on one interpreter."""
    into = prepare.ours(interpreter, build=not options.installed)
    beside = prepare.stock(interpreter)
    for client in CLIENTS:
        if options.only and client.suite.name not in options.only:
            continue
        title = f"{client.name} ({client.mode}) on CPython {interpreter.version}"
        if client.library and client.library.missing():
            print(f"{title}: not run: no {client.library.soname} (Debian: {client.library.debian})")
            tally.not_run += 1
            continue
        try:
            holds = compare(client, title, into, beside, options)
        except Failed as error:
            print(f"{title}: FAILED: {error}", flush=True)
            holds = False
        tally.held += holds
        tally.lost += not holds
    for name in SMOKE:
        if not options.only or name in options.only:
            smoke(name, interpreter, into, beside, tally)


def compare(
    client: Client, title: str, into: Environment, beside: Environment, options: argparse.Namespace
) -> bool:
    """Runs a client's tests on both backends; True if none is lost."""
    suite = client.suite
    if options.quick and client.quick:
        suite = dataclasses.replace(suite, paths=client.quick)
    for part in client.parts:
        if part.library is None or part.library.missing():
            package = f" (Debian: {part.library.debian})" if part.library else ""
            print(f"  {part.path} not run: {part.reason}{package}")
            suite = dataclasses.replace(suite, ignore=(*suite.ignore, part.path))
    should, run = execute(suite, beside), execute(suite, into)
    expected = should.ids("passed")
    lost = missing(expected, run)
    print(f"{title}: {run.summary()}; stock: {should.summary()}", flush=True)
    if lost and not any(result.outcome in ("crashed", "hung") for result in run.results.values()):
        # Random data and clocks: a test counts as lost if it is lost again, beside the stock backend.
        again_stock = execute(suite, beside, only=lost).ids("passed")
        again = execute(suite, into, only=lost)
        for test in sorted(set(lost) - set(missing(again_stock, again))):
            print(f"  unsteady, passed when repeated, or fails on both: {test}")
        lost = missing(again_stock, again)
    for test in lost:
        result = run.results.get(test)
        print(f"  LOST {test}: {result.outcome if result else 'not run'}")
        if result and options.verbose:
            print("    " + result.detail.replace("\n", "\n    "))
    gained = sorted(set(run.ids("passed")) - set(expected))
    for test in gained:
        print(f"  passes here only: {test}")
    sys.stdout.flush()
    return not lost and bool(expected)


def missing(expected: list[str], run: Run) -> list[str]:
    """Returns the tests that should pass and do not."""
    passed = set(run.ids("passed"))
    return [test for test in expected if test not in passed]


def smoke(name: str, interpreter: Interpreter, into: Environment, beside: Environment, tally: Tally) -> None:
    """One operation on both backends. What fails on the stock one says nothing and counts as not run."""
    title = f"smoke {name} on CPython {interpreter.version}"
    if (problem := operate(name, beside)) is not None:
        print(f"{title}: not run: fails on the stock backend too: {problem}", flush=True)
        tally.not_run += 1
    elif (problem := operate(name, into)) is not None:
        print(f"{title}: LOST: {problem}", flush=True)
        tally.lost += 1
    else:
        print(f"{title}: holds", flush=True)
        tally.held += 1


def operate(name: str, where: Environment) -> str | None:
    """Runs one operation in that environment: None if it went well, else the last of what it said."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [where.python, "-I", "-B", Path(__file__).parent / "smoke.py", name],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                timeout=120,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "it did not end in two minutes"
    if done.returncode == 0:
        return None
    lines = done.stdout.strip().splitlines() or ["it said nothing"]
    return f"status {done.returncode}: {' | '.join(lines[-3:])}"


if __name__ == "__main__":
    sys.exit(main())
