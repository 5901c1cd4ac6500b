"""A program that ends while its threads are in the middle of something.

python -m tests.exit.program FOLDER OPERATION...

FOLDER holds the compiled code (`compiled.build`). Each operation gets threads of its own. When all of them have run
once, the main thread comes to its end.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
import traceback
from collections.abc import Callable

from tests.exit import operations

THREADS = 3
"""Threads for each operation."""

PATIENCE = 2.0
"""Seconds after which the program ends though not all threads had their turn: there can be many."""


class Late:
    """An object that lives until the interpreter clears its modules, and then lets the other threads run."""

    def __init__(self) -> None:
        """Keep what is needed: nothing else is there any more."""
        self.sleep = time.sleep

    def __del__(self) -> None:
        """Wait."""
        self.sleep(0.03)


late = Late()
started: list[object] = []
"""The operations with what they use, until the interpreter clears this module."""


def again_and_again(function: Callable[[], object], been: threading.Event) -> None:
    """Run an operation for as long as there is a program. One that fails ends it."""
    while True:
        try:
            function()
        except Exception:
            traceback.print_exc()
            os._exit(70)
        been.set()


def main() -> None:
    """Start, wait until all have begun, end."""
    folder, *names = sys.argv[1:]
    sys.setswitchinterval(random.choice([1e-5, 1e-4, 5e-3]))
    world = operations.World(folder)
    begun = []
    for name in names:
        begin = operations.OPERATIONS[name](world)
        function = next(begin)
        started.append(begin)
        for _ in range(THREADS):
            been = threading.Event()
            begun.append(been)
            threading.Thread(target=again_and_again, args=(function, been), daemon=True).start()
    # The last of the main module's objects, which goes after those of the operations.
    globals()["latest"] = Late()
    latest = time.monotonic() + PATIENCE
    for been in begun:
        been.wait(max(0.0, latest - time.monotonic()))
    time.sleep(random.random() * 0.01)


if __name__ == "__main__":
    main()
    # The main module is the one that is cleared, and its objects with it.
    kept = operations, late
