"""A program that ends while its threads are busy.

python -m tests.exit.program FOLDER OPERATION...

FOLDER holds the compiled code (`compiled.build`). Each operation gets separate threads. When all of them have run
once, the main thread ends.
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
"""The number of threads for each operation."""

PATIENCE = 2.0
"""The number of seconds after which the program ends even if some threads had no turn, since there can be many."""


class Late:
    """An object that lives until the interpreter clears its modules; its destructor then lets the other threads run."""

    def __init__(self) -> None:
        """Stores the function that the destructor needs, since its module may be cleared by then."""
        self.sleep = time.sleep

    def __del__(self) -> None:
        """Waits."""
        self.sleep(0.03)


late = Late()
started: list[object] = []
"""The operations and their variables, which live until the interpreter clears this module."""


def again_and_again(function: Callable[[], object], been: threading.Event) -> None:
    """Runs an operation for as long as the program lives. If it raises an exception, the process ends."""
    while True:
        try:
            function()
        except Exception:
            traceback.print_exc()
            os._exit(70)
        been.set()


def main() -> None:
    """Starts the threads, waits until each has run once, and returns."""
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
    # This object is the last one of the main module, so it is cleared after those of the operations.
    globals()["latest"] = Late()
    latest = time.monotonic() + PATIENCE
    for been in begun:
        been.wait(max(0.0, latest - time.monotonic()))
    time.sleep(random.random() * 0.01)


if __name__ == "__main__":
    main()
    # The interpreter clears the main module, and with it these objects.
    kept = operations, late
