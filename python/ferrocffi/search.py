"""Every ``_cffi_backend`` that this interpreter could import, in the order in which it looks."""

from __future__ import annotations

import csv
import importlib.machinery
import importlib.metadata
import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

BACKEND = "_cffi_backend"

OURS, STOCK, FOREIGN, UNUSABLE = "ferrocffi", "cffi", "other", "unusable"
"""Whose a file is. Unusable: built for another interpreter, so that the import passes it by."""

_MARK = b"This is ferrocffi"
"""Stands in the module's docstring, and so in the extension file."""

_STANDARD_FINDERS = ("BuiltinImporter", "FrozenImporter", "PathFinder")


@dataclass(frozen=True)
class Candidate:
    """A file that could become the module ``_cffi_backend``."""

    entry: str
    """The item of ``sys.path`` that it lies in."""
    origin: str
    """What put that item there, in words."""
    file: str
    owner: str
    """`OURS`, `STOCK`, `FOREIGN` or `UNUSABLE`."""


def recorded_files() -> frozenset[Path]:
    """Returns the extension files that the installed ``ferrocffi`` distribution recorded as its own.

    The record is read directly: `importlib.metadata.files` leaves out files that are gone.
    """
    try:
        distribution = importlib.metadata.distribution("ferrocffi")
    except importlib.metadata.PackageNotFoundError:
        return frozenset()
    rows = csv.reader((distribution.read_text("RECORD") or "").splitlines())
    names = (PurePosixPath(row[0]) for row in rows if row)
    return frozenset(
        Path(str(distribution.locate_file(name))).resolve()
        for name in names
        if len(name.parts) == 2 and name.parts[0] == BACKEND and name.suffix in (".so", ".pyd")
    )


def owner_of(file: Path) -> str:
    """Returns whose backend a file is, by its contents: no name and no place can be relied on."""
    if file.suffix not in (".so", ".pyd"):
        return FOREIGN
    if "." + file.name.partition(".")[2] not in importlib.machinery.EXTENSION_SUFFIXES:
        return UNUSABLE
    try:
        content = file.read_bytes()
    except OSError:
        return UNUSABLE
    if _MARK in content:
        return OURS
    return STOCK if b"PyInit__cffi_backend" in content else FOREIGN


def origin_of(entry: str, *, python_path: str | None = None) -> str:
    """Who put an item on ``sys.path``, as far as it can be told."""
    if entry == "":
        return "the current folder"
    if entry == getattr(sys, "_MEIPASS", None):  # where PyInstaller's applications have their files
        return "this application"
    here = os.path.abspath(entry)
    # With an own variable, the tests need no interpreter of their own.
    given = os.environ.get("PYTHONPATH", "") if python_path is None else python_path
    if here in {os.path.abspath(part) for part in given.split(os.pathsep) if part}:
        return "PYTHONPATH"
    if here == os.path.abspath(os.getcwd()):
        return "the current folder"
    if here == os.path.abspath(site.getusersitepackages()):
        return "the user's site folder"
    paths = sysconfig.get_paths()
    if here in {os.path.abspath(paths[key]) for key in ("purelib", "platlib")}:
        return "this environment" if sys.prefix != sys.base_prefix else "this Python's site folder"
    if here in {os.path.abspath(paths[key]) for key in ("stdlib", "platstdlib")}:
        return "the standard library"
    if os.path.isfile(here):
        return "an archive"
    if os.path.basename(here) in ("site-packages", "dist-packages"):
        return "another site folder"
    return "sys.path"


def _in_folder(folder: Path) -> Iterable[Path]:
    """What a folder offers, in the order of the import system: package, extension file, source, bytecode."""
    package = folder / BACKEND
    extensions = importlib.machinery.EXTENSION_SUFFIXES
    plain = [*importlib.machinery.SOURCE_SUFFIXES, *importlib.machinery.BYTECODE_SUFFIXES]
    if package.is_dir():
        found = [
            package / f"__init__{suffix}"
            for suffix in [*extensions, *plain]
            if (package / f"__init__{suffix}").is_file()
        ]
        yield from found[:1] or sorted(p for p in package.glob("__init__.*") if p.suffix in (".so", ".pyd"))
    for suffix in [*extensions, *plain]:
        file = folder / f"{BACKEND}{suffix}"
        if file.is_file():
            yield file


def candidates(path: Sequence[str] | None = None) -> list[Candidate]:
    """Returns all of them, the one that an import takes first (unless it is unusable)."""
    found = []
    seen = set()
    for entry in sys.path if path is None else path:
        folder = Path(entry or ".").absolute()
        if folder in seen:
            continue
        seen.add(folder)
        for file in _in_folder(folder) if folder.is_dir() else ():
            found.append(Candidate(entry, origin_of(entry), str(file), owner_of(file)))
    return found


def unusual_finders() -> list[str]:
    """Returns what else takes part in imports: an editable install, a bundler, a hook of a test runner."""
    names = [getattr(finder, "__name__", None) or type(finder).__qualname__ for finder in list(sys.meta_path)]
    return [name for name in names if name not in _STANDARD_FINDERS]


def is_frozen() -> bool:
    """Is this an application made by PyInstaller, cx_Freeze or the like?"""
    return bool(getattr(sys, "frozen", False)) or BACKEND in sys.builtin_module_names
