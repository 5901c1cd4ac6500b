"""Calls with keyword arguments, which C functions do not take: checked mode refuses them as the backend does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.modules.building import compiled

CALLS = """
import cffi
ffi = cffi.FFI()
ffi.cdef("int abs(int); int printf(const char *, ...);")
import _keywords
for lib in (ffi.dlopen(None), _keywords.lib):
    for call in (
        lambda: lib.abs(j=-3),
        lambda: lib.abs(-3, j=4),
        lambda: lib.abs(*(), **{"j": 1}),
        lambda: lib.printf(b"", x=1),
        lambda: lib.two(a=1, b=2),
        lambda: lib.two(1, b=2),
    ):
        try:
            print(call())
        except AttributeError:
            pass
        except Exception as error:
            print(type(error).__name__, error)
"""


def refused(folder: Path, checked: str) -> str:
    environment = {**os.environ, "FERROCFFI_CHECKED": checked, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", CALLS], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0 and "panicked" not in done.stderr, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("keywords")
    compiled(
        made,
        "_keywords",
        "int abs(int); int printf(const char *, ...); int two(int, int);",
        "#include <stdio.h>\n#include <stdlib.h>\nint two(int a, int b) { return a + b; }",
    )
    return made


def test_checked_mode_refuses_what_the_backend_refuses(folder: Path) -> None:
    usual = refused(folder, "0")
    assert usual.count("TypeError") >= 8
    assert refused(folder, "1") == usual
