"""Children of a process whose threads are in the middle of callbacks when it is forked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.modules.building import in_process

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot fork, or do not with threads")
def test_children_make_and_call_callbacks() -> None:
    for _ in range(2):
        in_process("-W", "ignore", "-m", "tests.threads.forking", "--here", "--forks=60", folder=ROOT)
