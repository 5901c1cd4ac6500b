"""Asks the C compiler for numbers: sizes, offsets, values."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


class NoCompiler(OSError):
    """There is no C compiler, or it cannot make programs."""


class NotAccepted(ValueError):
    """The compiler refuses the headers themselves."""


@dataclass
class Source:
    """The headers, and the options that they need."""

    headers: Sequence[str]
    include_dirs: Sequence[str] = ()
    defines: Sequence[tuple[str, str]] = ()
    std: str | None = None
    cc: str | None = None

    def command(self) -> list[str]:
        """Returns the compiler with its options."""
        command = shlex.split(self.cc or os.environ.get("CC", "")) or [shutil.which("cc") or "gcc"]
        command += ["-w", "-x", "c", "-fmax-errors=0" if "clang" not in command[0] else "-ferror-limit=0"]
        command += [f"-std={self.std}"] if self.std else []
        command += [f"-I{folder}" for folder in self.include_dirs]
        return [*command, *(f"-D{name}={body}" for name, body in self.defines)]

    def lines(self) -> list[str]:
        """Returns the directives that include the headers."""
        return [
            f'#include "{os.path.abspath(name)}"' if os.path.isfile(name) else f"#include <{name}>"
            for name in self.headers
        ]


@dataclass
class Answers:
    """What the compiler said."""

    values: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """By the number of the question."""
    refused: dict[int, str] = field(default_factory=dict)
    """The messages for questions that cannot be compiled."""


_PRELUDE = """extern int printf(const char *, ...);
static void ferrocffi_number(unsigned long long value, int negative) {
    if (negative) printf(" %lld", (long long)value); else printf(" %llu", value);
}
static void ferrocffi_bits(const unsigned char *bytes, unsigned size) {
    int first = -1, count = 0;
    for (unsigned at = 0; at < size * 8; at++) if (bytes[at / 8] >> at % 8 & 1) { if (first < 0) first = at; count++; }
    printf(" %d %d", first, count);
}"""


def number(expression: str) -> str:
    """Returns the question for the value of an integer expression."""
    return f"ferrocffi_number((unsigned long long)({expression}), ({expression}) < 0);"


def bits(name: str, member: str, at: str = "") -> str:
    """Returns the question for the first bit and the width of a bit-field."""
    return (
        f"union {{ {name} s; unsigned char b[sizeof({name})]; }} u{at}; "
        f"for (unsigned i = 0; i < sizeof(u{at}); i++) u{at}.b[i] = 0; "
        f"u{at}.s.{member} = ~0ll; ferrocffi_bits(u{at}.b, sizeof(u{at}));"
    )


def ask(source: Source, questions: Sequence[str]) -> Answers:
    """Compiles one function for each question, and runs them; what cannot be compiled is left out."""
    answers = Answers()
    with tempfile.TemporaryDirectory() as folder:
        path, program = Path(folder, "check.c"), Path(folder, "check")
        while True:
            first = [*source.lines(), *_PRELUDE.splitlines()]
            lines = [
                "" if at in answers.refused else _function(at, text) for at, text in enumerate(questions)
            ]
            calls = [
                f'printf("{at}"); ferrocffi_ask_{at}(); printf("\\n");'
                for at in range(len(questions))
                if at not in answers.refused
            ]
            text = "\n".join([*first, *lines, "int main(void) {", *calls, "return 0; }"])
            path.write_text(text + "\n", encoding="utf-8")
            done = _compile(source, path, program)
            if done.returncode == 0:
                break
            new = _refused(done.stderr, len(first), len(questions))
            if not new.keys() - answers.refused.keys():
                raise NotAccepted(_first_error(done.stderr))
            answers.refused |= new
        ran = subprocess.run([str(program)], capture_output=True, text=True, check=False)
        if ran.returncode:
            raise NoCompiler(f"the compiled program ended with {ran.returncode}: {ran.stderr.strip()}")
        for line in ran.stdout.splitlines():
            at, *values = (int(word) for word in line.split())
            answers.values[at] = tuple(values)
    return answers


def _function(at: int, text: str) -> str:
    return f"static void ferrocffi_ask_{at}(void) {{ {text} }}"


def _compile(source: Source, path: Path, program: Path) -> subprocess.CompletedProcess[str]:
    command = [*source.command(), str(path), "-o", str(program), "-Wl,--unresolved-symbols=ignore-all"]
    env = {**os.environ, "LC_ALL": "C"}
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    except OSError as error:
        raise NoCompiler(f"{command[0]}: {error.strerror or error}") from error


def _refused(stderr: str, before: int, count: int) -> dict[int, str]:
    """Returns the questions in which errors lie. An error in a macro is at its definition; a note has the place of its use."""
    found: dict[int, str] = {}
    message = None
    for line in stderr.splitlines():
        if error := re.search(r": (?:fatal )?error: (.*)", line):
            message = error[1]
        if message is None:
            continue
        if place := re.search(r"\bcheck\.c:(\d+):", line):
            at = int(place[1]) - before - 1
            if 0 <= at < count and "In function" not in line:
                found.setdefault(at, message)
    return found


def _first_error(stderr: str) -> str:
    lines = [line for line in stderr.splitlines() if "error" in line or "undefined reference" in line]
    return (lines or stderr.strip().splitlines() or ["the compiler failed"])[0]
