"""How two threads compare with one, on types, data and functions that both use.

``python -m tests.threads.scaling [rounds]`` prints a table in Markdown. On a machine that does other things at the
same time the best of several short rounds says most.
"""

from __future__ import annotations

import platform
import sys
import threading
import time
from collections.abc import Callable
from typing import Any


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


def measure(operation: Callable[[int], Any], rounds: int, n: int) -> tuple[float, float]:
    """Nanoseconds for an operation in one thread, and the work of two threads in terms of one."""
    one = two = float("inf")
    for _ in range(rounds):
        one = min(one, timed(operation, 1, n))
        two = min(two, timed(operation, 2, n))
    return one / n * 1e9, 2 * one / two


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    from tests.threads.operations import OPERATIONS, N

    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    print(f"CPython {platform.python_version()}, GIL {'on' if gil else 'off'}, best of {rounds} rounds\n")
    print("| operation | ns, one thread | work of two threads |\n|---|---:|---:|")
    for name, operation in OPERATIONS.items():
        if len(sys.argv) > 2 and not any(word in name for word in sys.argv[2:]):
            continue
        nanoseconds, factor = measure(operation, rounds, N)
        print(f"| {name} | {nanoseconds:.0f} | {factor:.2f} |", flush=True)


if __name__ == "__main__":
    main()
