"""What continuous integration runs: every part of ``make test`` and ``make test-all``, each to its end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from ci.project import ROOT

HERE = Path(sys.executable)
PARTS: list[tuple[str, list[str]]] = [
    ("lint", ["-m", "ci.lint"]),
    ("rust", ["-m", "ci.rust", "test"]),
    ("upstream", ["-m", "tests.upstream", "--all"]),
    ("python", ["-m", "ci.pytests"]),
]


def main() -> int:
    """Run all parts and print one line for each at the end."""
    lines = []
    failed = False
    for name, arguments in PARTS:
        print(f"== {name}", flush=True)
        started = time.monotonic()
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        code = subprocess.run(
            [HERE, *arguments], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False
        ).returncode
        failed = failed or code != 0
        verdict = "passed" if code == 0 else f"FAILED (exit code {code})"
        lines.append(f"{name:<10} {verdict} in {time.monotonic() - started:.0f} s")
    print("== summary", *lines, sep="\n", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
