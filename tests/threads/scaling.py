"""How two threads compare with one, on types, data and functions that both use.

``python -m tests.threads.scaling [--rounds N] [--one] [--only WORD]`` prints one line of JSON for each operation;
`ci.scaling` makes tables of them. On a machine that does other things at the same time the best of many short
rounds says most.
"""

from __future__ import annotations

import argparse
import json
import py_compile
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROUND = 0.005
"""Seconds that a round takes at least: short enough to lie between what else the machine does."""


def timed(operation: Callable[[int], Any], threads: int, n: int) -> float:
    """Seconds that the slowest of so many threads took for `n` operations each."""
    start = threading.Barrier(threads)
    ended = [0.0] * threads
    began = [0.0] * threads

    def work(i: int) -> None:
        start.wait()
        began[i] = time.perf_counter()
        operation(n)
        ended[i] = time.perf_counter()

    workers = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return max(ended) - min(began)


def measure(operation: Callable[[int], Any], rounds: int, most: int) -> tuple[float, float | None]:
    """Nanoseconds for an operation in one thread, and the work of two threads in terms of one."""
    n = 1000
    while timed(operation, 1, n) < ROUND:
        n *= 2
    one = two = float("inf")
    for _ in range(rounds):
        one = min(one, timed(operation, 1, n))
        if most > 1:
            two = min(two, timed(operation, 2, n))
    return one / n * 1e9, 2 * one / two if most > 1 else None


def load() -> dict[str, Callable[[int], Any]]:
    """The operations, from a compiled file as any module but a freshly changed one.

    CPython 3.13 gives the code objects and constants of a file that it has to compile itself, by `compile()`, counts
    that threads fight for, and those that it loads from a ``.pyc`` file fixed ones.
    """
    source = Path(__file__).with_name("operations.py")
    with tempfile.TemporaryDirectory() as folder:
        sys.pycache_prefix = folder
        py_compile.compile(str(source), doraise=True)
        from tests.threads.operations import OPERATIONS
    return OPERATIONS


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--one", action="store_true", help="one thread only, as on a build with a GIL")
    parser.add_argument("--only", default="", help="operations with this in their name")
    options = parser.parse_args()
    # As in a program that has threads: CPython 3.13 fixes the counts of functions and classes with the first.
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    for name, operation in load().items():
        if options.only in name:
            one, two = measure(operation, options.rounds, 1 if options.one else 2)
            print(json.dumps({"operation": name, "ns": one, "work of two": two}), flush=True)


if __name__ == "__main__":
    main()
