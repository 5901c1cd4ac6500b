"""Every test of this folder runs on this project's backend; a run on another one must be asked for."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import _cffi_backend
import pytest

from tests.checked import on_purpose

BACKEND_FILE = Path(_cffi_backend.__file__)
IS_OURS = BACKEND_FILE.parent.name == "_cffi_backend"


def pytest_report_header() -> str:
    """Say which backend the tests see."""
    return f"backend: {'ferrocffi' if IS_OURS else 'stock'}, {BACKEND_FILE}"


def pytest_configure() -> None:
    """Refuse to test the stock backend by accident; FERROCFFI_TEST_ANY=1 does it on purpose."""
    if not IS_OURS and os.environ.get("FERROCFFI_TEST_ANY") != "1":
        raise pytest.UsageError(f"not this project's backend: {BACKEND_FILE} (run `make dev` first)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In checked mode, expect tests that do something wrong on purpose to fail, and leave out those about other things."""
    if not on_purpose.checked():
        return
    for item in items:
        entry = on_purpose.entry("own", item.nodeid)
        if entry is None:
            continue
        if entry.kind == on_purpose.WRONG:
            item.add_marker(pytest.mark.xfail(reason=entry.reason, strict=True))
        else:
            item.add_marker(pytest.mark.skip(reason=f"checked mode: {entry.reason}"))


def pytest_collection_finish() -> None:
    """Keeps the garbage collector from looking through thousands of collected tests whenever one of them calls it."""
    gc.collect()
    gc.freeze()
