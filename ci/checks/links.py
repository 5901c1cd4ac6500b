"""Links between the Markdown pages of the project lead somewhere: ``python3 -m ci.checks.links``. Works offline."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from ci.project import ROOT, output

_FENCE = re.compile(r"^ *(```+|~~~+)")
_LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|!\[[^\]]*\]\(\s*([^)\s]+)[^)]*\)")
_HEADING = re.compile(r"^(#+)\s+(.*?)\s*#*$")
_OUTSIDE = re.compile(r"^(?:https?|mailto):")


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """The numbered lines of a page outside of code blocks."""
    fence = ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        opened = _FENCE.match(line)
        if opened and not fence:
            fence = opened[1]
        elif opened and line.strip() == fence:
            fence = ""
        elif not fence:
            yield number, line


def slug(heading: str) -> str:
    """Returns the anchor that the site's generator, and most hosts, make of a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", heading)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text).strip().lower())


def anchors(page: Path) -> set[str]:
    """Returns all anchors of a page; a second heading of the same text gets a number."""
    found: dict[str, int] = {}
    names = set()
    for _, line in prose(page):
        if match := _HEADING.match(line):
            name = slug(match[2])
            count = found.get(name, 0)
            found[name] = count + 1
            names |= {name} if not count else {f"{name}_{count}", f"{name}-{count}"}
    return names


def problems(page: Path) -> Iterator[tuple[int, str]]:
    """Line number and reason of every link that leads nowhere."""
    for number, line in prose(page):
        for match in _LINK.finditer(re.sub(r"`[^`]*`", "", line)):
            target = match[1] or match[2]
            if _OUTSIDE.match(target):
                continue
            name, _, anchor = target.partition("#")
            file = page if not name else (page.parent / name).resolve()
            if not file.exists():
                yield number, f"{target}: no such file"
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                yield number, f"{target}: no such heading"


def main() -> int:
    """Looks through all pages that git knows of, or would add."""
    listed = output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"]).split(
        "\0"
    )
    found = 0
    for name in sorted(filter(None, listed)):
        page = ROOT / name
        for number, reason in problems(page) if page.is_file() else ():
            found += 1
            print(f"{name}:{number}: {reason}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
