"""No file may name a folder of somebody's machine: ``python3 -m ci.checks.paths``."""

from __future__ import annotations

import re
import sys

from ci.project import ROOT, output

PRIVATE = re.compile(rb"(?<![\w.$}<-])/(?:home/\w|Users/\w|root\b|work/|tmp/)")
"""Home folders, checkouts and temporary files; a test that needs a folder asks pytest for one."""


def main() -> int:
    """Looks through all files that git knows of, or would add."""
    listed = output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]).split("\0")
    found = 0
    for name in sorted(set(filter(None, listed))):
        path = ROOT / name
        if not path.is_file() or path.is_symlink():
            continue
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            if match := PRIVATE.search(line):
                found += 1
                print(f"{name}:{number}: names a private path: {match[0].decode()}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
