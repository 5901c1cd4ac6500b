"""``ferrocffi bind``: an out-of-line module from a header, or the C source of an API module."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import sysconfig
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ferrocffi import aliases, libraries
from ferrocffi.headers import Header, Problem, read
from ferrocffi.native import native

_FIRST = "# Made by ferrocffi bind. Edited files are not overwritten. SHA-256: "


_AT_RUN_TIME = "the value is known only when the program runs"
"""Why a macro that is the name of a function is not a constant."""


class Refused(Exception):
    """The module is not written."""


@dataclass
class Wish:
    """What the command line asks for."""

    headers: list[str]
    output: str | None = None
    module: str | None = None
    libraries: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)
    include_dirs: list[str] = field(default_factory=list)
    defines: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    only: list[str] = field(default_factory=list)
    renames: list[str] = field(default_factory=list)
    std: str | None = None
    target: str | None = None
    strict: bool = False
    api: bool = False
    stub: bool = True
    force: bool = False

    def command(self) -> str:
        """Returns the command line that makes the same module."""
        words = ["ferrocffi", "bind", *self.headers]
        for option, values in (
            ("--library", self.libraries),
            ("--package-config", self.packages),
            ("--include-dir", self.include_dirs),
            ("--define", self.defines),
            ("--before", self.before),
            ("--only", self.only),
            ("--rename", self.renames),
            ("--std", [self.std] if self.std else []),
            ("--target", [self.target] if self.target else []),
            ("--module", [self.module] if self.module else []),
        ):
            words += [word for value in values for word in (option, value)]
        words += ["--api"] if self.api else []
        return shlex.join(words)


@dataclass
class LeftOut:
    """A declaration that is not in the module, or not wholly."""

    name: str
    kind: str
    reason: str
    file: str | None
    line: int


@dataclass
class Made:
    """A module that was made."""

    header: Header
    text: str
    path: Path
    names: list[str]
    left_out: list[LeftOut]
    problems: list[Problem]
    changed: bool = False
    stub: Path | None = None
    hints: list[str] = field(default_factory=list)
    """What the user may want to change."""


def make(wish: Wish) -> Made:
    """Reads the headers and makes the text of the module."""
    found = libraries.package(wish.packages) if wish.packages else libraries.Package()
    defines = [*found.defines, *(define(word) for word in wish.defines)]

    def read_with(*further: str) -> Header:
        return read(
            [*wish.headers, *further],
            include_dirs=[*wish.include_dirs, *found.include_dirs],
            defines=[*_python_macros(), *defines] if wish.api else defines,
            before=wish.before,
            std=wish.std,
            target=wish.target,
            strict=wish.strict,
        )

    header = read_with()
    if wish.api:
        return _make_api(wish, header, defines)
    path = Path(wish.output or f"{_word(wish.headers[0])}_binding.py")
    wanted = wish.libraries or found.libraries[:1]
    names = [name for library in wanted for name in libraries.file_names(library, found.library_dirs)]
    module = wish.module or path.stem
    arguments = (header.raw, wish.only, module, list(header.names), list(dict.fromkeys(names)))
    text, left, globals_ = native.emit_python(*arguments, [])
    macros = [each[0] for each in left if each[1] == "macro" and each[2] == _AT_RUN_TIME]
    further = aliases.of_functions(macros, globals_, read_with)
    pairs = [*further.items(), *renamed([*globals_, *further], wish.renames)]
    if pairs:
        text, left, globals_ = native.emit_python(*arguments, pairs)
        left = [each for each in left if each[0] not in further]
        kept = [line for line in text.splitlines(keepends=True) if not _is_omission(line, further)]
        text = "".join(kept)
    body = f"# {wish.command()}\n{text}"
    whole = f"{_FIRST}{_digest(body)}\n{body}"
    made = Made(header, whole, path, globals_, [LeftOut(*each) for each in left], header.problems())
    if not wanted:
        made.hints.append("lib needs the name of a library: add --library NAME or --package-config NAME")
    if wish.target is None:
        said = (libraries.missing(library, found.library_dirs) for library in wanted)
        made.hints += [hint for hint in said if hint]
    if any(problem.message.startswith("#error") for problem in made.problems):
        made.hints.append("#error says what the header needs: --define NAME=VALUE, or --before HEADER")
    return made


def _is_omission(line: str, names: Container[str]) -> bool:
    """Returns whether a line of the list at the end of a module is about a macro with one of these names."""
    found = re.match(r"#   (\w+) \(macro, ", line)
    return found is not None and found[1] in names


def _make_api(wish: Wish, header: Header, defines: Sequence[tuple[str, str]]) -> Made:
    """Makes the C source of a module that is compiled and linked with the library."""
    if wish.renames:
        raise Refused("--rename is for Python modules; the names of a C module are those of C")
    if wish.target:
        raise Refused("--target is for Python modules; a C module is compiled for its platform")
    path = Path(wish.output or f"_{_word(wish.headers[0])}.c")
    lines = [f"#ifndef {name}\n#define {name} {body}\n#endif" for name, body in defines]
    for name in (*wish.before, *wish.headers):
        quoted = name.startswith(("/", "./")) or ":" in name
        lines.append(f'#include "{name}"' if quoted else f"#include <{name}>")
    preamble = "\n".join(lines)
    text, left, names = native.emit_c(header.raw, wish.only, wish.module or path.stem, preamble)
    body = f"/* {wish.command().replace('*/', '* /')} */\n{text}"
    whole = f"/* {_FIRST[2:]}{_digest(body)} */\n{body}"
    return Made(header, whole, path, names, [LeftOut(*each) for each in left], header.problems())


def write(made: Made, *, force: bool = False) -> None:
    """Writes the module, unless somebody has edited it. A file that would not change is not touched."""
    try:
        with open(made.path, encoding="utf-8", newline="") as file:
            known = file.read()
    except FileNotFoundError:
        known = None
    except UnicodeDecodeError:
        known = ""
    if known == made.text:
        return
    if known is not None and not force and not untouched(known):
        raise Refused(f"{made.path} was edited, or was not made by ferrocffi bind; --force overwrites it")
    made.path.parent.mkdir(parents=True, exist_ok=True)
    draft = made.path.with_name(f".{made.path.name}.{os.getpid()}")
    try:
        draft.write_text(made.text, encoding="utf-8", newline="")
        draft.replace(made.path)
    finally:
        draft.unlink(missing_ok=True)
    made.changed = True


def write_stub(made: Made) -> None:
    """Writes the types that checkers see beside the module."""
    from ferrocffi import stubs

    known = stubs.described(made.header.declarations(["*"]))
    made.stub = made.path.with_suffix(".pyi")
    stubs.write(str(made.path), made.stub, known=known)


def untouched(text: str) -> bool:
    """Returns whether a module is as it was made."""
    first, _, body = text.partition("\n")
    return first in (f"{_FIRST}{_digest(body)}", f"/* {_FIRST[2:]}{_digest(body)} */")


def renamed(names: Sequence[str], rules: Sequence[str]) -> list[tuple[str, str]]:
    """Further names for what is in the library, by rules such as ``SDL_(.*)=\\1`` or ``zlibVersion=version``."""
    pairs: dict[str, str] = {}
    for rule in rules:
        pattern, equals, new = rule.partition("=")
        if not equals:
            raise Refused(f"--rename needs OLD=NEW, not {rule!r}")
        try:
            compiled = re.compile(pattern)
            found = [(match.expand(new), name) for name in names if (match := compiled.fullmatch(name))]
        except (re.error, IndexError) as error:
            raise Refused(f"--rename {rule!r}: {error}") from None
        for name, old in found:
            if not name.isidentifier():
                raise Refused(f"--rename {rule!r} makes {name!r} of {old}, which is no name")
            if pairs.setdefault(name, old) != old or (name in names and name != old):
                raise Refused(f"--rename {rule!r} gives {old} the name of something else, {name}")
    return sorted((name, old) for name, old in pairs.items() if name != old)


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _python_macros() -> list[tuple[str, str]]:
    """Returns the macros of Python's own header that change what the system's headers declare."""
    try:
        with open(sysconfig.get_config_h_filename(), encoding="utf-8") as file:
            known = sysconfig.parse_config_h(file)
    except OSError:
        return []
    shape = re.compile(r"_(\w+_SOURCE(_EXTENDED)?|FILE_OFFSET_BITS|REENTRANT)|__(EXTENSIONS__|BSD_VISIBLE)")
    return sorted((name, str(value)) for name, value in known.items() if shape.fullmatch(name) and value)


def define(word: str) -> tuple[str, str]:
    """Returns the name and body of a macro, as after the compiler's -D."""
    name, equals, body = word.partition("=")
    return name, body if equals else "1"


def _word(header: str) -> str:
    return re.sub(r"\W", "_", Path(header).stem)
