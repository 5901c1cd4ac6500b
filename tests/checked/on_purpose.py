"""The tests that are not expected to pass in checked mode, out of ``on_purpose.txt``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("on_purpose.txt")
WRONG = "wrong"
"""The test does something wrong on purpose, so it must fail."""


@dataclass(frozen=True)
class Entry:
    """A line of the list."""

    suite: str
    kind: str
    test: str
    reason: str

    def is_about(self, test: str) -> bool:
        """Returns whether the line is about a test, which may be one of a file or one set of parameters."""
        return test == self.test or test.startswith((f"{self.test}[", f"{self.test}::"))


def checked() -> bool:
    """Returns whether this process, and those that it starts, run in checked mode."""
    return os.environ.get("FERROCFFI_CHECKED", "0") in ("1", "pages")


def entries(suite: str) -> list[Entry]:
    """Returns the lines about a suite of cffi, or about the project's ``own`` tests."""
    found = []
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            entry = Entry(*(part.strip() for part in line.split("|")))
            if entry.suite == suite:
                found.append(entry)
    return found


def entry(suite: str, test: str) -> Entry | None:
    """Returns the line about a test."""
    return next((found for found in entries(suite) if found.is_about(test)), None)
