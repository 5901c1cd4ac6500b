"""``python -m ferrocffi``: which backend is active, and whether it works."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ferrocffi.output import patient


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the return value is the exit code, also if nobody reads the output to its end."""
    with patient():
        return _main(argv)


def _main(argv: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["run"]:
        from ferrocffi.run import run

        return run(words[1:])
    if words[:1] == ["gen-src"]:
        from ferrocffi.gen_src import main as generate

        return generate(words[1:])
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
    from ferrocffi import __version__, commands

    words = list(sys.argv[1:] if argv is None else argv)
    as_json = words[:1] == ["--json"]
    if words[as_json : as_json + 1] in (["bind"], ["stubs"]):
        from ferrocffi import arguments

        run = arguments.bind if words[as_json] == "bind" else arguments.stubs
        return run(words[as_json + 1 :], as_json=as_json)
    if words[as_json : as_json + 1] == ["check"] and set(words[as_json + 1 :]) - {"--json", "-h", "--help"}:
        from ferrocffi import arguments

        return arguments.check(words[as_json + 1 :], as_json=as_json)
    parser = argparse.ArgumentParser(
        prog="ferrocffi",
        description="Which _cffi_backend this Python gets, and whether it works. Without a command: status.",
        epilog="With Click and Rich installed (the extra 'cli'), the same in colours and tables.",
    )
    parser.add_argument("--version", action="version", version=f"ferrocffi, version {__version__}")
    parser.add_argument(
        "command",
        nargs="?",
        default="status",
        choices=["status", "check", "bench", "bind", "gen-src", "run", "stubs"],
    )
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument(
        "--source", help="a clone of the project, for bench (default: the one around the current folder)"
    )
    parser.add_argument("--out", help="folder for the reports of bench")
    parser.add_argument("--quick", action="store_true", help="few and short runs of bench")
    parser.add_argument("--group", action="append", default=[], help="only this group of bench")
    options = parser.parse_args(words)
    if options.command == "bench":
        more = [*(["--quick"] if options.quick else []), *(w for g in options.group for w in ("--group", g))]
        return commands.bench(as_json=options.json, source=options.source, out=options.out, options=more)
    shown = commands.check if options.command == "check" else commands.status
    return shown(as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
