"""Forty random programs on both backends."""

from __future__ import annotations

import importlib.metadata

import pytest

from tests.beside.__main__ import differences


def _has_stock() -> bool:
    """Returns whether cffi was installed with a backend. One that is there and does not load is a failure."""
    try:
        files = importlib.metadata.files("cffi") or []
    except importlib.metadata.PackageNotFoundError:
        return False
    return any(file.name.startswith("_cffi_backend") for file in files)


def test_both_backends_agree() -> None:
    if not _has_stock():
        pytest.skip("cffi's own backend is not installed")
    count, texts = differences(1, 40)
    assert not texts
    assert count > 3000
