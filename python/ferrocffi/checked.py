"""What checked mode knows: the memory that is alive, for finding leaks.

Checked mode is on where ``FERROCFFI_CHECKED=1`` was set when the backend was imported, or with
``python -m ferrocffi run --checked program.py``. Elsewhere the functions here find nothing.
"""

from __future__ import annotations

import atexit
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TextIO

VARIABLE = "FERROCFFI_CHECKED"
"""The variable of the environment that turns checked mode on: ``1``, or ``pages`` for memory that ends at a page which
C cannot use."""


@dataclass(frozen=True)
class Region:
    """Memory that Python owns or lends."""

    address: int
    size: int
    """The number of bytes."""
    type: str
    """The C type, such as ``char[8]``."""
    origin: str
    """The function that made it, such as ``ffi.new()``."""
    file: str
    """The file of the line that made it; empty if that is not known."""
    line: int

    def __str__(self) -> str:
        where = f" made at {self.file}:{self.line}" if self.file else ""
        return f"{self.size} bytes: {self.type}{where} by {self.origin}"


def enabled() -> bool:
    """Returns whether this process runs in checked mode."""
    import _cffi_backend

    return hasattr(_cffi_backend, "_checked_regions")


def regions() -> list[Region]:
    """Returns all memory that is alive, the biggest first."""
    import _cffi_backend

    listed = getattr(_cffi_backend, "_checked_regions", None)
    found = [] if listed is None else [Region(*facts) for facts in listed()]
    return sorted(found, key=lambda region: (-region.size, region.file, region.line))


def quarantine() -> tuple[int, int]:
    """Returns how many pieces of freed memory are kept for a while, and their bytes."""
    import _cffi_backend

    counted = getattr(_cffi_backend, "_checked_quarantine", None)
    count, size = (0, 0) if counted is None else counted()
    return int(count), int(size)


def report(file: TextIO | None = None, *, most: int = 20) -> None:
    """Prints the memory that is alive, added up by the lines that made it, the biggest first."""
    out = file or sys.stderr
    if not enabled():
        print(f"ferrocffi: checked mode is off ({VARIABLE}=1 turns it on)", file=out)
        return
    alive = regions()
    sizes: Counter[tuple[str, str, str, int]] = Counter()
    counts: Counter[tuple[str, str, str, int]] = Counter()
    for region in alive:
        key = (region.type, region.origin, region.file, region.line)
        sizes[key] += region.size
        counts[key] += 1
    kept, bytes_kept = quarantine()
    total = sum(sizes.values())
    print(
        f"ferrocffi: {len(alive)} regions are alive, {total} bytes; {kept} freed ones are kept, {bytes_kept} bytes",
        file=out,
    )
    for (kind, origin, name, line), size in sizes.most_common(most):
        where = f"{name}:{line}" if name else "an unknown line"
        times = counts[kind, origin, name, line]
        print(f"  {size:>10} bytes in {times:>6} of {kind}, by {origin} at {where}", file=out)
    if len(sizes) > most:
        print(f"  and {len(sizes) - most} more lines", file=out)


def report_at_exit() -> None:
    """Prints the report when the program ends."""
    atexit.register(report)
