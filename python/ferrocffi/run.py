"""``python -m ferrocffi run``: a program under this interpreter, in checked mode if that is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from ferrocffi.checked import VARIABLE

USAGE = """usage: ferrocffi run [--checked] [--pages] (program.py | -m module | -c code) [arguments]

Runs a program with this Python. With --checked, wrong accesses to C memory raise ferrocffi.AccessError.
With --pages, memory of ffi.new() also ends at a page that C cannot use: a read of C code beyond it is reported.

examples:
  ferrocffi run --checked app.py --verbose
  ferrocffi run --pages app.py
  ferrocffi run --checked -m pytest tests"""

MODES = {"--checked": "1", "--pages": "pages"}
"""The options, and the value of the variable that each stands for."""


def run(words: Sequence[str]) -> int:
    """Runs the program; the return value is its exit code. Where the system can, the program takes this process over."""
    words = list(words)
    environment = dict(os.environ)
    while words and words[0] in (*MODES, "-h", "--help"):
        mode = MODES.get(words.pop(0))
        if mode is None:
            print(USAGE)
            return 0
        environment[VARIABLE] = max(mode, environment.get(VARIABLE, ""))
    if not words:
        print(USAGE, file=sys.stderr)
        return 2
    command = [sys.executable, *words]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execve(sys.executable, command, environment)
    return subprocess.run(command, env=environment, check=False).returncode
