"""Every sharp edge in a process of its own: no signal, no panic, the expected outcome."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import _cffi_backend
import pytest

HERE = Path(__file__).resolve().parent
IS_STOCK = not hasattr(_cffi_backend, "__path__")


def _harness():  # type: ignore[no-untyped-def]
    """Import harness.py by its path: the folder is not a package."""
    spec = importlib.util.spec_from_file_location("harness", HERE / "harness.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["harness"] = module
    spec.loader.exec_module(module)
    return module


harness = _harness()

CASES = [
    pytest.param(path, name, case.expected, id=f"{path.stem}-{name}")
    for path in sorted((HERE / "cases").glob("*.py"))
    for name, case in harness.cases_in(harness.load(path)).items()
]


def test_there_are_cases() -> None:
    assert len(CASES) > 170
    assert len({p.id for p in CASES}) == len(CASES)


@pytest.mark.parametrize(("path", "name", "expected"), CASES)
def test_sharp_edge(path: Path, name: str, expected) -> None:  # type: ignore[no-untyped-def]
    if IS_STOCK and expected.stock:
        pytest.skip(f"stock: {expected.stock}")
    outcome = harness.run_case(path, name, expected.seconds)
    problem = outcome.problem(expected)
    assert problem is None, f"{problem}\n{outcome.stderr[-3000:]}"
