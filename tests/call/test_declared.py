"""A sample of generated functions, in processes of their own: a wrong call can kill."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

import _cffi_backend as B
import pytest

from tests.call.declared.__main__ import known_by, run

pytestmark = [
    pytest.mark.skipif(not hasattr(B, "__path__"), reason="stock: refuses most kinds"),
    pytest.mark.skipif(
        platform.machine() not in ("x86_64", "aarch64"), reason="elsewhere libffi refuses most kinds"
    ),
]


@pytest.mark.parametrize("front", ["cffi", "backend", "api"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_c_sees_what_c_has_made(compiler: str, front: str, tmp_path: Path) -> None:
    if not shutil.which(compiler):
        pytest.skip(f"the compiler {compiler} is not installed")
    if (compiler, front) == ("clang", "api"):
        pytest.skip("modules are compiled by one compiler")
    if front == "api" and platform.machine() != "x86_64":
        pytest.skip("tables do not say what this processor's convention asks about attributes")
    options = ["-O1", "-std=gnu2x", "-Wno-psabi"]
    trials, problems = run(11, 25, compiler, known_by(compiler, (8, 16)), front, tmp_path, options)
    assert not problems
    assert trials >= 100
