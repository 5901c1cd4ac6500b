"""What every example needs: opening a library by name, and a check that speaks."""

from __future__ import annotations

import ctypes.util
import sys
from collections.abc import Sequence
from typing import Any

#: Exit status of an example whose library is not installed.
MISSING_LIBRARY = 3

#: Exit status of an example that reads a header which is not installed. It could not run, which is no failure.
MISSING_HEADER = 4


class LibraryMissing(Exception):
    """A shared library that an example needs is not on this machine."""


class HeaderMissing(Exception):
    """A header that an example reads is not on this machine."""


class CheckFailed(Exception):
    """An example computed something else than it should have."""


def open_library(ffi: Any, name: str, sonames: Sequence[str], debian_package: str) -> Any:
    """Opens a library by its sonames first, then by the name a linker would use.

    ``ctypes.util.find_library`` asks ``gcc`` or ``ldconfig``, which a small system
    does not have, so it is only the second thing to try.
    """
    problems = []
    for soname in sonames:
        try:
            return ffi.dlopen(soname)
        except OSError as problem:
            problems.append(str(problem))
    found = ctypes.util.find_library(name)
    if found is not None:
        return ffi.dlopen(found)
    raise LibraryMissing(
        f"lib{name} was not found: install the Debian package {debian_package}\n  " + "\n  ".join(problems)
    )


def to_text(ffi: Any, string: Any) -> str:
    """A C string of ``char`` as text."""
    raw: bytes = ffi.string(string)
    return raw.decode()


def check(what: str, got: object, expected: object) -> None:
    """Raises `CheckFailed` unless `got` is what was expected."""
    if got != expected:
        raise CheckFailed(f"{what}: got {got!r}, expected {expected!r}")


def run(main: Any) -> None:
    """Runs an example's ``main`` as a program, with an exit status for each outcome."""
    try:
        main()
    except LibraryMissing as missing:
        print(f"missing: {missing}")
        sys.exit(MISSING_LIBRARY)
    except HeaderMissing as missing:
        print(f"hint: {missing}")
        sys.exit(MISSING_HEADER)
    except CheckFailed as failure:
        print(f"wrong result: {failure}")
        sys.exit(1)
