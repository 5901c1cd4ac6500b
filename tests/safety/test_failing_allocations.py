"""Whichever allocation of an operation fails, the process lives on."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import _cffi_backend
import pytest

HERE = Path(__file__).resolve().parent
IS_STOCK = not hasattr(_cffi_backend, "__path__")

pytestmark = [
    pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc() is replaced as glibc permits it"),
    pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler"),
    pytest.mark.skipif(IS_STOCK, reason="stock: dies in some"),
    pytest.mark.skipif(
        not getattr(sys, "_is_gil_enabled", lambda: True)(),
        reason="that build's allocator does not use malloc() for objects",
    ),
]


def test_no_process_dies(tmp_path: Path) -> None:
    malloc = tmp_path / "failing_malloc.so"
    source = HERE / "failing_malloc.c"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", str(malloc), str(source)], check=True)
    done = subprocess.run(
        [sys.executable, "-B", "-m", "tests.safety.failing_allocations", str(malloc)],
        cwd=HERE.parent.parent,
        env={
            **os.environ,
            "LD_PRELOAD": str(malloc),
            "PYTHONMALLOC": "malloc",
            "FERROCFFI_TEST_SIZE": "2048",
        },
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    *deaths, last = done.stdout.splitlines()
    assert deaths == []
    assert int(last.split()[0]) > 1000
