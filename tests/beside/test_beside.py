"""Forty random programs on both backends."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.beside.__main__ import differences


def _has_stock() -> bool:
    done = subprocess.run(
        [sys.executable, "-c", "import _cffi_backend"],
        env={"FERROCFFI_BACKEND": "stock"},
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def test_both_backends_agree() -> None:
    if not _has_stock():
        pytest.skip("cffi's own backend is not installed")
    count, texts = differences(1, 40)
    assert not texts
    assert count > 3000
