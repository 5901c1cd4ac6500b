"""Which releases of the ``cffi`` package this project is tested with, and what follows for others."""

from __future__ import annotations

OLDEST = (1, 15)
NEWEST = (2, 1)
"""The first and the last release, major and minor number. The backend warns of newer ones."""


def _numbers(version: str) -> tuple[int, ...]:
    numbers = []
    for part in version.split(".")[:2]:
        if not part.isdecimal():
            return ()
        numbers.append(int(part))
    return tuple(numbers)


def compare(version: str) -> str | None:
    """``newer`` or ``older`` than the tested releases, ``unknown`` if it is not a version; None if it is one of them."""
    numbers = _numbers(version)
    if len(numbers) < 2:
        return "unknown"
    if numbers > NEWEST:
        return "newer"
    return "older" if numbers < OLDEST else None


def known(version: str) -> str | None:
    """Returns what can be said of a front end that works so far and was not tested; None for those that were."""
    order = compare(version)
    if order is None:
        return None
    tested = ".".join(map(str, OLDEST)), ".".join(map(str, NEWEST))
    than = "not among" if order == "unknown" else f"{order} than"
    return (
        f"cffi {version} is {than} the releases that ferrocffi is tested with ({tested[0]} to {tested[1]}). "
        "Known: it accepts this backend, and cffi.FFI() works. Not known: whether it expects something of its "
        "backend that those releases do not; 'check' tries the common operations"
    )
