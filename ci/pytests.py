"""The project's own Python tests, on every interpreter found, against a fresh build.

python3 -m ci.pytests [--installed] [--core | --backend | --front] [pytest's arguments]

``--core`` leaves out what does not depend on the interpreter: the tests of the tools, of the texts, of the types.
``--backend`` and ``--front`` run one half of the tests each, of which each takes about half of the time.
"""

from __future__ import annotations

import sys

from ci import environment, interpreters, wheel
from ci.interpreters import Interpreter
from ci.project import ROOT, run

NOT_CORE = ("cli", "clients", "docs", "house", "speed", "typing", "upstream")
"""Folders of tests that say the same on every interpreter."""

FRONT = (*NOT_CORE, "bind", "frontend", "inline", "parsers", "seam", "sources", "wheel")
"""Folders of tests of what is before and beside the backend: declarations, headers, builds, tools, texts."""

IN_PROCESS = (
    "buffer",
    "call",
    "callback",
    "cdata",
    "convert",
    "ctype",
    "exports",
    "ffi",
    "library",
    "module",
)
"""Folders of tests that work in the process they run in. The others start one for each test, or for all of them."""


def folders(without: tuple[str, ...] = ()) -> list[str]:
    """Returns the folders of tests, without those with the given names."""
    found = {path.parent for path in (ROOT / "tests").glob("*/test_*.py")}
    return sorted(f"tests/{folder.name}" for folder in found if folder.name not in without)


def chosen(option: str) -> list[str]:
    """Returns the folders that an option means."""
    if option == "--core":
        return folders(without=NOT_CORE)
    backend = folders(without=FRONT)
    return backend if option == "--backend" else sorted(set(folders()) - set(backend))


def main() -> int:
    """Runs them everywhere even if one interpreter fails; the exit code is 0 only if all passed."""
    arguments = sys.argv[1:]
    installed = "--installed" in arguments
    if installed:
        arguments.remove("--installed")
    for option in {"--core", "--backend", "--front"}.intersection(arguments):
        arguments.remove(option)
        arguments += chosen(option)

    def test(interpreter: Interpreter) -> None:
        into = environment.ours(interpreter)
        if not installed:
            wheel.develop(interpreter, into)
        run([into.python, "-m", "pytest", "-q", *(arguments or ["tests"])])

    return interpreters.on_each("Python tests", test)


if __name__ == "__main__":
    sys.exit(main())
