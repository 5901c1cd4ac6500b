"""``python -m ferrocffi``: which backend is active. Exits with 0 only if it is this project's."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence

from ferrocffi import __version__
from ferrocffi.status import Status, collect


def render(status: Status) -> str:
    """The report as lines for a terminal."""
    rows = [
        ("active", "yes" if status.active else "no"),
        ("backend", f"{status.backend or 'none'} ({status.backend_file or 'no file'})"),
        ("front end", f"cffi {status.front_end}" if status.front_end else "cffi is not installed"),
        ("ferrocffi", status.ferrocffi),
        ("python", f"{status.python} ({status.executable})"),
    ]
    if status.problem:
        rows.append(("problem", status.problem))
    return "\n".join(f"{name:<10} {value}" for name, value in rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the return value is the exit code."""
    parser = argparse.ArgumentParser(prog="ferrocffi", description="Which _cffi_backend is active, and why.")
    parser.add_argument("--version", action="version", version=f"ferrocffi {__version__}")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("command", nargs="?", default="status", choices=["status"])
    options = parser.parse_args(argv)
    status = collect()
    print(json.dumps(dataclasses.asdict(status), indent=2) if options.json else render(status))
    return 0 if status.active else 1


if __name__ == "__main__":
    sys.exit(main())
