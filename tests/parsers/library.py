"""Builds a library that has every name of the pool, so that types of functions and variables can be looked at."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

from tests.parsers.grammar import POOL


def build(folder: Path) -> str:
    """Builds the library in a folder, and returns its path."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()
    source, library = folder / "pool.c", folder / "pool.so"
    names = [f"{letter}{number}" for letter in "fvtKsue" for number in range(POOL)]
    source.write_text("".join(f"long {name}[512];\n" for name in names), encoding="ascii")
    subprocess.run([*compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    return str(library)
