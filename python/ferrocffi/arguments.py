"""The command line with the standard library alone, where the extra ``ferrocffi[cli]`` is not installed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ferrocffi import commands
from ferrocffi.examples import COMMANDS, epilog

if TYPE_CHECKING:
    from ferrocffi.binding import Wish


def main(words: list[str]) -> int:
    """Runs the command that these words ask for. The return value is the exit code."""
    as_json = words[:1] == ["--json"]
    rest = words[as_json:]
    if not rest or rest[0].startswith("-"):
        return _general(words)
    command, words = rest[0], rest[1:]
    if command == "bind":
        return bind(words, as_json=as_json)
    if command == "stubs":
        return stubs(words, as_json=as_json)
    if command == "check":
        return check(words, as_json=as_json)
    if command == "bench":
        return bench(words, as_json=as_json)
    if command == "completion":
        return completion(words)
    options = _parser("status").parse_args(words)
    return commands.status(as_json=options.json or as_json)


def _parser(command: str) -> argparse.ArgumentParser:
    """Returns the parser of a command, with its examples and ``--json``."""
    parser = argparse.ArgumentParser(
        prog=f"ferrocffi {command}".strip(),
        description=COMMANDS.get(command),
        epilog=epilog(command),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    return parser


def _general(words: Sequence[str]) -> int:
    """Runs what is asked for without a command: the status, the version or the help."""
    from ferrocffi import __version__

    parser = _parser("")
    lines = "\n".join(f"  {name:12}{text}" for name, text in COMMANDS.items())
    parser.usage = "ferrocffi [--json] [--version] [COMMAND] ..."
    parser.description = (
        "Which _cffi_backend this Python gets, and what can be done with it. Without a command: status.\n\n"
        f"commands:\n{lines}\n\nferrocffi COMMAND --help shows the options and examples of a command.\n"
        "With Click and Rich installed (the extra 'cli'), there are colours and tables."
    )
    parser.add_argument("--version", action="version", version=f"ferrocffi, version {__version__}")
    return commands.status(as_json=parser.parse_args(words).json)


def bench(words: Sequence[str], *, as_json: bool = False) -> int:
    """Runs the command with these words behind its name."""
    words, program = list(words), []
    if "--" in words:
        program = words[words.index("--") + 1 :]
        del words[words.index("--") :]
    parser = _parser("bench")
    parser.usage = "ferrocffi bench [options] [-- PROGRAM ...]"
    parser.add_argument(
        "--source", help="a clone of the project (default: the one around the current folder)"
    )
    parser.add_argument("--out", help="folder for the reports (default: ferrocffi-bench)")
    parser.add_argument("--quick", action="store_true", help="few and short runs")
    parser.add_argument("--group", action="append", default=[], help="only this group of operations")
    parser.add_argument("--runs", type=int, default=5, help="how often the program runs on each backend (5)")
    options = parser.parse_args(words)
    as_json = options.json or as_json
    if program:
        return commands.bench_program(program, runs=options.runs, as_json=as_json)
    more = [*(["--quick"] if options.quick else []), *(w for g in options.group for w in ("--group", g))]
    return commands.bench(as_json=as_json, source=options.source, out=options.out, options=more)


def completion(words: Sequence[str]) -> int:
    """Runs the command with these words behind its name."""
    from ferrocffi.completion import SHELLS, script

    parser = argparse.ArgumentParser(
        prog="ferrocffi completion",
        description=COMMANDS["completion"],
        epilog=epilog("completion"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=SHELLS)
    print(script(parser.parse_args(words).shell), end="")
    return 0


def bind(words: Sequence[str], *, as_json: bool = False) -> int:
    """Runs the command with these words behind its name."""
    options = _bind_options(words)
    as_json, verbose = options.pop("json") or as_json, options.pop("verbose")
    from ferrocffi.binding import Wish

    return commands.bind(Wish(**options), as_json=as_json, verbose=verbose)


def bind_wish(words: Sequence[str]) -> Wish:
    """Returns what these words behind the name of the command ask for."""
    from ferrocffi.binding import Wish

    options = _bind_options(words)
    del options["json"], options["verbose"]
    return Wish(**options)


def _bind_options(words: Sequence[str]) -> dict[str, Any]:
    parser = _parser("bind")
    several: dict[str, Any] = {"action": "append", "default": []}
    parser.add_argument("headers", nargs="+", metavar="HEADER")
    parser.add_argument("-o", "--output", help="the file to write (default: HEADER_binding.py)")
    parser.add_argument(
        "-l", "--library", dest="libraries", help="the library, as after the linker's -l", **several
    )
    parser.add_argument(
        "-p", "--package-config", dest="packages", help="ask pkg-config for folders and library", **several
    )
    parser.add_argument("-I", "--include-dir", dest="include_dirs", help="a folder with headers", **several)
    parser.add_argument(
        "-D", "--define", dest="defines", metavar="NAME[=BODY]", help="define a macro", **several
    )
    parser.add_argument("--before", metavar="HEADER", help="a header that must be included first", **several)
    parser.add_argument(
        "--only", metavar="PATTERN", help="names, or files, instead of the header's folder", **several
    )
    parser.add_argument(
        "--rename", dest="renames", metavar="OLD=NEW", help="a further name; OLD may be a regex", **several
    )
    parser.add_argument(
        "--std", metavar="STANDARD", help="the language of the header, such as c99 (default: gnu17)"
    )
    parser.add_argument(
        "--target", metavar="TRIPLE", help="the platform, such as aarch64-linux-gnu (default: this one)"
    )
    parser.add_argument("--module", help="the name of the module (default: that of the file)")
    parser.add_argument(
        "--strict", action="store_true", help="fail if a part of the header cannot be understood"
    )
    parser.add_argument(
        "--api", action="store_true", help="write the C source of a module that is compiled with the library"
    )
    parser.add_argument("--no-stub", dest="stub", action="store_false", help="write no .pyi file")
    parser.add_argument("--force", action="store_true", help="overwrite a file that was edited")
    parser.add_argument("-v", "--verbose", action="store_true", help="list all that is left out")
    return vars(parser.parse_args(words))


def check(words: Sequence[str], *, as_json: bool = False) -> int:
    """Runs the command with these words behind its name."""
    parser = _parser("check")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="the file of a module of ferrocffi bind")
    parser.add_argument("--cc", action="store_true", help="the C compiler confirms layouts, types and values")
    parser.add_argument(
        "--debug-info",
        nargs="?",
        const="",
        metavar="FILE",
        help="the debug information of the library, or of this file, confirms them",
    )
    options = parser.parse_args(words)
    as_json = options.json or as_json
    if options.modules:
        return commands.check_modules(
            options.modules, cc=options.cc, debug_info=options.debug_info, as_json=as_json
        )
    return commands.check(as_json=as_json)


def stubs(words: Sequence[str], *, as_json: bool = False) -> int:
    """Runs the command with these words behind its name."""
    parser = _parser("stubs")
    parser.add_argument("modules", nargs="+", metavar="MODULE", help="its name, or the path of its file")
    parser.add_argument("-o", "--output", help="the file to write (default: beside the module)")
    parser.add_argument(
        "--shared",
        action="store_true",
        help="import the general types from ferrocffi.typed, not write them in",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if a stub is not up to date"
    )
    options = vars(parser.parse_args(words))
    return commands.stubs(as_json=options.pop("json") or as_json, **options)
