"""Runs programs two at a time, each to its end, and summarizes the results.

A part is a program of the project. PARALLEL=1 runs one part at a time. The output of a part is kept until it ends.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from ci.project import ROOT, say

CLOSING = re.compile(
    r"test result: .* [1-9]\d* passed.*|=* ?(\d+ (passed|failed|skipped|error).* in [\d.]+s.*)"
    r"|(lint|upstream|clients|fuzz|guard|stress|exit|forks|free-threaded|Python tests|-- guard skipped)\b.*[:,].*"
)
"""The lines in which runners summarize their results."""


@dataclass(frozen=True)
class Part:
    """A program that runs beside others."""

    name: str
    arguments: tuple[str, ...]
    """The arguments after `python3 -m`."""
    pythons: str = ""
    """The interpreters for the part, if they are not the chosen ones."""
    after: tuple[str, ...] = ()
    """The parts that have to end first."""


@dataclass
class Ended:
    """The result of a part."""

    part: Part
    code: int
    seconds: float
    output: str = field(repr=False)

    @property
    def verdict(self) -> str:
        """Returns the result in a few words."""
        how = "held" if self.code == 0 else f"FAILED (exit code {self.code})"
        return f"{self.part.name} {how} after {self.seconds:.0f} s"

    def report(self) -> Iterator[str]:
        """Returns the verdict, followed by the runner's own summary."""
        yield f"-- {self.verdict}"
        yield from (line for line in self.output.splitlines() if CLOSING.fullmatch(line))


def needed(names: Sequence[str], everything: Sequence[Part]) -> list[Part]:
    """Returns the parts with these names, and their prerequisites."""
    wanted = set(names)
    for part in reversed(everything):
        if part.name in wanted:
            wanted.update(part.after)
    return [part for part in everything if part.name in wanted]


def run(part: Part) -> Ended:
    """Runs one part to its end."""
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


def run_all(chosen: Sequence[Part], *, whole: bool) -> list[Ended]:
    """Runs all parts. A part runs even if one of its prerequisites has failed.

    The output of a part is shown when it ends, but only if it failed; with `whole` the output of every part is shown.
    """
    lanes = int(os.environ.get("PARALLEL") or 2)
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
                if whole or done.code:
                    print(f"== {done.part.name}", done.output.rstrip("\n"), sep="\n", flush=True)
                say(done.verdict)
    return sorted(ended, key=lambda done: chosen.index(done.part))


def conclude(title: str, ended: Sequence[Ended], seconds: float) -> int:
    """Prints the summary of each part, and a last line for all of them. Returns the exit code."""
    print("== summary", *(line for done in ended for line in done.report()), sep="\n")
    held = [done.part.name for done in ended if done.code == 0]
    failed = [done.part.name for done in ended if done.code]
    words = [f"{', '.join(held)} held" if held else "nothing held"]
    words += [f"{', '.join(failed)} FAILED"] if failed else []
    print(f"{title}: {'; '.join(words)} ({seconds:.0f} s)", flush=True)
    return 1 if failed or not held else 0
