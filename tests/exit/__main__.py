"""Programs that end while their threads are in the middle of something, again and again.

python -m tests.exit [--times N] [--only PATTERN] [--seconds LIMIT]   on this interpreter

Each operation of `operations` has processes of its own. A process that dies of a signal, prints that it aborts, or does
not end fails the run.
"""

from __future__ import annotations

import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.exit import compiled, operations

ROOT = Path(__file__).resolve().parents[2]

PATIENCE = 60.0
"""The number of seconds after which a process counts as hanging."""

FATAL = ("panicked at", "Fatal Python error", "FATAL:", "terminate called", "fatal runtime error")
"""The texts that no process may print."""


def verdict(folder: Path, *names: str) -> str:
    """Runs a program with these operations. Returns a description of the failure, or an empty string."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            # The streams are unbuffered, since the buffer of stderr has a lock. If the interpreter ends a thread that
            # holds this lock, CPython cannot take it at the end and aborts the process.
            [sys.executable, "-u", "-m", "tests.exit.program", str(folder), *names],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "hangs"
    said = done.stderr.decode(errors="replace")
    if done.returncode < 0:
        return f"dies of signal {-done.returncode}: {said[-300:]}"
    if done.returncode:
        return f"status {done.returncode}: {said[-1000:]}"
    fatal = [text for text in FATAL if text in said]
    return f"says {fatal[0]!r}" if fatal else ""


def available(folder: Path) -> list[str]:
    """Returns the operations that can run with the code that was compiled."""
    left_out = () if (folder / compiled.FOREIGN).exists() else ("foreign",)
    left_out += () if operations.THREADS_COME_BACK else operations.WAITED_FOR
    return [name for name in operations.OPERATIONS if not name.startswith(left_out)]


def main() -> int:
    """Runs the operations. The exit code is 0 only if no process died or hung."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=20, help="processes for each operation")
    parser.add_argument("--only", default="", metavar="PATTERN", help="operations whose names match")
    parser.add_argument("--seconds", type=float, default=1e9, help="start no more processes after this time")
    parser.add_argument("--parallel", type=int, default=4, help="processes at a time")
    options = parser.parse_args()
    started = time.monotonic()
    wrong: dict[str, list[str]] = collections.defaultdict(list)
    runs: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compiled.build(folder)
        chosen = [name for name in available(folder) if re.search(options.only, name)]

        def attempt(name: str) -> None:
            if time.monotonic() - started < options.seconds:
                runs[name] += 1
                found = verdict(folder, name)
                if found:
                    wrong[name].append(found)

        with ThreadPoolExecutor(options.parallel) as pool:
            list(pool.map(attempt, chosen * options.times))
    for name, found in wrong.items():
        print(f"{name}: {len(found)} of {runs[name]}: {found[0]}")
    seconds = time.monotonic() - started
    bad = sum(map(len, wrong.values()))
    least = min((runs[name] for name in chosen), default=0)
    print(
        f"exit: {len(chosen)} operations, {least} times or more, {sum(runs.values())} processes in "
        f"{seconds:.0f} s: {bad} died or hung"
    )
    return 1 if bad or not least else 0


if __name__ == "__main__":
    sys.exit(main())
