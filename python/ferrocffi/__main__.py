"""``python -m ferrocffi``: which backend is active, and whether it works."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ferrocffi import __version__, commands


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the return value is the exit code."""
    try:
        from ferrocffi.cli import cli
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("click", "rich"):
            raise
        return _plain(argv)
    try:
        cli.main(args=None if argv is None else list(argv), prog_name="ferrocffi")
    except SystemExit as end:  # always, with Click's exit code
        return end.code if isinstance(end.code, int) else int(end.code is not None)


def _plain(argv: Sequence[str] | None) -> int:
    """The same commands where the extra ``ferrocffi[cli]`` is not installed."""
    parser = argparse.ArgumentParser(
        prog="ferrocffi",
        description="Which _cffi_backend this Python gets, and whether it works. Without a command: status.",
        epilog="pip install 'ferrocffi[cli]' shows the same in colours.",
    )
    parser.add_argument("--version", action="version", version=f"ferrocffi, version {__version__}")
    parser.add_argument("command", nargs="?", default="status", choices=["status", "check"])
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    options = parser.parse_args(argv)
    run = commands.check if options.command == "check" else commands.status
    return run(as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
