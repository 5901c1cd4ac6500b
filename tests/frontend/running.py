"""Programs in processes of their own: alone, with the package `cffi` made of ferrocffi, or with the genuine one."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "python" / "cffi_package"

_ALONE = """
import sys
class _Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("cffi", "pycparser", "setuptools", "distutils"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, _Missing())
for _name in [n for n in sys.modules if n.partition(".")[0] in ("cffi", "setuptools", "distutils")]:
    del sys.modules[_name]
"""

_OWN = f"""
import sys
class _Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pycparser":
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, _Missing())
sys.path.insert(0, {str(PACKAGE)!r})
"""


def program(text: str, kind: str) -> str:
    """Returns a program for one of the kinds: ``alone``, ``own`` or ``genuine``."""
    text = textwrap.dedent(text)
    if kind == "alone":
        return _ALONE + text.replace("import cffi\n", "import ferrocffi as cffi\n")
    return (_OWN if kind == "own" else "") + text


def run(text: str, kind: str, cwd: Path, *arguments: str, check: bool = True) -> str:
    """Runs a program and returns what it prints."""
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", program(text, kind), *arguments]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300)
    if check and done.returncode:
        raise AssertionError(f"{kind}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout + ("" if check else done.stderr)
