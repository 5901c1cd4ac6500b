"""How two threads compare with one, on types, data and functions that both use.

``python -m tests.threads.scaling [--rounds N] [--one] [--only WORD]`` prints one line of JSON for each operation, with
the times of all rounds; `benches.scaling` makes tables of them. A machine gives a thread now more and now less, for seconds
at a time, so the rounds are short, the operations take turns, and one thread and two are measured side by side. Where
the system allows it, other processes wait meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import py_compile
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
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


def length(operation: Callable[[int], Any]) -> int:
    """Returns how often an operation is done in a round."""
    n = 1000
    while timed(operation, 1, n) < ROUND:
        n *= 2
    return n


@dataclass
class Times:
    """Nanoseconds that an operation took in each round."""

    operation: Callable[[int], Any]
    n: int
    rounds: dict[int, list[float]]
    """By the number of threads: each of them does the operation once in that time."""

    def measure(self, threads: int) -> None:
        """One round more."""
        took = timed(self.operation, threads, self.n) / self.n * 1e9
        self.rounds[threads].append(round(took, 2))


def load() -> dict[str, Callable[[int], Any]]:
    """Returns the operations, from a compiled file as any module but a freshly changed one.

    CPython 3.13 gives the code objects and constants of a file that it has to compile itself, by `compile()`, counts
    that threads fight for, and those that it loads from a ``.pyc`` file fixed ones.
    """
    source = Path(__file__).with_name("operations.py")
    with tempfile.TemporaryDirectory() as folder:
        sys.pycache_prefix = folder
        py_compile.compile(str(source), doraise=True)
        from tests.threads.operations import OPERATIONS
    return OPERATIONS


def before_others() -> bool:
    """Asks for real-time priority, for this thread and those that it starts; whether that was granted (to root it is)."""
    if sys.platform != "linux":
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except OSError:
        return False
    return True


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
    first = before_others()
    numbers = [1] if options.one else [1, 2]
    every = {
        name: Times(operation, length(operation), {threads: [] for threads in numbers})
        for name, operation in load().items()
        if options.only in name
    }
    for i in range(options.rounds):
        for times in every.values():
            # Neither always comes first: what the machine does meanwhile falls on both alike.
            for threads in numbers if i % 2 else numbers[::-1]:
                times.measure(threads)
    print(json.dumps({"real-time": first}))
    for name, times in every.items():
        print(json.dumps({"operation": name, "ns": times.rounds}), flush=True)


if __name__ == "__main__":
    main()
