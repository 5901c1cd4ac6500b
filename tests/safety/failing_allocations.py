"""A program for `test_failing_allocations.py`: every operation of `little_memory.py`, while one allocation after the
other fails.

`LD_PRELOAD=failing_malloc.so PYTHONMALLOC=malloc python failing_allocations.py failing_malloc.so` does each operation
in child processes. In the first one its first allocation fails, or that and all later ones; in the next one its second
allocation, and so on. It prints a line for each child that died, and a last line with the number of children.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from typing import Any

from tests.safety import little_memory

COUNTS = (1, -1)
"""How many allocations fail: one, or all from the first on."""

AT_MOST = 120
"""The highest number of an allocation that is tried. Later ones are repetitions in all operations."""

OUT_OF_RANGE = 9
"""The exit code of a child whose operation had fewer allocations."""


def child(malloc: Any, operation: Callable[[], Any], first: int, count: int) -> int:
    """Does an operation and returns the exit code."""
    malloc.fail_allocations(first, count)
    try:  # noqa: SIM105 - a context manager needs memory itself
        operation()
    except BaseException:
        pass
    return 0 if malloc.allow_allocations() > first else OUT_OF_RANGE


def main() -> None:
    """Tries all operations."""
    malloc = ctypes.CDLL(sys.argv[1])
    malloc.fail_allocations.argtypes = [ctypes.c_long, ctypes.c_long]
    malloc.allow_allocations.restype = ctypes.c_long
    sys.unraisablehook = lambda problem: None
    children = 0
    for name, operation in little_memory.OPERATIONS.items():
        for count in COUNTS:
            for first in range(AT_MOST):
                sys.stdout.flush()
                pid = os.fork()
                if pid == 0:
                    os.close(2)
                    os._exit(child(malloc, operation, first, count))
                status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                children += 1
                if status == OUT_OF_RANGE:
                    break
                if status:
                    print(f"{name}: status {status}, allocation {first}, {count} fail")
    print(f"{children} children")


if __name__ == "__main__":
    main()
