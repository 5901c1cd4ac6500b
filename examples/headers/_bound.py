"""What the examples with headers need: a module that ``ferrocffi bind`` makes, gone afterwards."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from _support import HeaderMissing


@contextmanager
def bound(headers: Sequence[str], library: str, debian_package: str) -> Iterator[ModuleType]:
    """Makes and imports a module for some headers, as the command line does."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"{library}_binding.py"
        command = ["-m", "ferrocffi", "bind", *headers, "--library", library, "-o", str(path)]
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
        if done.returncode and "is not found" in done.stderr:
            raise HeaderMissing(f"{headers[0]} was not found: install the Debian package {debian_package}")
        if done.returncode:
            sys.exit(f"ferrocffi bind failed: {done.stderr}")
        print(f"$ ferrocffi bind {' '.join(headers)} --library {library} -o {path.name}")
        print(done.stdout.splitlines()[0].replace(str(path), path.name))
        sys.path.insert(0, folder)
        try:
            importlib.invalidate_caches()
            yield importlib.import_module(path.stem)
        finally:
            sys.path.remove(folder)
