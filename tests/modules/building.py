"""Compiling a module for a test, and running code beside it in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import cffi
import pytest

HERE = Path(__file__).resolve().parent


def compiler() -> list[str]:
    """Returns the C compiler's command; the test is skipped where there is none."""
    words = os.environ.get("CC", "").split()
    found = words or [path for name in ("cc", "gcc", "clang") if (path := shutil.which(name))][:1]
    if not found:
        pytest.skip("no C compiler")
    return found


def compiled(folder: Path, name: str, cdef: str, source: str, **options: object) -> Path:
    """Compiles an API-mode module; returns its file."""
    compiler()
    builder = cffi.FFI()
    builder.cdef(cdef)
    # Optimizing a module with thousands of functions takes minutes, and so do its debug symbols.
    arguments = {"extra_compile_args": ["-O0", "-g0"]} if os.name == "posix" else {}
    builder.set_source(name, source, **arguments, **options)
    return Path(builder.compile(tmpdir=str(folder)))


def generated(folder: Path, name: str, cdef: str, source: str) -> Path:
    """Writes the C file of an API-mode module without compiling it."""
    builder = cffi.FFI()
    builder.cdef(cdef)
    builder.set_source(name, source)
    path = folder / f"{name}.c"
    builder.emit_c_code(str(path))
    return path


def in_process(*arguments: str | Path, folder: Path, seconds: float = 120) -> str:
    """Runs Python in a process of its own, with `folder` on its path; returns what it prints.

    The test fails if the process dies of a signal, reports a panic, or ends with another status than 0.
    """
    env = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        timeout=seconds,
        check=False,
    )
    said = f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    assert done.returncode == 0, f"status {done.returncode}: {said}"
    assert "panicked" not in done.stderr, said
    return done.stdout
