"""Reading C headers: what they declare, and what could not be understood."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ferrocffi.native import native


@dataclass(frozen=True)
class Declaration:
    """One declaration of a header."""

    kind: str
    """``function``, ``variable``, ``constant``, ``typedef``, ``struct``, ``union``, ``enum``, ``enumerator`` or ``macro``."""
    name: str
    """The name; empty for a struct, union or enum without a tag."""
    type: str | None
    """The declaration as C text. For an enumerator or a macro, the type of its value."""
    value: int | float | bytes | str | None
    """The value of a constant, an enumerator or a macro."""
    file: str
    line: int
    doc: str | None
    """The comment before or behind the declaration, without its marks."""
    problem: str | None
    """Why the declaration, or a part of it, cannot be used."""
    flags: tuple[str, ...]
    """``static``, ``inline``, ``thread_local``, ``noreturn``, ``deprecated``, ``weak``, ``hidden``, ``system``."""


@dataclass(frozen=True)
class Problem:
    """A part of a header that could not be understood, or that may mean something else than its author thought."""

    severity: str
    """``error`` or ``warning``."""
    message: str
    file: str | None
    line: int
    column: int
    hint: str | None
    rendered: str
    """The problem for a person: place, message, the line with a caret, hint, and the chain of `#include` directives."""

    def __str__(self) -> str:
        return self.rendered.rstrip("\n")


class HeaderError(Exception):
    """A header could not be read."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
        """All problems, with their places."""


class Header:
    """One or more headers that were read together."""

    def __init__(self, names: Sequence[str], raw: Any) -> None:
        self.names = tuple(names)
        self.raw = raw
        """What the functions of `ferrocffi.native` take."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(self.names)}>"

    def declarations(self, only: Iterable[str] = ()) -> list[Declaration]:
        """Returns what the headers declare, in the order of their text.

        Without `only`, those of the headers' own files. Otherwise those whose names match one of the patterns; a
        pattern with a slash or with ``.h`` at its end is for files.
        """
        return [Declaration(*each) for each in native.declarations(self.raw, patterns(only))]

    def problems(self) -> list[Problem]:
        """Returns what could not be understood."""
        return [Problem(*each) for each in native.problems(self.raw)]

    def files(self, *, own: bool = False) -> list[str]:
        """Returns the files with declarations, each once; with `own`, those that belong to the headers."""
        return list(dict.fromkeys(path for path, belongs in native.files(self.raw) if belongs or not own))


def patterns(only: Iterable[str] | str | None) -> list[str]:
    """Returns the patterns as a list: one text is one pattern."""
    if only is None:
        return []
    return [only] if isinstance(only, str) else list(only)


def read(
    names: str | Sequence[str],
    *,
    include_dirs: Sequence[str | os.PathLike[str]] = (),
    defines: Mapping[str, object] | Iterable[tuple[str, object]] = (),
    before: Sequence[str] = (),
    std: str | None = None,
    target: str | None = None,
    strict: bool = False,
) -> Header:
    """Reads headers by their names as in ``#include <...>``, or by their paths.

    `before` are headers that those need. `defines` are macros: None, True and "" as a value define an empty macro, 1 and
    an empty one. With `strict`, any problem that is an error raises.
    """
    arguments = request(names, include_dirs, defines, before, std)
    raw = native.read_header(*arguments, target)
    names = [names] if isinstance(names, str) else list(names)
    header = Header(names, raw)
    errors = [problem for problem in header.problems() if problem.severity == "error"]
    missing = [problem for problem in errors if problem.file == "<ferrocffi>"]
    if missing or (strict and errors):
        first = (missing or errors)[0]
        more = f"\n({len(errors)} errors in all)" if len(errors) > 1 else ""
        raise HeaderError(f"{first}{more}", errors)
    return header


def request(
    names: str | Sequence[str],
    include_dirs: Sequence[str | os.PathLike[str]],
    defines: Mapping[str, object] | Iterable[tuple[str, object]],
    before: Sequence[str],
    std: str | None,
) -> tuple[list[str], int, list[str], list[tuple[str, str]], str | None]:
    """Returns the arguments in the form of the functions of `ferrocffi.native`."""
    names = [names] if isinstance(names, str) else list(names)
    folders = [os.fspath(folder) for folder in include_dirs]
    includes = [_found(name, folders) for name in (*before, *names)]
    return includes, len(names), folders, [(key, _body(value)) for key, value in dict(defines).items()], std


def _found(name: str, folders: Sequence[str]) -> str:
    """A header that lies in the current folder is meant only if no folder of headers has it."""
    if os.path.isabs(name) or name.startswith(f".{os.sep}"):
        return os.path.abspath(name)
    if any(os.path.isfile(os.path.join(folder, name)) for folder in folders):
        return name
    roots = ("/usr/local/include", "/usr/include")
    if os.path.isfile(name) and not any(os.path.isfile(os.path.join(root, name)) for root in roots):
        return os.path.abspath(name)
    return name


def _body(value: object) -> str:
    if value is None or value == "":
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)
