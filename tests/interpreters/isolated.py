"""Subinterpreters with one interface over the private modules of the different versions."""

from __future__ import annotations

import contextlib
import importlib
import sys
import time
from collections.abc import Iterator
from typing import Any

_private: Any = importlib.import_module(
    "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
)

AVAILABLE = sys.version_info >= (3, 12)
"""Whether interpreters can have a separate GIL, which is so since 3.12."""

KINDS = ["isolated", "legacy"] if AVAILABLE else ["legacy"]
"""The kinds of interpreters: with a separate GIL, and with that of the main interpreter."""


class Interpreter:
    """A subinterpreter, with its own GIL unless its kind is "legacy" (on a build that has GILs)."""

    def __init__(self, kind: str = "isolated") -> None:
        if sys.version_info >= (3, 13):
            self._id = _private.create(kind)
        else:
            self._id = _private.create(isolated=kind == "isolated")

    def run(self, code: str) -> None:
        """Runs code in the interpreter. An exception in it becomes an AssertionError here."""
        if sys.version_info >= (3, 13):
            failure = _private.exec(self._id, code)
            assert failure is None, failure.formatted
        else:
            try:
                _private.run_string(self._id, code)
            except _private.RunFailedError as error:
                raise AssertionError(str(error)) from None

    def destroy(self) -> None:
        """Ends the interpreter. Old versions refuse that while a C thread is visiting, so this repeats."""
        for _ in range(10_000):
            try:
                return _private.destroy(self._id)
            except RuntimeError as error:
                if "more than one thread" not in str(error):
                    raise
                time.sleep(0.0005)
        raise AssertionError("never without a visitor")


@contextlib.contextmanager
def interpreter(kind: str = "isolated") -> Iterator[Interpreter]:
    """Makes an interpreter, and ends it afterwards."""
    made = Interpreter(kind)
    try:
        yield made
    finally:
        made.destroy()
