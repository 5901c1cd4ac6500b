"""What a thread can be doing when the program ends: one function for each way in which Python code is reached from C.

An operation is a generator function. What comes before `yield` is run once, on the main thread; its variables are alive
until the interpreter clears its modules. The function that it yields is called again and again, on several threads.
Somewhere in it `inside()` is called, where the end of the program finds the thread: it lets other threads run. Nothing
after the `yield` is ever run.
"""

from __future__ import annotations

from tests.exit.operations import c_threads, callbacks, calls, ends, modules, types, values
from tests.exit.operations.table import OPERATIONS, THREADS_COME_BACK, WAITED_FOR, World

__all__ = ["OPERATIONS", "THREADS_COME_BACK", "WAITED_FOR", "World"]

GROUPS = (values, types, ends, calls, callbacks, modules, c_threads)
"""The modules that fill the table."""
