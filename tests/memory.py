"""What memory a process has."""

from __future__ import annotations

import contextlib
import ctypes
import resource
from pathlib import Path


class MallInfo(ctypes.Structure):
    """``struct mallinfo2`` of glibc."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


def resident() -> int:
    """Bytes of this process that are in memory now; 0 where that cannot be known."""
    with contextlib.suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    return 0


def heap() -> int:
    """Bytes that `malloc` has given out; 0 where the C library does not say.

    With PYTHONMALLOC=malloc that is all of it, but for Python's objects without a GIL.
    """
    mallinfo2 = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if mallinfo2 is None:
        return 0
    mallinfo2.restype = MallInfo
    info = mallinfo2()
    return int(info.uordblks + info.hblkhd)
