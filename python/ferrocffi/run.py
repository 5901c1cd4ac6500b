"""``python -m ferrocffi run``: a program under this interpreter, in checked mode if that is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from ferrocffi.checked import VARIABLE

USAGE = """usage: ferrocffi run [--checked] (program.py | -m module | -c code) [arguments]

Runs a program with this Python. With --checked, wrong accesses to C memory raise ferrocffi.AccessError.

examples:
  ferrocffi run --checked app.py --verbose
  ferrocffi run --checked -m pytest tests"""


def run(words: Sequence[str]) -> int:
    """Run the program; the return value is its exit code. Where the system can, the program takes this process over."""
    words = list(words)
    environment = dict(os.environ)
    while words and words[0] in ("--checked", "-h", "--help"):
        if words.pop(0) != "--checked":
            print(USAGE)
            return 0
        environment[VARIABLE] = "1"
    if not words:
        print(USAGE, file=sys.stderr)
        return 2
    command = [sys.executable, *words]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execve(sys.executable, command, environment)
    return subprocess.run(command, env=environment, check=False).returncode
