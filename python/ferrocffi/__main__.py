"""``python -m ferrocffi``: which backend is active, and whether it works."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the return value is the exit code, also if nobody reads the output to its end."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:2] == ["gen-src", "read-sources"]:
        # Builds run it often, so it imports little.
        from ferrocffi.gen_src import quick

        answer = quick(words[2:])
        if answer is not None:
            if argv is None:
                _leave(answer)
            return answer
    from ferrocffi.output import patient

    with patient():
        return _main(argv)


def _leave(code: int) -> None:
    """Ends the process without the interpreter's own way out, which takes a quarter of the time of a small source.

    All files are closed by then. Returns if a tracer or a profiler still has something to write.
    """
    if sys.gettrace() is not None or sys.getprofile() is not None:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        return
    os._exit(code)


def _main(argv: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["run"]:
        from ferrocffi.run import run

        return run(words[1:])
    if words[:1] == ["gen-src"]:
        from ferrocffi.gen_src import main as generate

        return generate(words[1:])
    refused = _unknown(words)
    if refused is not None:
        return refused
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
    """Runs the commands where the extra ``ferrocffi[cli]`` is not installed."""
    from ferrocffi import arguments

    return arguments.main(list(sys.argv[1:] if argv is None else argv))


def _unknown(words: list[str]) -> int | None:
    """Returns the exit code for a misspelt command, of which it says what was meant."""
    from ferrocffi.examples import COMMANDS

    name = next((word for word in words if word != "--json"), "")
    if not name or name.startswith("-") or name in COMMANDS:
        return None
    import difflib

    near = difflib.get_close_matches(name, COMMANDS, 1) or ["--help"]
    print(f"ferrocffi: there is no command {name!r}\nhint: ferrocffi {near[0]}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
