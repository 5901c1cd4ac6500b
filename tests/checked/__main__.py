"""Runs the quick suites of cffi, and the project's own tests that need no other process, in checked mode.

python3 -m tests.checked               on every interpreter found, against a fresh build
python3 -m tests.checked --installed   with the backend as it is installed

What passes without checked mode has to pass with it; ``on_purpose.txt`` lists the tests that do something wrong.
"""

from __future__ import annotations

import os
import subprocess
import sys

from ci.project import ROOT
from ci.pytests import IN_PROCESS

SLOW = ("--ignore=tests/call/test_signatures.py",)
"""Tests that compile much, and say little about memory."""


def main() -> int:
    """Runs both, even if the first fails; the exit code is 0 only if both passed."""
    environment = {**os.environ, "FERROCFFI_CHECKED": "1"}
    installed = ["--installed"] if "--installed" in sys.argv[1:] else []
    folders = [f"tests/{name}" for name in IN_PROCESS]
    codes = [
        subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=environment, check=False).returncode
        for command in (["tests.upstream", *installed], ["ci.pytests", "--installed", *SLOW, *folders])
    ]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
