"""The programs of the guide print what the guide shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "checked.md"


def blocks() -> list[str]:
    page = GUIDE.read_text(encoding="utf-8").partition("<!-- programs -->")[2]
    return re.findall(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


HEAD, *REST = blocks()
PAIRS = list(zip(REST[::2], REST[1::2], strict=True))


def test_there_are_ten() -> None:
    assert len(PAIRS) == 10


@pytest.mark.parametrize(("program", "shown"), PAIRS, ids=range(1, len(PAIRS) + 1))
def test_program(tmp_path: Path, program: str, shown: str) -> None:
    (tmp_path / "app.py").write_text(HEAD + "\n" + program)
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=tmp_path,
        env={**os.environ, "FERROCFFI_CHECKED": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = re.sub(r"0x[0-9a-f]{6,}", "0x...", done.stderr.replace(f"{tmp_path}/", ""))
    for line in shown.splitlines():
        assert line in found, found
