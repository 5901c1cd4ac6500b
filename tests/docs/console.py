"""``console`` blocks: commands behind ``$``, each followed by what it prints."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBER = re.compile(r"\b(0x[0-9a-f]+|\d+(\.\d+)*)\b")
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Session:
    """One command, and what the page says that it prints."""

    command: str
    output: str


def sessions(text: str) -> Iterator[Session]:
    """The commands of a block. A command goes on in the next line behind a backslash."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        command = [lines.pop(0)]
        while command[-1].endswith("\\"):
            command.append(lines.pop(0))
        yield Session("\n".join(command), "".join(f"{line}\n" for line in lines))


def mismatch(session: Session, *, notes: bool = True) -> str:
    """Runs a command; the difference to what the page shows, or nothing.

    Each number of a page is one of the machine that it was written on, so it is compared with no other. Without `notes`
    (below exceptions, which CPython 3.10 does not print) lines may be missing.
    """
    env = {**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run(
        session.command, shell=True, env=env, capture_output=True, encoding="utf-8", timeout=200, check=False
    )
    got = done.stdout + done.stderr
    if agree(session.output, got, notes=notes):
        return ""
    return f"$ {session.command}\nexpected:\n{session.output}\ngot (exit code {done.returncode}):\n{got}"


def agree(wanted: str, got: str, *, notes: bool = True) -> bool:
    """Do the lines agree but for numbers, white space and what ``...`` leaves out?"""
    # Carets below a line of a traceback differ between versions of CPython.
    wanted, got = (re.sub(r"^ *[~^]+ *\n", "", text, flags=re.MULTILINE) for text in (wanted, got))
    wanted, got = (_NUMBER.sub("N", text) for text in (wanted, got))
    if doctest.OutputChecker().check_output(wanted, got, _FLAGS):
        return True
    return not notes and all(line in wanted for line in got.splitlines())
