"""Comments on unsafe code: ``python3 -m ci.checks.safety`` finds those that are too short to name a fact.

Clippy requires a ``SAFETY`` comment on each unsafe block. This check requires that the comment has at least five
words, and that it is more than a reference to another comment ("as above").
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from ci.project import ROOT

WORDS = 5
"""The smallest number of words that can name a fact."""

_NOTE = re.compile(r"// SAFETY:(?P<text>[^\n]*(?:\n\s*//(?! SAFETY)(?!/)[^\n]*)*)")
_ELSEWHERE = re.compile(r"\s*(as above|by the caller|the same)[.;,]?\s*$", re.IGNORECASE)


def main() -> int:
    """Prints every comment that is too short. Returns 0 if there is none."""
    problems = [
        f"{path.relative_to(ROOT)}:{line}: the SAFETY comment names no fact: {text}"
        for path in sorted((ROOT / "crates").rglob("*.rs"))
        for line, text in short(path.read_text(encoding="utf-8"))
    ]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def short(text: str) -> Iterator[tuple[int, str]]:
    """Returns the line and the words of every comment that is too short."""
    for match in _NOTE.finditer(text):
        note = " ".join(re.sub(r"\n\s*//", " ", match["text"]).split())
        if len(note.split()) < WORDS or _ELSEWHERE.match(note):
            yield text.count("\n", 0, match.start()) + 1, note


if __name__ == "__main__":
    sys.exit(main())
