"""A sample of generated signatures, in processes of their own: a wrong call can kill."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

import _cffi_backend as B
import pytest

from tests.call.signatures.__main__ import mode_for, run

IS_STOCK = not hasattr(B, "__path__")

pytestmark = [
    pytest.mark.skipif(IS_STOCK, reason="stock: refuses most kinds"),
    pytest.mark.skipif(
        platform.machine() not in ("x86_64", "aarch64"), reason="elsewhere libffi refuses most kinds"
    ),
]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_gcc_and_the_backend_agree(seed: int, tmp_path: Path) -> None:
    if not shutil.which("gcc"):
        pytest.skip("no gcc")
    trials, problems = run(seed, 80, "gcc", mode_for("gcc"), tmp_path)
    assert not problems
    assert trials >= 160


def test_clang_and_the_backend_agree_where_gcc_and_clang_do(tmp_path: Path) -> None:
    if not shutil.which("clang"):
        pytest.skip("no clang")
    trials, problems = run(4, 80, "clang", mode_for("clang"), tmp_path)
    assert not problems
    assert trials >= 160
