"""Standard output whose reader may go away, as in ``python -m ferrocffi check --json | head``."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from typing import Any

_GONE = {errno.EPIPE} | ({errno.EINVAL} if os.name == "nt" else set())
"""How a system says that nobody reads a pipe any more."""


class Patient:
    """A text stream that drops what nobody reads, so that the exit code stays the answer to the question."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or drop it."""
        with self._tolerant():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or drop what is waiting."""
        with self._tolerant():
            self._stream.flush()

    @contextlib.contextmanager
    def _tolerant(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno not in _GONE:
                raise
            # What is in the buffer goes the same way, also when the interpreter flushes it at its end.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


@contextlib.contextmanager
def patient() -> Iterator[None]:
    """Makes `sys.stdout` a `Patient` one meanwhile; flushes it at the end."""
    before = sys.stdout
    if before is None:
        yield
        return
    sys.stdout = Patient(before)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stdout = before
