"""With little memory left, operations whose memory the caller has sized raise `MemoryError`: no process dies."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import _cffi_backend
import pytest

PROGRAM = Path(__file__).with_name("little_memory.py")
IS_STOCK = not hasattr(_cffi_backend, "__path__")

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the limit and the memory in use are Linux's"),
    pytest.mark.skipif(IS_STOCK, reason="stock: dies in some"),
    pytest.mark.skipif(
        not getattr(sys, "_is_gil_enabled", lambda: True)(),
        reason="that build's allocator does not fail by itself",
    ),
]


def names() -> list[str]:
    """Returns the operations, without importing the program: it takes memory."""
    for node in ast.parse(PROGRAM.read_text()).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "OPERATIONS":
            assert isinstance(node.value, ast.Dict)
            return [ast.literal_eval(key) for key in node.value.keys if key is not None]
    raise AssertionError("no operations")


NAMES = names()
#: Operations that share a process, whose start takes longer than they do.
TOGETHER = 12


def outcomes(chosen: list[str]) -> list[list[str]]:
    """Name, limit and outcome of each attempt."""
    done = subprocess.run(
        [sys.executable, "-B", str(PROGRAM), *chosen],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [line.split("\t") for line in done.stdout.splitlines()]


@pytest.mark.parametrize("first", range(0, len(NAMES), TOGETHER))
def test_no_process_dies(first: int) -> None:
    chosen = NAMES[first : first + TOGETHER]
    attempts = outcomes(chosen)
    assert {name for name, _, _ in attempts} == set(chosen)
    assert [a for a in attempts if a[2] not in ("done", "MemoryError", "error")] == []


def test_a_long_name_needs_memory() -> None:
    attempts = outcomes(["struct"])
    assert attempts[0] == ["struct", "0", "MemoryError"] and attempts[-1][2] == "done"
