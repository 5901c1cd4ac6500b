"""Isolated subinterpreters under one interface, whichever private module this version has for them."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from typing import Any

_new: Any = None
_private: Any = None
if sys.version_info >= (3, 14):
    _new = importlib.import_module("concurrent.interpreters")
elif sys.version_info >= (3, 12):
    _private = importlib.import_module(
        "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    )

AVAILABLE = sys.version_info >= (3, 12)
"""Interpreters with a GIL of their own exist since 3.12."""


class Interpreter:
    """A subinterpreter with its own GIL, on a build that has GILs."""

    def __init__(self) -> None:
        if sys.version_info >= (3, 14):
            self._new = _new.create()
        elif sys.version_info >= (3, 13):
            self._id = _private.create("isolated")
        else:
            self._id = _private.create(isolated=True)

    def run(self, code: str) -> None:
        """Run code in it; an exception there is an AssertionError here."""
        if sys.version_info >= (3, 14):
            self._new.exec(code)
        elif sys.version_info >= (3, 13):
            failure = _private.exec(self._id, code)
            assert failure is None, failure.formatted
        else:
            try:
                _private.run_string(self._id, code)
            except _private.RunFailedError as error:
                raise AssertionError(str(error)) from None

    def destroy(self) -> None:
        """End it."""
        if sys.version_info >= (3, 14):
            self._new.close()
        else:
            _private.destroy(self._id)


@contextlib.contextmanager
def interpreter() -> Iterator[Interpreter]:
    """One that is ended afterwards."""
    made = Interpreter()
    try:
        yield made
    finally:
        made.destroy()
