"""Making modules from headers, and running them."""

from __future__ import annotations

import importlib.util
import itertools
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ferrocffi.binding import Made, Wish, make, write

_numbers = itertools.count()


def bound(folder: Path, text: str, **wishes: Any) -> tuple[ModuleType, Made]:
    """Writes a header and the module for it, and loads the module."""
    number = next(_numbers)
    header = folder / f"header{number}.h"
    header.write_text(text, encoding="utf-8")
    made = make(Wish([str(header)], output=str(folder / f"binding_{number}.py"), **wishes))
    write(made)
    assert made.problems == []
    return loaded(made.path), made


def loaded(path: Path) -> ModuleType:
    """Loads a module from its file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def printed(program: str, *, backend: str = "ferrocffi", path: str | Path = "") -> str:
    """Returns what a program prints in a process of its own, with one of the two backends."""
    env = {**os.environ, "FERROCFFI_BACKEND": backend, "PYTHONPATH": str(path)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def reasons(made: Made) -> dict[str, str]:
    """Why declarations are missing, by name."""
    return {left.name: left.reason for left in made.left_out}
