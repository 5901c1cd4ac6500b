"""Every code block of the documentation runs on the backend, page by page, each page in one process.

``python`` blocks are executed, ``pycon`` blocks are doctests; both see what the blocks above them on the page have
defined. A block with a title is a file, which is written. ``console`` blocks are commands that are run, each with what it
prints. ``c`` blocks are compiled. The commands in ``sh`` blocks have to exist.

A page that needs a header or a tool says so in a comment, ``<!-- needs: sqlite3.h mypy -->``.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import traceback
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from ferrocffi.cli import cli
from ferrocffi.headers import HeaderError, read

from ci import environment
from tests.docs.blocks import DOCS, ROOT, Block, blocks, pages
from tests.docs.console import mismatch, sessions

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
RUN_BY_PYTHON = {"python", "pycon", "console"}
SHOWN_ONLY = {"", "text"}
"""Output, layouts and file lists: nothing that could run."""

PAGES = pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(DOCS)))


class Checker(doctest.OutputChecker):
    """Lets a page leave out what only some interpreters print.

    That is the notes below an exception, which Python 3.10 does not have, and the near name that newer ones add to the text
    of an `AttributeError`.
    """

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        """Compares the lines that both have, if both are the text of an exception."""
        got = SUGGESTED.sub("", got)
        if super().check_output(want, got, optionflags):
            return True
        if not (RAISED.match(want) and RAISED.match(got)):
            return False
        wanted, lines = want.splitlines(keepends=True), got.splitlines(keepends=True)
        if not NOTES:
            return super().check_output("".join(wanted[: len(lines)]), got, optionflags)
        return super().check_output(want, "".join(lines[: len(wanted)]), optionflags)


SUGGESTED = re.compile(r"\. Did you mean: '[^']*'\?$", re.MULTILINE)
RAISED = re.compile(r"[\w.]*(Error|error|Exception): ")
NOTES = sys.version_info >= (3, 11)


def _whole(kind: type[BaseException], value: BaseException) -> list[str]:
    """Returns the text of an exception and its notes, as one piece."""
    lines = _FORMAT(kind, value)
    return lines if issubclass(kind, SyntaxError) else ["".join(lines)]


_FORMAT = traceback.format_exception_only
WHOLE_EXCEPTIONS = mock.patch("traceback.format_exception_only", _whole)
"""Early releases of CPython 3.11 take the last piece of an exception's text for all of it. A note is such a piece."""


def run_page(page: Path) -> int:
    """Runs the Python of one page in this process; the number of failed examples."""
    names: dict[str, Any] = {"__name__": "__main__"}
    failures = 0
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        if block.title:
            Path(block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            for session in sessions(block.text):
                problem = mismatch(session, notes=NOTES)
                if problem:
                    print(f"{where}: {problem}")
                failures += bool(problem)
        elif block.language == "python":
            # Blank lines in front keep the page's line numbers in tracebacks.
            exec(compile("\n" * (block.line - 1) + block.text, str(page), "exec"), names)
        elif block.language == "pycon":
            test = doctest.DocTestParser().get_doctest(block.text, names, where, str(page), block.line - 1)
            test.globs = names  # not the copy that it made: deleted names are to be gone
            runner = doctest.DocTestRunner(checker=Checker(), optionflags=FLAGS)
            with WHOLE_EXCEPTIONS:
                runner.run(test, clear_globs=False)
            failures += runner.summarize(verbose=False).failed
    return failures


def surroundings(page: Path) -> dict[str, str]:
    """Returns the environment that a page runs in; skips the test if the page needs what this machine lacks."""
    paths, commands = [str(ROOT)], [str(Path(sys.executable).parent)]
    needed = NEEDS.search(page.read_text(encoding="utf-8"))
    for name in needed[1].split() if needed else ():
        if name.endswith(".h"):
            try:
                read(name)
            except HeaderError as error:
                pytest.skip(str(error))
        elif sysconfig.get_config_var("Py_GIL_DISABLED") or sys.version_info >= (3, 14):
            pytest.skip(f"the pinned {name} has no wheel for this interpreter")
        elif name == "mypy":
            python = environment.this_python()
            checkers = environment.ensure(python, f"{python.version}-typing", "requirements-typing.txt")
            commands.append(str(checkers.scripts))
        else:
            python = environment.this_python()
            extra = environment.ensure(python, f"{python.version}-docs", "requirements-examples.txt")
            paths += [str(folder) for folder in extra.folder.glob("**/site-packages")]
    return {
        "PATH": os.pathsep.join([*commands, os.environ.get("PATH", "")]),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


NEEDS = re.compile(r"<!-- needs: (.*?) -->")


@PAGES
def test_python(page: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.test_examples", page],
        cwd=tmp_path,
        env={**os.environ, **surroundings(page)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@PAGES
def test_every_block_says_what_it_is(page: Path) -> None:
    known = RUN_BY_PYTHON | SHOWN_ONLY | {"c", "sh", "toml", "json", "ini", "yaml"}
    assert [(b.line, b.language) for b in blocks(page) if b.language not in known] == []


def _c_blocks() -> list[tuple[str, Block]]:
    return [(page.name, block) for page in pages() for block in blocks(page) if block.language == "c"]


@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler")
@pytest.mark.parametrize("block", [pytest.param(b, id=f"{name}:{b.line}") for name, b in _c_blocks()])
def test_c(block: Block, tmp_path: Path) -> None:
    command = ["cc", "-fsyntax-only", "-Wall", "-x", "c", "-"]
    done = subprocess.run(
        command, input=block.text, capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr


def _commands() -> list[tuple[str, list[str]]]:
    found = []
    for page in pages():
        for block in blocks(page):
            if block.language == "sh":
                lines = [shlex.split(line, comments=True) for line in block.text.splitlines()]
                found += [(f"{page.name}:{block.line}", words) for words in lines if words]
    return found


@pytest.mark.parametrize(
    ("where", "words"), _commands(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_commands_exist(where: str, words: list[str]) -> None:
    while re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    program, *arguments = words
    plain = [word for word in arguments if not word.startswith("-") and "=" not in word]
    if program == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in plain)
    elif program == "pip":
        assert plain[0] in ("install", "uninstall")
    elif re.fullmatch(r"(\.venv/\S+/)?python3?", program):
        assert (
            plain[0] in ("ferrocffi", "pytest", "tests.upstream", "pip", "venv") or (ROOT / plain[0]).exists()
        )
        if plain[0] == "ferrocffi" and len(plain) > 1:
            assert plain[1] in cli.commands
    else:
        assert program in ("git", "cd"), f"{where}: {program}"


def test_the_runner_sees_failures(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\n```\n\n```pycon\n>>> x\n1\n>>> x + 1\n3\n```\n", encoding="utf-8")
    assert run_page(page) == 1
    page.write_text("```python\nx = 1 / 0\n```\n", encoding="utf-8")
    with pytest.raises(ZeroDivisionError):
        run_page(page)


@pytest.mark.skipif(not NOTES, reason="there are no notes")
def test_notes_may_be_left_out_and_may_not_be_wrong(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    code = (
        ">>> e = ValueError('text'); e.add_note('note'); raise e\nTraceback (most recent call last):\n  ...\n"
    )
    for expected, failures in (
        ("text", 0),
        ("text\nnote", 0),
        ("text\nother", 1),
        ("other", 1),
        ("text\nnote\nx", 1),
    ):
        page.write_text(f"```pycon\n{code}ValueError: {expected}\n```\n", encoding="utf-8")
        assert run_page(page) == failures, expected


if __name__ == "__main__":
    sys.exit(1 if run_page(Path(sys.argv[1])) else 0)
