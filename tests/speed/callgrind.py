"""Running the loops under callgrind, and reading the counts that it leaves."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benches.prepare import ENVIRONMENT, Bench
from ci.project import Failed, run
from tests.speed.operations import GUARDED

_CALLS = re.compile(r"calls=")
_COST = re.compile(r"(?:[+*-]?\d*|0x[0-9a-f]+)(?: [+*-]?\d+)* (\d+)$")


@dataclass(frozen=True)
class Count:
    """Instructions of one execution of an operation."""

    own: float
    """Those within the extension module: the same whatever the interpreter was built with."""
    total: float
    """All of them, those of the interpreter too."""

    def __sub__(self, other: Count) -> Count:
        return Count(self.own - other.own, self.total - other.total)

    def __truediv__(self, times: int) -> Count:
        return Count(self.own / times, self.total / times)


def count(bench: Bench) -> dict[str, Count]:
    """Returns the instructions of each guarded operation; raises `Failed`."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "counts"
        command: list[str | Path] = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        command += ["--dump-before=getppid", "--compress-strings=no", "--compress-pos=no"]
        command += [bench.python("ours"), "-m", "tests.speed.loops", bench.build]
        run(command, env={**ENVIRONMENT, "PYTHONMALLOC": "pymalloc", "LC_ALL": "C"}, quiet=True)
        parts: list[Count] = []
        while (path := Path(f"{out}.{len(parts) + 1}")).exists():
            with path.open() as lines:
                parts.append(read(lines))
    # One before the first loop of each operation, then one for each loop.
    if len(parts) != 3 * len(GUARDED):
        raise Failed(f"callgrind wrote {len(parts)} parts where {3 * len(GUARDED)} were expected")
    return {
        name: (parts[3 * n + 2] - parts[3 * n + 1]) / times for n, (name, times) in enumerate(GUARDED.items())
    }


def read(lines: Iterable[str]) -> Count:
    """Sum up one file of callgrind's, whose names and positions are not compressed."""
    own = total = 0
    inside = skipping = False
    for line in lines:
        if line.startswith("ob="):
            inside = is_ours(line[3:].strip())
        elif skipping:
            skipping = False  # the cost of a call, which its callee has already
        elif _CALLS.match(line):
            skipping = True
        elif (found := _COST.match(line)) and line[0].isdigit():
            total += int(found[1])
            own += int(found[1]) if inside else 0
    return Count(own, total)


def is_ours(path: str) -> bool:
    """Returns whether a shared object is our extension module."""
    return os.path.basename(os.path.dirname(path)) == "_cffi_backend"
