"""Runs the examples of this folder: makes the module that each one's docstring asks for, then the example itself.

    python examples/gallery/run.py [NAME ...] [--keep FOLDER]

An example whose library or package is not installed is left out, with a hint. It fails where an example fails.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = sorted(path.stem for path in HERE.glob("*_*.py"))
MISSING = re.compile(
    r"is not found|file not found|was not found|No package '|is not installed|no library lib"
)


class LeftOut(Exception):
    """Something that an example needs is not installed."""


def prepare(name: str, folder: Path) -> None:
    """Runs the commands of the docstring in a folder."""
    text = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8"))) or ""
    wanted = dict(re.findall(r"^(Debian|Python): (.+)$", text, re.MULTILINE))
    for source in HERE.glob("*.[ch]"):
        shutil.copy(source, folder)
    for line in re.findall(r"^ +\$ (.+)$", text, re.MULTILINE):
        command = shlex.split(line)
        if command[0] == "ferrocffi":
            command[:1] = [sys.executable, "-m", "ferrocffi"]
        elif not shutil.which(command[0]):
            raise LeftOut(f"{command[0]} is not installed")
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        said = done.stderr.strip()
        if MISSING.search(said):
            raise LeftOut(f"{said.splitlines()[0]}; on Debian: apt install {wanted.get('Debian', 'gcc')}")
        if done.returncode:
            raise RuntimeError(f"{line}: {said}")
    if "Python" in wanted:
        probe = subprocess.run(
            [sys.executable, "-c", f"import {wanted['Python']}"], capture_output=True, check=False
        )
        if probe.returncode:
            raise LeftOut(f"{wanted['Python']} is not installed: pip install {wanted['Python']}")


def run(name: str, folder: Path) -> str:
    """Returns what an example prints."""
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(HERE / f"{name}.py")]
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        raise RuntimeError(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.rstrip()


def main() -> int:
    """Runs them; 0 if none has failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the modules and pictures there")
    options = parser.parse_args()
    failed = []
    for name in options.names or NAMES:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
            folder = (options.keep or Path(temporary)).resolve()
            folder.mkdir(parents=True, exist_ok=True)
            try:
                prepare(name, folder)
                print(f"{name}: {run(name, folder)}", flush=True)
            except LeftOut as hint:
                print(f"{name}: left out: {hint}", flush=True)
            except (RuntimeError, subprocess.TimeoutExpired) as problem:
                failed.append(name)
                print(f"{name}: FAILED: {problem}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
