"""Allowed dependencies: ``python3 -m ci.checks.layers`` compares manifests and paths with the tables in this file."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ci.project import ROOT

CRATES = {
    "cffi-memory": set[str](),
    "cffi-types": {"cffi-memory"},
    "cffi-abi": {"cffi-types"},
    "cffi-callconv": {"cffi-types"},
    "cffi-cdef": {"cffi-memory", "cffi-types"},
    "cffi-emit": {"cffi-abi", "cffi-types"},
    "cffi-parse": {"cffi-abi", "cffi-memory"},
    "cffi-local": set[str](),
    "cffi-call": {"cffi-callconv", "cffi-local", "cffi-memory", "cffi-types"},
    "cffi-rt": {"cffi-local", "cffi-memory"},
    "cffi-regions": {"cffi-memory"},
    "cffi-backend": {
        "cffi-memory",
        "cffi-abi",
        "cffi-types",
        "cffi-cdef",
        "cffi-emit",
        "cffi-parse",
        "cffi-local",
        "cffi-call",
        "cffi-rt",
        "cffi-regions",
    },
}
"""Each crate and the project's crates that it may depend on."""

NO_PYTHON = (
    "cffi-memory",
    "cffi-abi",
    "cffi-types",
    "cffi-callconv",
    "cffi-cdef",
    "cffi-emit",
    "cffi-parse",
    "cffi-local",
    "cffi-call",
    "cffi-regions",
)
"""Crates that know nothing of Python."""

LAYERS: list[set[str]] = [
    {"unwind"},
    {"native"},
    {"state"},
    {"ctype"},
    {"value"},
    {"memory"},
    {"diag"},
    {"convert"},
    {"call"},
    {"cdata"},
    {"callback", "library"},
    {"inline"},
    {"decls"},
    {"realize"},
    {"lib_obj"},
    {"ffi_obj"},
    {"exports", "front"},
    {"checked"},
    {"init"},
]
"""The backend's top modules, lowest first. A module may use those below it, and nothing else."""

_RANK = {module: rank for rank, modules in enumerate(LAYERS) for module in modules}
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_ABSOLUTE = re.compile(r"(?<![\w$])crate\s*::\s*(\{|\w+)")
_UPWARD = re.compile(r"(?<![\w:])((?:super\s*::\s*)+)(\{|\w+)")


def main() -> int:
    """Prints every line that breaks a rule of the tables. Returns 0 if there is none."""
    problems = [*manifests(), *backend()]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def manifests() -> Iterator[str]:
    """Checks the dependencies in the crates' manifests."""
    for folder in sorted((ROOT / "crates").iterdir()):
        allowed = CRATES.get(folder.name)
        if allowed is None:
            yield f"crates/{folder.name}: not in the table of ci/checks/layers.py"
            continue
        for number, name in dependencies(folder / "Cargo.toml"):
            where = f"crates/{folder.name}/Cargo.toml:{number}"
            if name in CRATES and name not in allowed:
                yield f"{where}: {folder.name} must not depend on {name}"
            if name.startswith("pyo3") and folder.name in NO_PYTHON:
                yield f"{where}: {folder.name} must know nothing of Python"


def dependencies(manifest: Path) -> Iterator[tuple[int, str]]:
    """Returns the line number and name of each dependency, except those of tests."""
    table = ""
    for number, line in enumerate(manifest.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("["):
            table = line.strip("[] \t")
            if match := re.fullmatch(r"(?:.*\.)?(?:build-)?dependencies\.([\w-]+)", table):
                yield number, match[1]
        elif re.fullmatch(r"(?:target\..*\.)?(?:build-)?dependencies", table) and "=" in line:
            yield number, re.split(r"[.\s=]", line.strip(), maxsplit=1)[0].strip('"')


def backend() -> Iterator[str]:
    """Checks the paths between the backend's modules."""
    source = ROOT / "crates" / "cffi-backend" / "src"
    for path in sorted(source.rglob("*.rs")):
        parts = module_path(path.relative_to(source))
        where = path.relative_to(ROOT)
        if not parts:
            continue
        here = parts[0]
        if here not in _RANK:
            yield f"{where}: module {here} is not in the table of ci/checks/layers.py"
            continue
        for number, used in modules_used(path.read_text(encoding="utf-8"), len(parts)):
            if used in _RANK and used != here and not allowed(here, used):
                yield f"{where}:{number}: {here} must not use {used}"


def module_path(relative: Path) -> list[str]:
    """Returns the module of a file: ``cdata/slots.rs`` is ``cdata::slots``, and the crate's root has the empty path."""
    parts = list(relative.with_suffix("").parts)
    return parts[:-1] if parts[-1] in ("mod", "lib") else parts


def allowed(here: str, used: str) -> bool:
    """Returns whether the tables let one module use another."""
    return _RANK[used] < _RANK[here]


def modules_used(text: str, depth: int) -> Iterator[tuple[int, str]]:
    """Returns the line number and name of every top module that a file's paths refer to."""
    blank = _STRING.sub('""', _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text))
    heads = [(m.start(1), m[1]) for m in _ABSOLUTE.finditer(blank)]
    heads += [(m.start(2), m[2]) for m in _UPWARD.finditer(blank) if m[1].count("super") >= depth]
    for start, head in sorted(heads):
        names = _group(blank, start) if head == "{" else [(start, head)]
        for position, name in names:
            yield blank.count("\n", 0, position) + 1, name


def _group(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Returns the first name of each path in a ``{a::b, c}`` that opens at `start`."""
    level, fresh = 0, True
    for match in re.finditer(r"[{},]|\w+", text[start:]):
        token = match[0]
        if token == "{":
            level += 1
        elif token == "}":
            level -= 1
            if level == 0:
                return
        elif token == ",":
            fresh = fresh or level == 1
        elif level == 1 and fresh:
            yield start + match.start(), token
            fresh = False


if __name__ == "__main__":
    sys.exit(main())
