"""Code blocks of Markdown pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
OTHERS = frozenset({"decisions.md"})
"""Pages without code that are kept by hand elsewhere; the benchmarks' pages are reports."""

_TITLE = re.compile(r'title="([^"]+)"')
_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+)(?P<language>[\w+-]*)(?P<rest>.*)$")


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    language: str
    text: str
    line: int
    """The line of the page that has its first line."""
    heading: str
    """The last heading above it."""
    title: str = ""
    """The name of the file that the block shows, from ``title="..."``."""


def pages() -> list[Path]:
    """The pages whose code has to run."""
    found = (path for path in sorted(DOCS.rglob("*.md")) if path.parent.name != "benchmarks")
    return [path for path in found if path.name not in OTHERS]


def blocks(page: Path) -> Iterator[Block]:
    """All fenced blocks of a page."""
    lines = page.read_text(encoding="utf-8").splitlines()
    heading = ""
    number = 0
    while number < len(lines):
        line = lines[number]
        opened = _FENCE.match(line)
        if not opened:
            if line.startswith("#"):
                heading = line.lstrip("# ")
            number += 1
            continue
        first = number + 1
        indent, fence = len(opened["indent"]), opened["fence"]
        number = first
        while number < len(lines) and lines[number].strip() != fence:
            number += 1
        text = "".join(f"{text[indent:]}\n" for text in lines[first:number])
        title = _TITLE.search(opened["rest"])
        yield Block(opened["language"], text, first + 1, heading, title[1] if title else "")
        number += 1
