"""What continuous integration runs: every part of ``make test-all``, each to its end, two at a time.

python3 -m ci.everything              all parts
python3 -m ci.everything --list       their names
python3 -m ci.everything python-3.11  one part, and what it needs

A part's output is kept until it ends and printed whole then. The last lines say for each part what its own runner
said in the end. PARALLEL=1 runs one part at a time; PYTHONS chooses the interpreters, as for make.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from ci import interpreters
from ci.project import ROOT, say

EVERYTHING = ("3.11", "3.13")
"""Interpreters on which all of the project's Python tests are run; on the others, those that depend on them."""

CLOSING = re.compile(
    r"test result: .* [1-9]\d* passed.*|=* ?(\d+ (passed|failed|skipped|error).* in [\d.]+s.*)"
    r"|(lint|upstream|clients|fuzz|guard|stress|free-threaded|Python tests|-- guard skipped)\b.*[:,].*"
)
"""The lines in which runners sum up."""


@dataclass(frozen=True)
class Part:
    """A program that is run beside others."""

    name: str
    arguments: tuple[str, ...]
    """After `python3 -m`."""
    pythons: str = ""
    """The interpreter that it is for, if for one."""
    after: tuple[str, ...] = ()
    """Parts that have to end first."""


@dataclass
class Ended:
    """How a part went."""

    part: Part
    code: int
    seconds: float
    output: str = field(repr=False)

    def report(self) -> Iterator[str]:
        """The verdict, and under it what the runner said."""
        verdict = "passed" if self.code == 0 else f"FAILED (exit code {self.code})"
        yield f"{self.part.name:<14} {verdict} in {self.seconds:.0f} s"
        found = [line for line in self.output.splitlines() if CLOSING.fullmatch(line)]
        yield from (f"    {line}" for line in found)


def parts() -> list[Part]:
    """All parts for the interpreters that are there; the longest first among those that wait for the same."""
    versions = [found.version for found in interpreters.chosen()]
    full = [version for version in EVERYTHING if version in versions]
    rest = [version for version in versions if version not in full]

    def each(name: str, *arguments: str, on: list[str]) -> list[Part]:
        return [Part(f"{name}-{version}", arguments, version, (f"build-{version}",)) for version in on]

    return [
        Part("lint", ("ci.lint",)),
        Part("free-threaded", ("ci.free_threaded_tests", "--short")),
        *(Part(f"build-{version}", ("ci.builds",), version) for version in [*full, *rest]),
        *each("upstream", "tests.upstream", "--all", "--installed", on=[*full, *rest]),
        *each("python", "ci.pytests", "--installed", on=full),
        *each("clients", "tests.clients", "--quick", "--installed", on=full),
        *each("python", "ci.pytests", "--installed", "--core", on=rest),
        *each("install", "ci.pytests", "--installed", "-m", "matrix", "tests/wheel", on=full[:1]),
        *each("stress", "ci.stress", "--installed", on=full[-1:]),
        *each("guard", "tests.speed", on=full[:1]),
        Part("rust", ("ci.rust", "test")),
        Part("fuzz", ("ci.fuzz", "--seconds", "10")),
    ]


def needed(names: list[str], everything: list[Part]) -> list[Part]:
    """The parts of these names, and those that they come after."""
    wanted = set(names)
    for part in reversed(everything):
        if part.name in wanted:
            wanted.update(part.after)
    return [part for part in everything if part.name in wanted]


def run(part: Part) -> Ended:
    """One part to its end, its output to the terminal in one piece."""
    say(f"{part.name} begins")
    started = time.monotonic()
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    if part.pythons:
        env["PYTHONS"] = part.pythons
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        code = subprocess.run(
            [sys.executable, "-m", *part.arguments],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
        output.seek(0)
        text = output.read()
    return Ended(part, code, time.monotonic() - started, text)


def run_all(chosen: list[Part], lanes: int) -> list[Ended]:
    """All parts, as many at a time as there are lanes. What waits for a part that failed still gets its turn."""
    waiting, ended = list(chosen), []
    running: dict[Future[Ended], Part] = {}
    with ThreadPoolExecutor(max_workers=lanes) as pool:
        while waiting or running:
            open_names = {part.name for part in [*waiting, *running.values()]}
            for part in [part for part in waiting if not open_names.intersection(part.after)]:
                if len(running) < lanes:
                    waiting.remove(part)
                    running[pool.submit(run, part)] = part
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                del running[future]
                done = future.result()
                ended.append(done)
                print(f"== {done.part.name}", done.output.rstrip("\n"), sep="\n", flush=True)
    return sorted(ended, key=lambda done: chosen.index(done.part))


def main() -> int:
    """Run the parts and sum up; the exit code is 0 only if all of them passed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="PART", help="only these")
    parser.add_argument("--list", action="store_true", help="print the names of all parts")
    options = parser.parse_args()
    try:
        everything = parts()
    except LookupError as error:
        say(f"failed: {error}")
        return 1
    if options.list:
        print(*(part.name for part in everything), sep="\n")
        return 0
    chosen = needed(options.names, everything) if options.names else everything
    unknown = set(options.names) - {part.name for part in everything}
    if unknown:
        say(f"failed: no part is called {', '.join(sorted(unknown))} (--list)")
        return 1
    started = time.monotonic()
    ended = run_all(chosen, int(os.environ.get("PARALLEL") or 2))
    print("== summary", *(line for done in ended for line in done.report()), sep="\n")
    failed = [done.part.name for done in ended if done.code]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "passed"
    print(f"everything: {len(ended)} parts in {time.monotonic() - started:.0f} s: {verdict}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
