"""The options of ``ferrocffi bind`` and ``ferrocffi stubs`` where the extra ``ferrocffi[cli]`` is not installed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ferrocffi import commands

if TYPE_CHECKING:
    from ferrocffi.binding import Wish


def bind(words: Sequence[str], *, as_json: bool = False) -> int:
    """Run the command with these words behind its name."""
    options = _bind_options(words)
    as_json, verbose = options.pop("json") or as_json, options.pop("verbose")
    from ferrocffi.binding import Wish

    return commands.bind(Wish(**options), as_json=as_json, verbose=verbose)


def bind_wish(words: Sequence[str]) -> Wish:
    """What these words behind the name of the command ask for."""
    from ferrocffi.binding import Wish

    options = _bind_options(words)
    del options["json"], options["verbose"]
    return Wish(**options)


def _bind_options(words: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(
        prog="ferrocffi bind", description="Write a Python module from C headers, for every cffi."
    )
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
    parser.add_argument("--no-stub", dest="stub", action="store_false", help="write no .pyi file")
    parser.add_argument("--force", action="store_true", help="overwrite a file that was edited")
    parser.add_argument("-v", "--verbose", action="store_true", help="list all that is left out")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    return vars(parser.parse_args(words))


def check(words: Sequence[str], *, as_json: bool = False) -> int:
    """Run ``ferrocffi check`` with these words behind its name."""
    parser = argparse.ArgumentParser(
        prog="ferrocffi check", description="Compare modules of ferrocffi bind with headers and library."
    )
    parser.add_argument("modules", nargs="+", metavar="MODULE", help="the file of a module")
    parser.add_argument("--cc", action="store_true", help="the C compiler confirms layouts, types and values")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    options = parser.parse_args(words)
    return commands.check_modules(options.modules, cc=options.cc, as_json=options.json or as_json)


STUBS = """examples:
  ferrocffi stubs mypackage._native            writes mypackage/_native.pyi
  ferrocffi stubs build/_native.abi3.so        the file of a module instead of its name
  ferrocffi stubs _native -o typings/_native.pyi
  ferrocffi stubs _native --check              for CI: fails if the stub is not up to date
"""


def stubs(words: Sequence[str], *, as_json: bool = False) -> int:
    """Run the command with these words behind its name."""
    parser = argparse.ArgumentParser(
        prog="ferrocffi stubs",
        description="Write what type checkers and editors need to know of modules that cffi made.",
        epilog=STUBS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    options = vars(parser.parse_args(words))
    return commands.stubs(as_json=options.pop("json") or as_json, **options)
