"""The operations of threads at the end of a program: one function for each way in which C reaches Python code.

An operation is a generator function. The code before `yield` runs once, on the main thread; its variables are alive
until the interpreter clears its modules. The function that it yields is called repeatedly, on several threads. In it,
`inside()` is called at a point where the end of the program can find the thread: it lets other threads run. The code
after the `yield` never runs.
"""

from __future__ import annotations

from tests.exit.operations import c_threads, callbacks, calls, ends, modules, types, values
from tests.exit.operations.table import OPERATIONS, THREADS_COME_BACK, WAITED_FOR, World

__all__ = ["OPERATIONS", "THREADS_COME_BACK", "WAITED_FOR", "World"]

GROUPS = (values, types, ends, calls, callbacks, modules, c_threads)
"""The modules that fill the table."""
