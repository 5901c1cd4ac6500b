"""The look at pages in a browser finds what is amiss, where there is a browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ci import looks
from ci.project import Failed

PAGE = """<!doctype html><html lang="en"><head><title>Page</title><style>{style}</style></head>
<body><main><h1>Page</h1>{body}</main></body></html>"""


def problems(folder: Path, body: str, style: str = "") -> list[str]:
    """Returns what is amiss with a page, without its name."""
    (folder / "page.html").write_text(PAGE.format(body=body, style=style), encoding="utf-8")
    try:
        looks.browser()
        if not shutil.which("npm"):
            pytest.skip("there is no npm")
    except Failed as error:
        pytest.skip(str(error))
    return looks.look(folder, ["page.html"])


def test_a_good_page(tmp_path: Path) -> None:
    assert problems(tmp_path, "<p>Text that can be read.</p>") == []
    assert all("is not there" in each for each in looks.look(tmp_path, ["none.html"])[:1])


def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    body = "<img src='none.png' width=20 height=20><p>pale</p><div style='width: 600px'>wide</div>"
    found = "\n".join(problems(tmp_path, body, "p { color: #ccc; background: #fff }"))
    for text in (
        "picture ",
        "does not load",
        "is 608 wide",
        "color-contrast",
        "image-alt",
        "(390 wide, dark)",
        "(1400 wide, light)",
    ):
        assert text in found, found
    assert "(820 wide, light): is" not in found
