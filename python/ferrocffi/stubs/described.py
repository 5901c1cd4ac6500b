"""What a header says of functions beyond their types: the names of parameters, and comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ferrocffi.stubs.model import Module

_NO_NAMES = frozenset(
    {
        "char",
        "short",
        "int",
        "long",
        "float",
        "double",
        "signed",
        "unsigned",
        "void",
        "_Bool",
        "bool",
        "_Complex",
    }
    | {"const", "volatile", "restrict", "__restrict", "_Atomic", "register"}
)
_QUALIFIERS = frozenset({"const", "volatile", "restrict", "__restrict", "_Atomic", "register"})
_TAGS = frozenset({"struct", "union", "enum"})


@dataclass(frozen=True)
class Described:
    """What is known of a name."""

    names: Sequence[str] = ()
    """The names of a function's parameters; empty where there is none."""
    doc: str = ""


class Declared(Protocol):
    """A declaration of a header."""

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str | None: ...
    @property
    def doc(self) -> str | None: ...


def described(declarations: Iterable[Declared]) -> dict[str, Described]:
    """Returns what declarations say of functions, variables and constants."""
    found: dict[str, Described] = {}
    for declaration in declarations:
        if declaration.kind not in ("function", "variable", "constant", "enumerator", "macro"):
            continue
        names: Sequence[str] = ()
        if declaration.kind == "function" and declaration.type:
            names = parameters(declaration.type, declaration.name)
        known = found.get(declaration.name, Described())
        found[declaration.name] = Described(names or known.names, declaration.doc or known.doc)
    return found


def apply(module: Module, known: Mapping[str, Described]) -> None:
    """Puts the names and comments into a module's declarations."""
    nothing = Described()
    module.functions = [
        replace(function, names=tuple(said.names), doc=said.doc)
        for function in module.functions
        for said in (known.get(function.name, nothing),)
    ]
    module.constants = [
        replace(constant, doc=known.get(constant.name, nothing).doc) for constant in module.constants
    ]
    module.variables = [
        replace(variable, doc=known.get(variable.name, nothing).doc) for variable in module.variables
    ]


def parameters(text: str, name: str) -> list[str]:
    """Returns the names of the parameters in the declaration of a function; "" for each that has none."""
    start = re.search(rf"\b{re.escape(name)}\s*\)*\s*\(", text)
    if start is None:
        return []
    return [_name(part) for part in _parts(text[start.end() :]) if part not in ("void", "...", "")]


def _parts(text: str) -> list[str]:
    """Returns the text between the commas, up to the closing parenthesis."""
    depth, part, parts = 0, "", []
    for char in text:
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth < 0:
                break
        if char == "," and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += char
    return [*parts, part.strip()]


def _name(part: str) -> str:
    inner = re.search(r"\(\s*[*^](?:[\s*]|const\b|volatile\b)*(\w+)", part)
    if inner:
        return inner[1]
    if "(" in part:
        return _name(part[: part.index("(")])
    words = re.findall(r"\w+|\*", re.sub(r"\[.*", "", part))
    if len(words) < 2 or words[-1] in _NO_NAMES or not re.match(r"[^\W\d]", words[-1]):
        return ""
    before = [word for word in words[:-1] if word not in _QUALIFIERS]
    return "" if not before or before[-1] in _TAGS else words[-1]
