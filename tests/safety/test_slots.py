"""Slots and methods that are reached by `vars(type)`, with receivers and arguments of every kind: no process dies."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import _cffi_backend
import pytest

from . import slots

PROGRAM = Path(slots.__file__)
TYPES = slots.module_types()
IS_STOCK = not hasattr(_cffi_backend, "__path__")


def test_all_types_are_found() -> None:
    names = {cls.__qualname__ for cls in TYPES}
    assert {
        "_CDataBase",
        "__CDataOwn",
        "__CDataOwnGC",
        "__CDataGCP",
        "__CDataFromBuf",
        "CType",
        "CField",
    } <= names
    assert {"buffer", "__CData_iterator", "CLibrary", "FFI", "Lib", "error"} <= names


@pytest.mark.skipif(IS_STOCK, reason="stock: dies of NULL")
@pytest.mark.parametrize(
    "number", range(len(TYPES)), ids=[f"{n}-{cls.__qualname__}" for n, cls in enumerate(TYPES)]
)
def test_no_slot_ends_the_process(number: int) -> None:
    done = subprocess.run(
        [sys.executable, "-B", str(PROGRAM), str(number), "0"],
        capture_output=True,
        text=True,
        timeout=300,
        env=dict(os.environ, MALLOC_PERTURB_="165"),
        check=False,
    )
    reached = done.stdout.split()
    last = int(reached[-1]) if reached and reached[-1].isdigit() else 0
    assert done.returncode == 0, (
        f"status {done.returncode} in {slots.describe(number, last)}\n{done.stderr[-2000:]}"
    )
    assert reached[-1] == "done" and len(reached) > 300
