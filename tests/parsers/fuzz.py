"""Looks for programs that break the way from a text to ctypes: ``python -m tests.parsers.fuzz --seconds 60 --seed 1``.

The programs run in a process of their own, which writes down what it runs. If it dies, hangs or needs too much memory,
the program that did it is printed, as it is for every exception that is not one of a refusal.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path

from tests.parsers.grammar import Grammar, Step
from tests.parsers.library import build
from tests.parsers.mutate import changed

MEMORY = 4 << 30
ROOT = Path(__file__).resolve().parents[2]


def programs(seed: int, kept: list[str]) -> Iterator[list[Step]]:
    """Makes programs: by the grammar, from the kept texts, and with changes."""
    chosen = random.Random(seed)
    while True:
        steps: list[Step] = Grammar(chosen).program()
        for place, step in enumerate(steps):
            text = step[1]
            if chosen.random() < 0.2:
                text = chosen.choice(kept)
            if chosen.random() < 0.35:
                text = changed(chosen, text, kept)
            steps[place] = (step[0], text, *step[2:])
        if len(kept) < 2000:
            kept.append(steps[0][1])
        yield steps


def kept_texts() -> list[str]:
    """Returns the texts of the fuzz target `cdef`."""
    folder = ROOT / "fuzz" / "seeds" / "cdef"
    return [path.read_bytes().decode("utf-8", "replace") for path in sorted(folder.iterdir())]


def work(note: Path, library: str, seed: int, seconds: float) -> int:
    """Runs programs in this process. The note has what is running."""
    from tests.parsers.whole import MAKERS, run

    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    end, count = time.monotonic() + seconds, 0
    for steps in programs(seed, kept_texts()):
        for name, make in MAKERS.items():
            note.write_text(json.dumps([name, steps]), encoding="utf-8")
            try:
                run(make, steps, library)
            except BaseException:
                traceback.print_exc()
                return 1
            count += 1
        if time.monotonic() > end:
            break
    note.write_text(str(count), encoding="ascii")
    return 0


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        return work(Path(options.work[0]), options.work[1], options.seed, options.seconds)
    with tempfile.TemporaryDirectory() as folder:
        note, library = Path(folder) / "note", build(Path(folder))
        command = [sys.executable, "-m", "tests.parsers.fuzz", "--work", note, library]
        command += ["--seed", str(options.seed), "--seconds", str(options.seconds)]
        try:
            status = subprocess.run(command, timeout=options.seconds + 60, check=False, cwd=ROOT).returncode
        except subprocess.TimeoutExpired:
            status = "no end"
        found = note.read_text(encoding="utf-8")
    if status != 0:
        print(f"fuzz: seed {options.seed} ends with {status}:\n{found}")
        return 1
    print(f"fuzz: {found} programs from texts to ctypes held (seed {options.seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
