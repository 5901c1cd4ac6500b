"""The guides are easy to read: their sentences are short, and their words are common ones.

Reading ease is Flesch's: 100 is very easy, 60 is plain English, below 50 is for readers with patience.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ci.checks.links import prose
from tests.docs.blocks import DOCS

PAGES = [
    *(
        DOCS / name
        for name in ("index.md", "tutorial.md", "gallery.md", "how-a-call-works.md", "troubleshooting.md")
    ),
    *sorted((DOCS / "guide").glob("*.md")),
    *sorted((DOCS / "modes").glob("*.md")),
]
MEAN_WORDS = 16
"""How many words the sentences of a page have on average, at most."""
LONG, MOST_LONG = 32, 0.04
"""Which sentences are long, and which part of a page's sentences may be."""
EASE = 60


def sentences(page: Path) -> Iterator[list[str]]:
    """The words of each sentence of a page's paragraphs and lists, without tables, headings and code."""
    text = ""
    for _, line in prose(page):
        stripped = line.strip()
        if not stripped or stripped.startswith(("|", "#", "!", "<", "=", ":")):
            text += "\n\n"
            continue
        text += re.sub(r"^([-*]|\d+\.) ", "\n\n", stripped) + "\n"
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`[^`]+`", "code", text)
    for paragraph in re.split(r"\n\n+", text):
        for sentence in re.split(r"(?<=[.!?:;])[*_)]*\s+", paragraph):
            words = re.findall(r"[A-Za-z][A-Za-z'\u2019-]*", sentence)
            if len(words) > 2:
                yield words


def syllables(word: str) -> int:
    """About how many syllables a word has."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = word.lower().endswith("e") and not word.lower().endswith(("le", "ee")) and groups > 1
    return max(1, groups - silent)


def measured(page: Path) -> tuple[float, float, float]:
    """Returns the mean length of the sentences, the part of long ones, and the reading ease."""
    found = list(sentences(page))
    words = [word for sentence in found for word in sentence]
    mean = len(words) / len(found)
    ease = 206.835 - 1.015 * mean - 84.6 * sum(map(syllables, words)) / len(words)
    return mean, sum(len(sentence) > LONG for sentence in found) / len(found), ease


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_easy_to_read(page: Path) -> None:
    mean, long, ease = measured(page)
    assert mean <= MEAN_WORDS
    assert long <= MOST_LONG, [" ".join(words) for words in sentences(page) if len(words) > LONG]
    assert ease >= EASE


def test_the_measure_tells_easy_from_hard(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Title\n\nThe cat sat on the mat. It was warm there.\n\n| a | b |\n", encoding="utf-8")
    assert measured(page)[2] > 90
    page.write_text(
        "Notwithstanding considerable organisational difficulties, responsibility for implementation "
        "necessarily remains with administrative institutions.\n",
        encoding="utf-8",
    )
    assert measured(page)[2] < 0
