"""Circles of source files: ``python3 -m ci.checks.circles`` follows every path of every crate to its item's file.

A file uses another file if a path in it (``use crate::a::B``, ``super::b::c()``) refers to an item of that file.
Re-exports are followed to the file that defines the item, so a folder's ``mod.rs`` does not tie its files together.

There are two rules: no circle crosses a folder, and none is larger than four files.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ci.project import ROOT

LARGEST = 4
"""The number of files in the largest circle that is allowed."""

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r'b?c?"(?:[^"\\]|\\.)*"', re.DOTALL)
_TESTS = re.compile(r"#\[cfg\((?:all\()?test\b[^\]]*\]\s*mod\s+\w+\s*\{")
_USE = re.compile(r"(?P<public>pub(?:\([^)]*\))?\s+)?\buse\s+(?P<tree>[^;]+);")
_MOD = re.compile(r"^\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;", re.MULTILINE)
_PATH = re.compile(r"(?<![\w:$])(?:crate|super|self|\w+)(?:\s*::\s*\w+)+")

Module = tuple[str, ...]
"""A module's path from the root of its crate."""


@dataclass
class File:
    """One source file, which is one module."""

    path: Path
    module: Module
    text: str = field(repr=False)
    children: set[str] = field(default_factory=set)
    exports: dict[str, Module] = field(default_factory=dict)
    """The names that it re-exports, and the absolute paths that they refer to."""
    names: dict[str, Module] = field(default_factory=dict)
    """The names that its ``use`` lines import, and the absolute paths that they refer to."""


def main() -> int:
    """Prints every circle that breaks a rule. Returns 0 if there is none."""
    problems = [problem for crate in sorted((ROOT / "crates").iterdir()) for problem in check(crate / "src")]
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


def check(source: Path) -> Iterator[str]:
    """Finds the problems of one crate."""
    for circle in circles(graph(source)):
        files = ", ".join(str(path.relative_to(ROOT)) for path in circle)
        if len({folder(path) for path in circle}) > 1:
            yield f"a circle crosses folders: {files}"
        elif len(circle) > LARGEST:
            yield f"a circle of {len(circle)} files: {files}"


def folder(path: Path) -> Path:
    """Returns the folder that a file belongs to: ``layout.rs`` beside a folder ``layout`` belongs to that folder."""
    own = path.with_suffix("")
    return own if own.is_dir() else path.parent


def graph(source: Path) -> dict[Path, set[Path]]:
    """Returns each file with the files that it uses."""
    files = {file.module: file for file in (read(source, path) for path in sorted(source.rglob("*.rs")))}
    for file in files.values():
        file.children = set(_MOD.findall(file.text))
    for file in files.values():
        for public, path, name in uses(file.text):
            target = absolute(file, path)
            if target is None:
                continue
            (file.exports if public else file.names)[name] = target
            file.names[name] = target
    return {file.path: set(targets(files, file)) - {file.path} for file in files.values()}


def read(source: Path, path: Path) -> File:
    """Reads a file without its comments, strings and tests."""
    parts = path.relative_to(source).with_suffix("").parts
    module = parts[:-1] if parts[-1] in ("mod", "lib", "main") else parts
    text = _STRING.sub('""', _COMMENT.sub("", path.read_text(encoding="utf-8")))
    if tests := _TESTS.search(text):
        text = text[: tests.start()]
    return File(path, module, text)


def uses(text: str) -> Iterator[tuple[bool, list[str], str]]:
    """Returns each path of each ``use``: whether it is re-exported, its parts, and the name that it introduces."""
    for match in _USE.finditer(text):
        for parts, name in flatten(re.sub(r"\s+", " ", match["tree"]).strip()):
            yield bool(match["public"]), parts, name


def flatten(tree: str) -> Iterator[tuple[list[str], str]]:
    """Splits ``a::{b, c as d}`` into the paths ``a::b`` and ``a::c``, with the names ``b`` and ``d``."""
    head, brace, rest = tree.partition("{")
    prefix = [part.strip() for part in head.split("::") if part.strip()]
    if not brace:
        path, _, other = head.partition(" as ")
        parts = [part.strip() for part in path.split("::") if part.strip()]
        if parts and parts[-1] == "self":
            parts.pop()
        if parts:
            yield parts, other.strip() or parts[-1]
        return
    inner = rest.rpartition("}")[0]
    for item in split(inner):
        for parts, name in flatten(item.strip()):
            if parts == ["self"]:
                yield prefix, prefix[-1]
            else:
                yield prefix + parts, name if name != "self" else prefix[-1]
        if item.strip() == "self":
            yield prefix, prefix[-1]


def split(text: str) -> Iterator[str]:
    """Splits a list at the commas outside of braces."""
    level, start = 0, 0
    for position, char in enumerate(text):
        level += (char == "{") - (char == "}")
        if char == "," and level == 0:
            yield text[start:position]
            start = position + 1
    if text[start:].strip():
        yield text[start:]


def absolute(file: File, parts: list[str]) -> Module | None:
    """Converts a path in a file to a path from the root of the crate; None for other crates."""
    if parts[0] == "crate":
        return tuple(parts[1:])
    module = list(file.module)
    if parts[0] == "self":
        return (*module, *parts[1:])
    index = 0
    while index < len(parts) and parts[index] == "super":
        if not module:
            return None
        module.pop()
        index += 1
    if index:
        return (*module, *parts[index:])
    if parts[0] in file.children:
        return (*module, *parts)
    return None


def targets(files: dict[Module, File], file: File) -> Iterator[Path]:
    """Returns the files that a file's paths refer to. Re-exports of a folder's own files do not count as use."""
    own_exports = set(file.exports.values())
    for target in set(file.names.values()) - own_exports:
        if found := resolve(files, target):
            yield found.path
    body = _USE.sub("", file.text)
    for match in _PATH.finditer(body):
        parts = [part.strip() for part in match[0].split("::")]
        reached = absolute(file, parts)
        if reached is None and parts[0] in file.names:
            reached = (*file.names[parts[0]], *parts[1:])
        if reached is not None and (found := resolve(files, reached)):
            yield found.path


def resolve(files: dict[Module, File], target: Module, depth: int = 0) -> File | None:
    """Returns the file that defines the item of a path."""
    for length in range(len(target), -1, -1):
        found = files.get(target[:length])
        if found is None:
            continue
        rest = target[length:]
        if rest and rest[0] in found.exports and depth < 8:
            return resolve(files, (*found.exports[rest[0]], *rest[1:]), depth + 1)
        if not rest and found.path.name == "mod.rs":
            return None
        return found
    return None


def circles(uses_of: dict[Path, set[Path]]) -> list[list[Path]]:
    """Returns the strongly connected components of two or more files (Tarjan's algorithm, without recursion)."""
    index: dict[Path, int] = {}
    low: dict[Path, int] = {}
    stack: list[Path] = []
    found: list[list[Path]] = []
    for root in uses_of:
        if root in index:
            continue
        work = [(root, iter(sorted(uses_of[root])))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while work:
            node, successors = work[-1]
            for successor in successors:
                if successor not in index:
                    index[successor] = low[successor] = len(index)
                    stack.append(successor)
                    work.append((successor, iter(sorted(uses_of[successor]))))
                    break
                if successor in stack:
                    low[node] = min(low[node], index[successor])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    position = stack.index(node)
                    component = stack[position:]
                    del stack[position:]
                    if len(component) > 1:
                        found.append(sorted(component))
    return found


if __name__ == "__main__":
    sys.exit(main())
