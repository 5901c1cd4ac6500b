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
        not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="that build's allocator does not fail by itself"
    ),
]


def names() -> list[str]:
    """The operations, without importing the program: it takes memory."""
    for node in ast.parse(PROGRAM.read_text()).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "OPERATIONS":
            assert isinstance(node.value, ast.Dict)
            return [ast.literal_eval(key) for key in node.value.keys if key is not None]
    raise AssertionError("no operations")


@pytest.mark.parametrize("name", names())
def test_no_process_dies(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-B", str(PROGRAM), name], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    outcomes = [line.split(" ", 1)[1] for line in done.stdout.splitlines()]
    assert len(outcomes) > 10
    assert set(outcomes) <= {"done", "MemoryError", "error"}, done.stdout


def test_a_long_name_needs_memory() -> None:
    outcomes = subprocess.run(
        [sys.executable, "-B", str(PROGRAM), "struct"], capture_output=True, text=True, timeout=200, check=True
    ).stdout
    assert "0 MemoryError" in outcomes and outcomes.splitlines()[-1].endswith("done")
