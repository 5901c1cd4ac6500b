"""The check of links finds what is broken, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.checks import links as check_links


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("[a](other.md)", None),
        ("[a](other.md#a-heading-with-code)", None),
        ("[a](#here)", None),
        ("[a](folder/)", None),
        ("[a](https://example.org/x)", None),
        ("`[a](none.md)`", None),
        ("[a](none.md)", "none.md: no such file"),
        ("[a](other.md#none)", "other.md#none: no such heading"),
        ("[a](#none)", "#none: no such heading"),
        ("![a](none.png)", "none.png: no such file"),
    ],
)
def test_links(tmp_path: Path, link: str, reason: str | None) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "other.md").write_text("## A heading, with `code`\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(f"# Here\n\n{link}\n\n```text\n[a](ignored.md)\n```\n", encoding="utf-8")
    assert [text for _, text in check_links.problems(page)] == ([reason] if reason else [])


def test_headings_of_the_same_text_are_numbered(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Same\n# Same\n## `FFI.new`\n", encoding="utf-8")
    assert check_links.anchors(page) == {"same", "same_1", "same-1", "ffinew"}
