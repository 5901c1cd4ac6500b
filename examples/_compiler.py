"""What the examples with C code of their own need: a compiler, a folder, and a module built in it."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from _support import LibraryMissing


def compiler() -> list[str]:
    """The command of the C compiler: CC, else the first common name found."""
    words = os.environ.get("CC", "").split()
    found = words or [path for name in ("cc", "gcc", "clang") if (path := shutil.which(name))][:1]
    if not found:
        raise LibraryMissing("no C compiler was found: install the Debian package gcc")
    return found


def compile_c(arguments: Sequence[str | Path]) -> None:
    """Runs the compiler; what it says is shown if it fails."""
    command = [*compiler(), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the C compiler failed: {' '.join(command)}\n{done.stderr}")


def shared_library(source: Path, folder: Path) -> Path:
    """Compiles one C file into a shared library in that folder."""
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    target = folder / f"lib{source.stem}{suffix}"
    compile_c(["-shared", "-fPIC", "-O1", "-o", target, source])
    return target


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for what is built, first on the path for imports, gone afterwards."""
    compiler()
    # A module that was imported from it stays loaded, so on Windows it cannot be removed.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        sys.path.insert(0, name)
        try:
            yield Path(name)
        finally:
            sys.path.remove(name)


def imported(name: str) -> ModuleType:
    """Import a module that was written after this process started."""
    importlib.invalidate_caches()
    return importlib.import_module(name)


def site_packages() -> str:
    """Where cffi and the backend in use are found by a program that is not this interpreter."""
    return sysconfig.get_path("platlib")
