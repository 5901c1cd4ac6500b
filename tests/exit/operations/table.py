"""The table of operations, their objects, and the function in which the end of the program finds their threads."""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

from tests.exit import compiled

Operation = Callable[["World"], Generator[Callable[[], object], None, None]]

OPERATIONS: dict[str, Operation] = {}
"""All operations by name."""

THREADS_COME_BACK = sys.version_info < (3, 14)
"""Whether the interpreter ends a thread that wants to run Python code after the shutdown has begun.

Since 3.14 it blocks the thread for good instead, so C code that waits for such a thread waits for ever, with every
backend.
"""

WAITED_FOR = ("c_joined_at_exit", "c_holding_a_lock")
"""The operations whose C code waits at the end for its threads."""


def operation(function: Operation) -> Operation:
    """Puts a function into the table."""
    OPERATIONS[function.__name__] = function
    return function


CHOICE = random.Random()


def inside(*_: object) -> int:
    """Gives other threads a turn: it sleeps, or runs Python code."""
    WAS_INSIDE.add(threading.get_ident())
    if CHOICE.random() < 0.7:
        time.sleep(CHOICE.random() * 0.002)
    else:
        for _ in range(300):
            pass
    return 1


WAS_INSIDE: set[int] = set()
"""The threads that have called `inside()`."""


class World:
    """The objects that operations use: the backend in its modes, and objects whose methods are Python code."""

    kept: Any = None
    """The object that must live until the interpreter clears its modules."""

    def __init__(self, folder: str) -> None:
        """Takes the folder of the compiled code, or an empty string if there is none."""
        import cffi

        self.folder = folder
        ffi = self.ffi = cffi.FFI()
        ffi.cdef(
            """
            struct s { int a; double b; char c[8]; int *p; };
            struct bits { int low : 4; int high : 4; };
            union u { int a; double b; };
            struct deep { struct s first; struct s all[2]; };
            typedef struct { int x, y; } point;
            typedef int (*int_fn)(int);
            typedef int (*any_fn)(int, double, char *, point);
            typedef point (*point_fn)(point);
            enum color { RED, GREEN };
            int abs(int);
            double fabs(double);
            double fmod(double, double);
            size_t strlen(const char *);
            int printf(const char *, ...);
            int snprintf(char *, size_t, const char *, ...);
            void *memchr(const void *, int, size_t);
            void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
            int usleep(unsigned);
            extern int optind;
            """
        )
        self.libc = ffi.dlopen(None)

    @property
    def api(self) -> Any:
        """The compiled module."""
        if self.folder not in sys.path:
            sys.path.insert(0, self.folder)
        return __import__(compiled.NAME)

    def library(self, file: str, cdef: str) -> tuple[Any, Any]:
        """Opens a library by name. Returns its FFI object and the library."""
        import cffi

        ffi = cffi.FFI()
        ffi.cdef(cdef)
        return ffi, ffi.dlopen(os.path.join(self.folder, file))
