"""Runs the benchmark suite of a source tree beside the stock backend: ``python -m ferrocffi bench``.

The suite needs the tree (it builds the wheel and compiles modules), so it is no part of the wheel. Its environments are
made in a temporary folder, unless VENVS names one to keep.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

_STEP = re.compile(r"\[ *(\d+)/(\d+)\] +(\S+) +(.*)")
"""Number, total, ratio of times (``-`` if none), and what was measured."""


class NoSource(Exception):
    """There is no source tree to run the suite from."""


@dataclass(frozen=True)
class Step:
    """One operation that was measured, or (with a total of 0) a line of progress before the first."""

    number: int
    total: int
    ratio: float | None
    """Time of the stock backend divided by this project's: above 1, this one is faster."""
    text: str


@dataclass
class Outcome:
    """What there is at the end."""

    exit_code: int = 0
    verdicts: list[str] = field(default_factory=list)
    """The lines with the limits, kept or missed."""
    written: list[Path] = field(default_factory=list)
    """The reports: a table in Markdown, a chart in SVG, a record in JSON."""
    last: str = ""
    """The last line on the error stream: the reason of a failure."""


def find_source(start: Path) -> Path:
    """Returns the source tree that a folder lies in; `NoSource` if it lies in none."""
    for folder in (start, *start.parents):
        if (folder / "benches" / "__main__.py").is_file() and (folder / "Cargo.toml").is_file():
            return folder
    raise NoSource(
        f"{start} lies in no source tree of ferrocffi: run this in a clone, or name one with --source"
    )


def run(source: Path, out: Path, options: Sequence[str], outcome: Outcome) -> Iterator[Step]:
    """The steps as they come; `outcome` is filled at the end."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    command = [base, "-u", "-m", "benches", *options, "--out", str(out)]
    with ExitStack() as stack:
        venvs = os.environ.get("VENVS") or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="ferrocffi-")
        )
        env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
        process = stack.enter_context(
            subprocess.Popen(
                command,
                cwd=source,
                env={**env, "VENVS": venvs, "PYTHONS": base},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        assert process.stdout is not None
        for line in map(str.rstrip, process.stdout):
            outcome.last = line or outcome.last
            if match := _STEP.match(line):
                ratio = None if match[3] == "-" else float(match[3])
                yield Step(int(match[1]), int(match[2]), ratio, match[4])
            elif line.startswith(("ok ", "MISS ")):
                outcome.verdicts.append(line)
            elif line.startswith("-- "):
                yield Step(0, 0, None, line[3:])
        outcome.exit_code = process.wait()
    outcome.written = sorted(path for path in out.iterdir() if path.suffix in (".md", ".svg", ".json"))
