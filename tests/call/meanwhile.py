"""Whether other threads run Python code while one is in C, without a look at how much they get done."""

from __future__ import annotations

import os
import select
import struct
import threading
import time
from collections.abc import Callable


def pollfd(file: int) -> bytes:
    """Returns a ``struct pollfd`` that waits until a file can be read."""
    return struct.pack("ihh", file, select.POLLIN, 0)


def runs_meanwhile(wait: Callable[[int], int]) -> bool:
    """Returns whether another thread writes to a file while `wait`, called with it, waits in C until it can be read.

    `wait` gives what the `poll` of C gives: 1 if it can be, 0 if it has waited in vain.
    """
    readable, writable = os.pipe()
    called = threading.Event()

    def write() -> None:
        called.wait()
        # Until the call is in C.
        time.sleep(0.2)
        os.write(writable, b"x")

    thread = threading.Thread(target=write)
    thread.start()
    called.set()
    found = wait(readable)
    thread.join()
    os.close(readable)
    os.close(writable)
    return found == 1
