"""Compares both backends on random programs: ``python -m tests.beside [--seed N] [--programs N]``.

Prints each operation that differs, and ends with 1 if there was one. The environment must have cffi with its own backend.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.beside.expected import intended

ROOT = Path(__file__).resolve().parents[2]


class Died(Exception):
    """A program ended its process."""


def outcomes(backend: str, seed: int, programs: int) -> dict[int, list[str]]:
    """Returns the lines of each program on one backend (`stock` or `ferrocffi`).

    Programs that end the process of stock are left out: it divides by the size of empty items, for instance.
    """
    env = {
        **os.environ,
        "FERROCFFI_BACKEND": backend,
        "FERROCFFI_NOTES": "0",
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8:backslashreplace",
        "PYTHONPATH": str(ROOT),
    }
    found: dict[int, list[str]] = {}
    end = seed + programs
    while seed < end:
        command = [sys.executable, "-m", "tests.beside.program", str(seed), str(end - seed)]
        done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", check=False, timeout=600)
        for line in done.stdout.splitlines():
            if line.startswith("@ "):
                seed = int(line[2:])
                found[seed] = []
            elif found:
                found[seed].append(line)
        if done.returncode == 0:
            break
        if backend != "stock" or done.returncode > 0:
            raise Died(f"{backend}: status {done.returncode} in program {seed}: {done.stderr[-500:]}")
        found.pop(seed, None)
        seed += 1
    return found


def differences(seed: int, programs: int) -> tuple[int, list[str]]:
    """Returns the number of operations, and a text for each one that differs without a reason in `expected`."""
    with ThreadPoolExecutor(2) as pool:
        ours, stock = pool.map(lambda backend: outcomes(backend, seed, programs), ("ferrocffi", "stock"))
    count, texts = 0, []
    for number, lines in ours.items():
        for here, there in zip(lines, stock.get(number, []), strict=False):
            count += 1
            if here.partition(" -> ")[0] != there.partition(" -> ")[0]:
                break  # An earlier difference has left another pool of values.
            if here != there and not intended(here, there):
                texts.append(f"program {number}\n  ferrocffi: {here}\n  stock:     {there}")
    return count, texts


def main() -> int:
    """Compares. The exit code is 0 only if nothing differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of the first program")
    parser.add_argument("--programs", type=int, default=200)
    options = parser.parse_args()
    try:
        count, texts = differences(options.seed, options.programs)
    except Died as error:
        print(error)
        return 1
    for text in texts:
        print(text)
    print(f"{count} operations of {options.programs} programs on both backends: {len(texts)} differ")
    return 1 if texts else 0


if __name__ == "__main__":
    sys.exit(main())
