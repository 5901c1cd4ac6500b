"""With little memory left, checked mode raises `MemoryError`: no process dies of what the registry needs."""

from __future__ import annotations

import collections
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("little_memory.py")


@pytest.mark.skipif(sys.platform != "linux", reason="limits the addresses of a process")
@pytest.mark.thread_unsafe(reason="its program forks")
def test_nothing_dies() -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM)],
        env={**os.environ, "FERROCFFI_CHECKED": "1", "MALLOC_ARENA_MAX": "1"},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    outcomes = [line.split(" | ") for line in done.stdout.splitlines()]
    wrong = [line for line in outcomes if line[2] not in ("done", "MemoryError")]
    assert not wrong, (wrong, done.stderr[-2000:])
    counted = collections.Counter(outcome for _, _, outcome in outcomes)
    assert counted["MemoryError"] > 50 and counted["done"] > 20, counted
